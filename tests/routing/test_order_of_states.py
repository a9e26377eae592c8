"""A lower state never reaches a target after a higher one, whatever comes in between."""

import asyncio
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.records import Severity
from routing.channels.closing import Answered
from routing.channels.testing import RecordingChannel
from routing.outcome import Ambiguous, Delivered, Outcome, RetryLater
from routing.page import Page
from tests.routing.scenes import SECRET, Scene, finding

TARGETS = ("comms-oncall-1", "comms-oncall-2", "comms-lead-1", "legal-oncall-1")


class Watched(RecordingChannel):
    """Keeps in their order what it is sent and told, and whether a page can have arrived."""

    def __init__(self, target: str, outcomes: list[Outcome]) -> None:
        super().__init__(target, outcomes)
        self.log: list[tuple[str, str, int]] = []
        self.arrived: set[str] = set()

    async def send(self, page: Page, *, thread: str = "", plain: bool = False) -> Outcome:
        self.log.append(("page", page.incident, page.sequence))
        outcome = await super().send(page, thread=thread, plain=plain)
        if isinstance(outcome, Delivered | Ambiguous):
            self.arrived.add(page.incident)
        return outcome

    async def acknowledged(self, answered: Answered) -> Outcome:
        self.log.append(("acknowledged", answered.incident, 0))
        return Delivered()

    async def resolved(self, answered: Answered) -> Outcome:
        self.log.append(("resolved", answered.incident, 0))
        return Delivered()


async def act(one: Scene, action: str, number: int) -> None:
    severities: dict[str, Severity] = {"info": "info", "warning": "warning", "critical": "critical"}
    if action in severities:
        severity = severities[action]
        await one.router.accept([finding(clause=f"c{number}", severity=severity, page=("comms", "legal"))])
    elif action == "wait":
        one.clock.advance(7)
    elif action == "escalate":
        one.clock.advance(301)
    else:
        for view in (await one.router.incidents())[:1]:
            if action == "acknowledge":
                await one.router.acknowledge(view.id, view.cycle, "comms", "comms-oncall", "link")
            else:
                await one.router.resolve(view.id, view.cycle, "comms-oncall", "link")


async def play(url: str, actions: list[tuple[str, bool]], outcomes: list[Outcome]) -> list[Watched]:
    channels = [Watched(target, list(outcomes)) for target in TARGETS]
    one = Scene(url, channels=channels)
    try:
        for number, (action, settled) in enumerate(actions):
            await act(one, action, number)
            if settled:
                await one.settle()
        for _ in range(4):
            await one.after(30)
    finally:
        one.store.close()
    return channels


some_actions = st.lists(
    st.tuples(
        st.sampled_from(["info", "warning", "critical", "wait", "escalate", "acknowledge", "resolve"]),
        st.booleans(),
    ),
    min_size=2,
    max_size=9,
)
some_outcomes = st.lists(
    st.sampled_from([Delivered(), RetryLater("busy", 5.0), Ambiguous("reset")]), max_size=6
)


@given(some_actions, some_outcomes)
@settings(max_examples=25, deadline=None)
def test_no_target_gets_a_lower_state_after_a_higher_one(
    actions: list[tuple[str, bool]], outcomes: list[Outcome]
) -> None:
    """prometheus/alertmanager#2447: the delayed firing after the resolution; #878, #1755: a resolution of nothing."""
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setenv("TOCSIN_LINK_SECRET", SECRET)
        channels = asyncio.run(play(f"sqlite:///{Path(folder)}/r.db", actions, outcomes))
    for channel in channels:
        for incident in {incident for _, incident, _ in channel.log}:
            log = [(what, sequence) for what, one, sequence in channel.log if one == incident]
            sequences = [sequence for what, sequence in log if what == "page"]
            assert sequences == sorted(sequences)
            whats = [what for what, _ in log]
            if "resolved" in whats:
                assert set(whats[whats.index("resolved") :]) == {"resolved"}
                assert incident in channel.arrived
