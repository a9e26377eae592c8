"""Later pages of an incident go on in the conversation that the first one began."""

from routing.channels.testing import RecordingChannel
from routing.outcome import Delivered
from tests.routing.scenes import MakeScene, finding


async def test_later_pages_go_under_the_first_also_after_a_restart(scene: MakeScene) -> None:
    before = RecordingChannel("comms-oncall-1", [Delivered("1", "thread-1")])
    one = scene(before)
    await one.router.accept([finding(clause="a", severity="info")])
    await one.settle()
    after = RecordingChannel("comms-oncall-1", [Delivered("2", "thread-2"), Delivered("3", "thread-3")])
    restarted = scene(after)
    for graver in (finding(clause="b", severity="warning"), finding(clause="c", severity="critical")):
        restarted.clock.advance(1)
        await restarted.router.accept([graver])
        await restarted.settle()
    assert before.threads == [""]
    assert after.threads == ["thread-1", "thread-1"]


async def test_every_incident_and_every_target_has_its_own_thread(scene: MakeScene) -> None:
    comms = RecordingChannel("comms-oncall-1", [Delivered("1", "thread-1")])
    one = scene(comms)
    await one.router.accept([finding(first="bluesky:1")])
    await one.settle()
    await one.router.accept(
        [finding(first="bluesky:1", clause="b", page=("legal",)), finding(first="bluesky:2")]
    )
    await one.settle()
    assert comms.threads == ["", ""]
    assert one.channels["legal-oncall-1"].threads == [""]


async def test_pages_of_one_incident_that_are_due_together_find_each_other(scene: MakeScene) -> None:
    together = RecordingChannel("duty-1", [Delivered("1", "thread-1"), Delivered("2", "thread-2")])
    one = scene(together)
    for department, plan in one.settings.departments.items():
        step = plan.chain[0].model_copy(update={"people": ("duty",)})
        one.settings.departments[department] = plan.model_copy(update={"chain": (step,)})
    await one.router.accept([finding(page=("comms", "legal"))])
    await one.settle()
    assert together.threads == ["", "thread-1"]
    assert [page.sequence for page in together.pages] == [1, 2]
