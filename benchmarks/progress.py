"""What goes on, for the person who waits: on stderr, so that stdout holds figures only."""

from rich.console import Console

_CONSOLE = Console(stderr=True, highlight=False)


def say(line: str) -> None:
    """Show one line."""
    _CONSOLE.print(line)
