"""Row 16: prometheus/alertmanager#4348, #2486, #2657 and apprise, where one slow target held up all others.

Counted, never timed: the clock of these tests stands still.
"""

from monitor.records import Department
from routing.channels.testing import RecordingChannel
from routing.claims import AT_ONCE
from routing.outcome import Ambiguous
from tests.routing.scenes import START, MakeScene, finding

INCIDENTS = 6


async def test_one_hung_target_takes_its_own_few_attempts_and_delays_nobody(scene: MakeScene) -> None:
    """A bounded queue, a cap on attempts and nothing shared: all others are done while the clock stands still."""
    hung = RecordingChannel("comms-oncall-1", hang=True)
    one = scene(hung)
    departments: tuple[Department, ...] = ("comms", "legal", "it")
    found = [finding(first=f"bluesky:{n}", page=departments, severity="critical") for n in range(INCIDENTS)]
    await one.router.accept(found)
    legal, it = one.channels["legal-oncall-1"], one.channels["it-oncall-1"]
    for _ in range(400):
        await one.router.step()
        if len(legal.pages) == len(it.pages) == INCIDENTS:
            break
    assert one.clock.now() == START
    assert (len(legal.pages), len(it.pages)) == (INCIDENTS, INCIDENTS)
    assert len(hung.pages) <= AT_ONCE


async def test_the_breaker_of_one_target_opens_for_that_target_alone(scene: MakeScene) -> None:
    """Section 0: a target that fails again and again is left alone; its neighbours get every page."""
    failing = RecordingChannel("comms-oncall-1", [Ambiguous("HTTP 500")] * 100)
    one = scene(failing)
    for number in range(INCIDENTS):
        found = finding(first=f"bluesky:{number}", page=("comms", "legal"), severity="critical")
        await one.router.accept([found])
        await one.settle()
        one.clock.advance(1)
    await one.settle()
    assert len(one.channels["legal-oncall-1"].pages) == INCIDENTS
    assert len(failing.pages) < 2 * INCIDENTS
