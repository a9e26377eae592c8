import io
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from routing.channel import Channel
from routing.channels.conformance import CHECKS, Check, Conformance, Double, Trouble
from routing.channels.terminal import TerminalChannel, on_a_terminal
from routing.message_compose import compose_message
from routing.outcome import DeadTarget, Delivered, RetryLater
from tests.routing.channels.hostile import MARK, PAYLOADS
from tests.routing.channels.hostile_pages import hostile_page
from tests.routing.channels.pages import NOW, make_page
from tests.routing.channels.targets import clock

OUR_COLOURS = re.compile(r"\x1b\[[0-9;]*m")
CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


@dataclass
class Paper:
    """Whoever reads the file."""

    path: Path
    live: tuple[str, ...] = ()  # text alone: nothing can come alive

    @property
    def shown(self) -> list[str]:
        return self.path.read_text("utf-8").split("-" * 72 + "\n")[:-1] if self.path.is_file() else []


@pytest.mark.parametrize("check", CHECKS)
async def test_conformance(check: Check, tmp_path: Path) -> None:
    @asynccontextmanager
    async def opened(trouble: Trouble) -> AsyncIterator[tuple[Channel, Double]]:
        path = tmp_path / "pages.txt" if trouble == "none" else tmp_path
        (tmp_path / "pages.txt").unlink(missing_ok=True)
        yield TerminalChannel("log", path, clock()), Paper(path)

    await check(Conformance(opened, {"gone": (DeadTarget,)}))


class Screen(io.StringIO):
    def isatty(self) -> bool:
        return True


class FullDisk(io.StringIO):
    def write(self, text: str) -> int:
        raise OSError(28, "no space left")


async def test_a_screen_gets_a_panel_and_a_pipe_gets_lines() -> None:
    screen, pipe = Screen(), io.StringIO()
    for stream in (screen, pipe):
        outcome = await TerminalChannel("here", None, clock(), stream=stream).send(make_page())
        assert isinstance(outcome, Delivered)
    assert "╭" in screen.getvalue()
    assert "\x1b" not in pipe.getvalue()
    assert pipe.getvalue().startswith("🔴 CRITIQUE · Affaires juridiques")


async def test_pages_are_appended_to_a_file(tmp_path: Path) -> None:
    path = tmp_path / "pages.txt"
    channel = TerminalChannel("log", path, clock())
    await channel.send(make_page())
    await channel.send(make_page(language="en"), plain=True)
    await channel.aclose()
    text = path.read_text(encoding="utf-8")
    assert text.index("CRITIQUE") < text.index("CRITICAL")


@pytest.mark.parametrize("payload", PAYLOADS)
def test_a_hostile_post_cannot_move_the_cursor_or_colour_the_screen(payload: str) -> None:
    shown = on_a_terminal(compose_message(hostile_page(payload), NOW))
    assert not CONTROL.search(OUR_COLOURS.sub("", shown))
    assert MARK in shown


def test_rich_markup_in_a_post_stays_text() -> None:
    shown = on_a_terminal(compose_message(hostile_page("[bold red]x[/] :fire: [link=a]y[/link]"), NOW))
    assert "[bold red]x[/] :fire: [link=a]y[/link]" in OUR_COLOURS.sub("", shown)


async def test_a_file_that_cannot_be_written_is_a_dead_target(tmp_path: Path) -> None:
    outcome = await TerminalChannel("log", tmp_path, clock()).send(make_page())
    assert isinstance(outcome, DeadTarget)


async def test_a_full_disk_is_for_later() -> None:
    outcome = await TerminalChannel("log", None, clock(), stream=FullDisk()).send(make_page())
    assert isinstance(outcome, RetryLater)
