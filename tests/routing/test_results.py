"""What follows from an attempt to send."""

import pytest

from monitor.records import Severity
from routing.channels.testing import RecordingChannel
from routing.outcome import Ambiguous
from tests.routing.scenes import MakeScene, finding


async def test_an_info_page_that_may_have_arrived_is_given_up_as_possibly_delivered(scene: MakeScene) -> None:
    one = scene(RecordingChannel("comms-oncall-1", [Ambiguous("no answer")]))
    await one.router.accept([finding(severity="info")])
    await one.settle()
    await one.after(200)
    view = (await one.router.incidents())[0]
    assert one.paged() == {"comms-oncall-1": 1}
    assert (view.messages[0].state, view.messages[0].reason) == ("ambiguous", "possibly delivered: no answer")
    assert "possibly_delivered" in [entry.what for entry in view.history]


async def test_an_info_page_in_flight_at_a_crash_is_given_up_too(scene: MakeScene) -> None:
    one = scene()
    await one.router.accept([finding(severity="info")])
    assert len(one.store.claim()) == 1
    await one.after(10)
    assert one.paged() == {}
    assert (await one.router.incidents())[0].messages[0].state == "ambiguous"


@pytest.mark.parametrize("severity", ["warning", "critical"])
async def test_a_graver_page_that_may_have_arrived_goes_once_more_and_says_so(
    scene: MakeScene, severity: Severity
) -> None:
    one = scene(RecordingChannel("comms-oncall-1", [Ambiguous("no answer")]))
    await one.router.accept([finding(severity=severity)])
    await one.settle()
    assert (await one.router.incidents())[0].messages[0].state == "pending"
    await one.after(10)
    pages = one.channels["comms-oncall-1"].pages
    assert [page.possible_duplicate for page in pages] == [False, True]


@pytest.mark.parametrize("crashed", [True, False])
async def test_a_channel_that_deduplicates_gets_an_info_page_again(scene: MakeScene, crashed: bool) -> None:
    outcomes = [] if crashed else [Ambiguous("no answer")]
    one = scene(RecordingChannel("comms-oncall-1", outcomes, deduplicates=True))
    await one.router.accept([finding(severity="info")])
    if crashed:
        one.store.claim()
    await one.settle()
    await one.after(10)
    assert (await one.router.incidents())[0].messages[0].state == "sent"
