"""The terminal that Tocsin runs in, or a file that pages are appended to."""

import asyncio
import sys
from io import StringIO
from pathlib import Path
from typing import ClassVar, Literal, TextIO

from rich.console import Console, Group, RenderableType
from rich.panel import Panel
from rich.rule import Rule
from rich.text import Text

from monitor.clock import Clock
from routing.channels.target import ChannelKind, Environ, Target
from routing.message import Message, Section
from routing.message_compose import compose_message
from routing.message_text import full_text, short_text
from routing.outcome import DeadTarget, Delivered, Outcome, RetryLater
from routing.page import Page

DEADLINE_S = 5.0
_STYLE = {"info": "blue", "warning": "dark_orange", "critical": "red"}
_WIDTH = 100


class TerminalTarget(Target):
    """The terminal that Tocsin runs in, or a file that lines are appended to."""

    kind: Literal["terminal"]
    path: str | None = None


class TerminalChannel:
    """Pages as text. Without a path they go to standard error, so that standard output stays data.

    Control characters never reach the terminal: the message is inert before it is laid out, and laid out as
    text, never as markup.
    """

    kind: ClassVar[str] = "terminal"
    deduplicates: ClassVar[bool] = False

    def __init__(self, target: str, path: Path | None, clock: Clock, *, stream: TextIO | None = None) -> None:
        self.target = target
        self._path = path
        self._clock = clock
        self._stream = stream

    async def send(self, page: Page, *, thread: str = "", plain: bool = False) -> Outcome:
        """``thread`` is of no use here."""
        message = compose_message(page, self._clock.now())
        try:
            async with asyncio.timeout(DEADLINE_S):
                # In a thread, because a full pipe or a dead network disk would stop every other channel.
                await asyncio.to_thread(self._write, message, plain)
        except TimeoutError:
            return RetryLater("the terminal or file did not take the page in time", 5.0)
        except (PermissionError, FileNotFoundError, IsADirectoryError, NotADirectoryError) as error:
            return DeadTarget(f"cannot write the page: {error.strerror}")
        except (OSError, ValueError) as error:
            return RetryLater(f"cannot write the page: {type(error).__name__}", 5.0)
        return Delivered(page.id)

    async def aclose(self) -> None:
        """Nothing is kept open between pages."""

    def _write(self, message: Message, plain: bool) -> None:
        if self._path is not None:
            with self._path.open("a", encoding="utf-8") as file:
                file.write(_as_lines(message, plain))
            return
        stream = self._stream or sys.stderr
        on_screen = stream.isatty() and not plain
        stream.write(on_a_terminal(message) if on_screen else _as_lines(message, plain))
        stream.flush()


def build(target: TerminalTarget, *, clock: Clock, environ: Environ) -> TerminalChannel:
    """``environ`` is of no use here: a terminal has no secrets."""
    return TerminalChannel(target.name, Path(target.path) if target.path else None, clock)


KIND = ChannelKind(TerminalTarget, build)


def on_a_terminal(message: Message, width: int = _WIDTH) -> str:
    """The message as a coloured panel, with the escape sequences of our own layout only."""
    out = StringIO()
    console = Console(file=out, force_terminal=True, width=width, highlight=False, emoji=False, markup=False)
    style = _STYLE[message.severity]
    title = Text(f" {message.mark} {message.headline} ", style=f"bold {style}")
    console.print(Panel(Group(*_parts(message, style)), title=title, border_style=style, title_align="left"))
    return out.getvalue()


def _parts(message: Message, style: str) -> list[RenderableType]:
    parts: list[RenderableType] = [
        Text(line, style="bold" if place == 0 else "") for place, line in enumerate(message.lead)
    ]
    if message.link:
        parts += [Text(""), Text(f"{message.link_label}{message.colon}{message.link}", style=f"bold {style}")]
    for section in message.sections:
        parts += [Text(""), Rule(Text(section.title, style="bold"), align="left", style="dim")]
        parts += _section(section, message.colon)
    return [*parts, Text(""), Text(message.footer, style="dim")]


def _section(section: Section, colon: str) -> list[RenderableType]:
    parts: list[RenderableType] = []
    if section.quote:
        prefix = "│ " if section.key == "said" else ""
        parts += [Text(f"{prefix}{line}", style="italic") for line in section.quote.split("\n")]
    for fact in section.facts:
        parts.append(Text.assemble((f"{fact.label}{colon}", "dim"), str(fact.value)))
    return [*parts, *(Text(line) for line in section.lines)]


def _as_lines(message: Message, plain: bool) -> str:
    return (short_text(message) if plain else full_text(message)) + "-" * 72 + "\n"
