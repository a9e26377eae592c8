"""Why the clause fired, in a few lines: the condition's tree with what was seen, deepest detail left out."""

from collections.abc import Iterator

from monitor.records import Trace
from routing.untrusted import Inert, Untrusted, inert_line
from routing.wording import count, say
from routing.wording_model import Words

_LINES = 12
_DEPTH = 4
_CONDITION = 160
_SAW = 120


def trace_lines(trace: Trace, words: Words) -> tuple[Inert, ...]:
    """One line per condition, indented by depth, marked ✓ or ✗. At most 12 lines; the rest is counted."""
    lines = list(_walk(trace, words, 0))
    rest = len(lines) - _LINES
    if rest <= 0:
        return tuple(lines)
    return (*lines[:_LINES], count(words, words.phrases.more, rest))


def _walk(trace: Trace, words: Words, depth: int) -> Iterator[Inert]:
    mark = "✓" if trace.held else "✗"
    condition = _in_language(inert_line(Untrusted(trace.condition), _CONDITION), words)
    line = f"{'  ' * depth}{mark} {condition}"
    if trace.saw:
        line += f" ({say(words.phrases.saw, saw=inert_line(Untrusted(trace.saw), _SAW))})"
    yield Inert(line)
    if depth < _DEPTH:
        for part in trace.parts:
            yield from _walk(part, words, depth + 1)


def _in_language(condition: Inert, words: Words) -> Inert:
    """The condition with its own leading words in the reader's language; values stay as agreed."""
    for english, local in words.trace_words:
        if condition == english or condition.startswith(f"{english} "):
            return Inert(local + condition[len(english) :])
    return condition
