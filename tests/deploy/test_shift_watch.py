"""At the start of a shift the channel of whoever comes on call is tried, once, and others hear when none works."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import select

from deploy.shift_watch import ShiftWatch
from routing.channel_proof import channel_states, remember_proof, said
from routing.channels.testing import RecordingChannel
from routing.database import Database
from routing.outcome import DeadTarget, RetryLater
from routing.schema import history
from routing.shift_notice_settings import ShiftNotice
from tests.routing.conftest import store_url as store_url  # noqa: PLC0414 - a fixture
from tests.routing.scenes import START, settings
from tests.routing.test_rotation_steps import rotation

FOUR = START + timedelta(hours=1)  # it-oncall takes over from it-lead
DEAD = DeadTarget("token revoked")


class Watched:
    """The database and the channels; each look is that of a process that has just started."""

    def __init__(self, url: str) -> None:
        self.database = Database.open(url)
        turns = rotation("it-oncall", "it-lead")
        self.settings = settings().model_copy(update={"rotations": (turns,)})
        self.channels = {
            target.name: RecordingChannel(target.name)
            for person in self.settings.people
            for target in person.targets
        }

    def breaks(self, *names: str) -> None:
        for name in names:
            self.channels[name] = RecordingChannel(name, [DEAD, DEAD])

    async def look(self, seconds: float, notice: ShiftNotice = "unproven") -> int:
        """So many seconds after the shift starts; how many starts were dealt with."""
        ours = self.settings.model_copy(update={"shift_notice": notice})
        now = FOUR + timedelta(seconds=seconds)
        return len(await ShiftWatch(ours, self.channels).look(self.database, now))

    def told(self) -> dict[str, str]:
        return {
            name: channel.pages[-1].reading.mention.text
            for name, channel in self.channels.items()
            if channel.pages
        }

    def history(self) -> list[tuple[str, str, str]]:
        with self.database.reading() as connection:
            rows = connection.execute(select(history).order_by(history.c.number)).all()
        return [(row.what, row.who, row.detail) for row in rows]

    def line(self, seconds: float) -> str:
        person = next(one for one in self.settings.people if one.id == "it-oncall")
        with self.database.reading() as connection:
            return said(channel_states(connection, person), FOUR + timedelta(seconds=seconds))


@pytest.fixture
def watched(store_url: str) -> Iterator[Watched]:
    one = Watched(store_url)
    yield one
    one.database.close()


async def test_an_untried_channel_is_proven_once_across_restarts(watched: Watched) -> None:
    assert watched.line(0) == "it-oncall-1 never used"
    assert [await watched.look(seconds) for seconds in (-30, 0, 0.5, 30)] == [0, 1, 0, 0]
    text = (
        "Vous êtes de garde pour round jusqu’au 2026-03-14 à 05:00 (UTC)."
        " Ce message prouve que votre canal fonctionne."
    )
    assert watched.told() == {"it-oncall-1": text}
    assert watched.history() == [("shift_notice", "it-oncall", "round it-oncall-1")]
    assert watched.line(3 * 86_400) == "it-oncall-1 confirmed 3 days ago"
    page = watched.channels["it-oncall-1"].pages[0]
    assert (page.severity, page.transition, page.link) == ("info", "informed", "")
    assert watched.channels["it-oncall-1"].plain == [True]


@pytest.mark.parametrize(
    ("notice", "days", "pages"),
    [("unproven", 29, 0), ("unproven", 31, 1), ("always", 1, 1), ("never", 31, 0)],
)
async def test_who_was_reached_lately_is_left_in_peace(
    watched: Watched, notice: ShiftNotice, days: int, pages: int
) -> None:
    with watched.database.transaction() as connection:
        remember_proof(connection, "it-oncall-2", FOUR - timedelta(days=days))
    await watched.look(-30, notice)
    assert await watched.look(0, notice) == 1
    assert len(watched.told()) == pages


async def test_a_dead_first_target_is_remembered_and_the_second_proves_itself(watched: Watched) -> None:
    watched.breaks("it-oncall-1")
    await watched.look(-30)
    await watched.look(0)
    assert set(watched.told()) == {"it-oncall-1", "it-oncall-2"}
    assert watched.line(0) == "it-oncall-2 confirmed just now"


async def test_when_nothing_works_the_next_person_hears_in_their_language(watched: Watched) -> None:
    watched.breaks("it-oncall-1", "it-oncall-2", "it-lead-1")
    await watched.look(-30)
    await watched.look(0)
    assert watched.told()["it-lead-2"] == (
        "It Oncall est de garde pour round jusqu’au 2026-03-14 à 05:00 (UTC), et aucun de ses canaux ne fonctionne."
        " Téléphonez-lui, ou prenez la relève."
    )
    assert watched.history() == [
        ("no_working_channel", "it-oncall", "round: it-oncall-1, it-oncall-2"),
        ("no_channel_told", "it-lead", "it-lead-2: it-oncall cannot be reached"),
    ]
    assert watched.line(1).startswith(
        "it-oncall-1 paused until 2026-03-14 04:01:00 UTC (dead: token revoked)"
    )


async def test_after_the_rotation_the_last_resort_hears(watched: Watched) -> None:
    watched.breaks("it-oncall-1", "it-oncall-2", "it-lead-1", "it-lead-2")
    await watched.look(-30)
    await watched.look(0)
    assert "duty-1" in watched.told()


async def test_a_pause_that_was_asked_for_is_kept(watched: Watched) -> None:
    watched.channels["it-oncall-1"] = RecordingChannel("it-oncall-1", [RetryLater("HTTP 429", 7_200.0)])
    await watched.look(-30, "always")
    await watched.look(0, "always")
    assert len(watched.channels["it-oncall-1"].pages) == len(watched.channels["it-oncall-2"].pages) == 1
