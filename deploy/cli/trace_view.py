"""How the commands show a clause's condition: its tree, ✓ or ✗, with what was seen. Post text is made harmless."""

from collections.abc import Iterator

from rich.console import Console
from rich.text import Text

from monitor.records import Trace
from routing.untrusted import Untrusted, inert_line

MAX_SHOWN = 160  # characters of a condition or of what was seen


def plain_console() -> Console:
    """Standard output: colours on a terminal, plain text when piped; nothing in a text is read as markup."""
    return Console(highlight=False, markup=False, emoji=False, soft_wrap=True)


def shown(text: str, limit: int = MAX_SHOWN) -> str:
    """Text from outside on one line, without controls, live addresses or deceptive characters."""
    return inert_line(Untrusted(text), limit)


def trace_lines(trace: Trace, depth: int = 0) -> Iterator[Text]:
    """One line per condition, its parts indented below it."""
    line = Text("  " * depth)
    line.append("✓ " if trace.held else "✗ ", "green" if trace.held else "red")
    line.append(shown(trace.condition))
    if trace.saw:
        line.append(f"  [{shown(trace.saw)}]", "dim")
    yield line
    for part in trace.parts:
        yield from trace_lines(part, depth + 1)
