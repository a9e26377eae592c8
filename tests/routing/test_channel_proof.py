"""What confirms that a channel works, read from real tables."""

from datetime import timedelta

import pytest

from routing.breaker import TargetHealth
from routing.channel_proof import ChannelState, channel_states, said
from routing.channels.testing import RecordingChannel
from routing.database import Database
from routing.outcome import DeadTarget
from routing.person_settings import PersonSettings
from routing.target_rules import PROVES_NOTHING
from tests.routing.scenes import START, MakeScene, finding
from tests.routing.test_target_rules import TEAMS, TERMINAL

NEVER = ChannelState("phone")
DEAD = TargetHealth(2, START + timedelta(minutes=1), "dead: token revoked")


async def test_a_page_that_was_sent_confirms_its_target_and_no_other(
    scene: MakeScene, store_url: str
) -> None:
    one = scene(RecordingChannel("comms-oncall-1", [DeadTarget("token revoked")]))
    await one.router.accept([finding()])
    await one.settle()
    person = next(known for known in one.settings.people if known.id == "comms-oncall")
    on_teams = PersonSettings.model_validate(
        {
            **person.model_dump(),
            "targets": [{**TEAMS, "name": "comms-oncall-2"}, {**TERMINAL, "name": "legal-oncall-1"}],
        }
    )
    database = Database.open(store_url)
    with database.reading() as connection:
        dead, sent = channel_states(connection, person)
        unproven = channel_states(connection, on_teams)
    database.close()
    assert (dead.health, dead.confirmed, sent.health, sent.confirmed) == (DEAD, None, None, START)
    assert (dead.is_proven(START), sent.is_proven(START)) == (False, True)
    assert "teams" in PROVES_NOTHING
    assert [state.confirmed for state in unproven] == [None, None]


@pytest.mark.parametrize(
    ("days", "proven"), [(timedelta(days=30), True), (timedelta(days=30, microseconds=1), False)]
)
def test_a_proof_lasts_thirty_days(days: timedelta, proven: bool) -> None:
    assert ChannelState("phone", None, START).is_proven(START + days) is proven


@pytest.mark.parametrize(
    ("states", "line"),
    [
        ((NEVER,), "phone never used"),
        ((NEVER, ChannelState("mail", None, START - timedelta(days=40))), "mail confirmed 40 days ago"),
        ((ChannelState("chat", DEAD, START), NEVER), "phone never used"),
        ((ChannelState("mail", None, START - timedelta(minutes=1)), NEVER), "mail confirmed 1 minute ago"),
        (
            (ChannelState("chat", DEAD, START),),
            "chat paused until 2026-03-14 03:01:00 UTC (dead: token revoked)",
        ),
        (
            (ChannelState("chat", TargetHealth(3, START, "refused")),),
            "chat failed the last 3 times (refused)",
        ),
    ],
)
def test_what_is_said_of_channels(states: tuple[ChannelState, ...], line: str) -> None:
    assert said(states, START) == line
