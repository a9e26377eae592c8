"""What follows from an attempt to send."""

import pytest

from monitor.records import Severity
from routing.channels.testing import RecordingChannel
from routing.outcome import Ambiguous, DeadTarget, RetryLater
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
    assert len(one.store.claim(one.settings)) == 1
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
        one.store.claim(one.settings)
    await one.settle()
    await one.after(10)
    assert (await one.router.incidents())[0].messages[0].state == "sent"


async def test_one_unreachable_person_of_a_step_does_not_end_the_wait_for_the_others(
    scene: MakeScene,
) -> None:
    one = scene(*(RecordingChannel(f"comms-oncall-{n}", [DeadTarget("gone")] * 5) for n in (1, 2)))
    comms = one.settings.departments["comms"]
    both = comms.chain[0].model_copy(update={"people": ("comms-oncall", "it-oncall")})
    one.settings.departments["comms"] = comms.model_copy(update={"chain": (both, *comms.chain[1:])})
    await one.router.accept([finding()])
    await one.settle()
    assert one.paged() == {"comms-oncall-1": 1, "comms-oncall-2": 1, "it-oncall-1": 1}


async def test_the_catch_all_outlives_a_long_wait_at_its_last_target(scene: MakeScene) -> None:
    limited = [RecordingChannel(f"duty-{n}", [RetryLater("busy", 60.0)]) for n in (1, 2)]
    one = scene(*limited)
    await one.router.accept([finding()])
    for _ in range(3):
        await one.after(301)
    await one.after(120)
    view = (await one.router.incidents())[0]
    assert [message.state for message in view.messages if message.person == "duty"] == ["sent"]
