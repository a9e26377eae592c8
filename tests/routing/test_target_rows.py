"""A target that must be left alone holds up its own messages, nobody else's, also across a restart."""

from routing.channels.testing import RecordingChannel
from routing.outcome import Ambiguous, DeadTarget, RetryLater
from tests.routing.scenes import MakeScene, Scene, finding


async def test_a_rate_limit_pauses_all_that_waits_for_the_target_and_no_other(scene: MakeScene) -> None:
    one = scene(RecordingChannel("comms-oncall-1", [RetryLater("HTTP 429", 12.0)]))
    await one.router.accept([finding(first="bluesky:1")])
    await one.settle()
    await one.router.accept([finding(first=f"bluesky:{n}", page=("comms", "legal")) for n in range(2, 6)])
    await one.settle()
    assert one.paged() == {"comms-oncall-1": 1, "legal-oncall-1": 4}
    await one.after(11)
    assert one.paged()["comms-oncall-1"] == 1
    await one.after(1)
    assert one.paged() == {"comms-oncall-1": 6, "legal-oncall-1": 4}


async def test_a_restart_honours_a_pause(scene: MakeScene) -> None:
    one = scene(RecordingChannel("comms-oncall-1", [RetryLater("HTTP 429", 12.0)]))
    await one.router.accept([finding(first="bluesky:1")])
    await one.settle()
    restarted = scene(RecordingChannel("comms-oncall-1"))
    await restarted.router.accept([finding(first="bluesky:2")])
    await restarted.settle()
    assert restarted.paged() == {}
    await restarted.after(12)
    assert restarted.paged() == {"comms-oncall-1": 2}


async def test_pages_do_not_wait_out_a_long_pause_when_the_person_has_another_target(
    scene: MakeScene,
) -> None:
    one = scene(RecordingChannel("comms-oncall-1", [RetryLater("HTTP 429", 300.0)]))
    await one.router.accept([finding(first=f"bluesky:{n}") for n in range(6)])
    await one.settle()
    await one.router.accept([finding(first="bluesky:9")])
    await one.settle()
    assert one.paged()["comms-oncall-2"] + one.paged()["comms-oncall-1"] - 1 == 7
    newest = (await one.router.incidents())[0]
    assert (newest.messages[0].target, newest.messages[0].state) == ("comms-oncall-2", "sent")
    assert "passed_over" in [entry.what for entry in newest.history]


async def test_without_another_target_a_long_pause_is_waited_out(scene: MakeScene) -> None:
    limited = [RecordingChannel(f"comms-oncall-{n}", [RetryLater("HTTP 429", 60.0)]) for n in (1, 2)]
    one = scene(*limited)
    await one.router.accept([finding(first="bluesky:1")])
    await one.settle()
    await one.router.accept([finding(first="bluesky:2")])
    await one.settle()
    assert one.paged() == {"comms-oncall-1": 1, "comms-oncall-2": 1}
    await one.after(61)
    assert all(m.state == "sent" for view in await one.router.incidents() for m in view.messages)


async def attempts_of(one: Scene) -> int:
    """How often the first target was tried while one new page came each second, 20 of them."""
    for number in range(20):
        await one.router.accept([finding(first=f"bluesky:{number}")])
        await one.after(1)
    return one.paged()["comms-oncall-1"]


async def test_a_target_that_keeps_failing_is_tried_less_and_less(scene: MakeScene) -> None:
    one = scene(RecordingChannel("comms-oncall-1", [RetryLater("refused", 1.0)] * 200))
    assert await attempts_of(one) < 10  # each page alone, backing off, makes 74


async def test_a_target_that_hangs_is_tried_less_and_less(scene: MakeScene) -> None:
    one = scene(RecordingChannel("comms-oncall-1", [Ambiguous("no answer")] * 200))
    assert await attempts_of(one) < 10  # each page alone makes 39


async def test_a_dead_target_is_passed_over_and_found_mended_within_a_minute(scene: MakeScene) -> None:
    one = scene(RecordingChannel("comms-oncall-1", [DeadTarget("token revoked")]))
    for number in range(3):
        await one.router.accept([finding(first=f"bluesky:{number}")])
        await one.settle()
    assert one.paged() == {"comms-oncall-1": 1, "comms-oncall-2": 3}
    await one.after(60)
    await one.router.accept([finding(first="bluesky:9")])
    await one.settle()
    assert one.paged() == {"comms-oncall-1": 2, "comms-oncall-2": 3}


async def test_where_every_target_is_dead_the_next_step_does_not_wait(scene: MakeScene) -> None:
    dead = [RecordingChannel(f"comms-oncall-{n}", [DeadTarget("token revoked")] * 9) for n in (1, 2)]
    one = scene(*dead)
    for number in range(2):
        await one.router.accept([finding(first=f"bluesky:{number}")])
        await one.settle()
    assert one.paged()["comms-lead-1"] == 2
