"""A story split out of an incident by hand, on SQLite and on PostgreSQL."""

from monitor.records import story_id
from routing.desk import IncidentView
from tests.routing.scenes import MakeScene, Scene, finding
from tests.routing.stories_of_two import ONE, TWO, two_incidents, view_of, whats

WHO = "comms-lead"
FIRST, SECOND = story_id("veloria", ONE), story_id("veloria", TWO)


async def merged(scene: Scene) -> IncidentView:
    first, second = await two_incidents(scene)
    await scene.router.merge(second.id, first.id, WHO)
    await scene.settle()
    return await view_of(scene, first.id)


async def test_the_story_gets_a_linked_incident_with_the_departments_of_its_findings(
    scene: MakeScene,
) -> None:
    one = scene()
    whole = await merged(one)
    result = await one.router.split(whole.id, SECOND, WHO)
    await one.settle()
    assert (result.outcome, result.incident) == ("done", "T-3")
    new = (await one.router.incidents())[0]
    assert (new.label, new.continues, new.cycle, new.stories) == ("T-3", "T-1", 0, (SECOND,))
    assert [(track.department, track.severity) for track in new.tracks] == [
        ("comms", "critical"), ("legal", "critical"),
    ]  # fmt: skip
    rest = await view_of(one, whole.id)
    assert (rest.severity, rest.stories) == ("warning", (FIRST,))
    assert [(track.department, track.paged) for track in rest.tracks] == [("comms", True), ("legal", False)]
    assert "split_off" in whats(rest)
    assert "split_from" in whats(new)
    assert one.channels["legal-oncall-1"].pages[-1].continues == "T-1"


async def test_whoever_acknowledged_is_not_paged_again(scene: MakeScene) -> None:
    one = scene()
    whole = await merged(one)
    await one.router.acknowledge(whole.id, 0, "comms", "comms-oncall", "link")
    await one.router.acknowledge(whole.id, 0, "legal", "legal-oncall", "link")
    before = one.paged()
    await one.router.split(whole.id, SECOND, WHO)
    await one.after(2_000)
    assert one.paged() == before
    new = (await one.router.incidents())[0]
    assert (new.state, {track.acknowledged_by for track in new.tracks}) == (
        "acknowledged", {"Comms Oncall", "Legal Oncall"},
    )  # fmt: skip


async def test_the_story_that_the_incident_shows_can_be_split_out_too(scene: MakeScene) -> None:
    one = scene()
    whole = await merged(one)
    await one.router.split(whole.id, FIRST, WHO)
    rest = await view_of(one, whole.id)
    assert (rest.story.id, rest.stories, rest.severity) == (SECOND, (SECOND,), "critical")


async def test_later_findings_go_with_their_story(scene: MakeScene) -> None:
    one = scene()
    whole = await merged(one)
    await one.router.split(whole.id, SECOND, WHO)
    await one.router.accept([finding(first=TWO, clause="b", page=("it",)), finding(first=ONE, clause="b")])
    new = (await one.router.incidents())[0]
    assert "it" in {track.department for track in new.tracks}
    assert "it" not in {track.department for track in (await view_of(one, whole.id)).tracks}


async def test_splitting_again_changes_nothing_and_merging_back_is_possible(scene: MakeScene) -> None:
    one = scene()
    whole = await merged(one)
    await one.router.split(whole.id, SECOND, WHO)
    assert (await one.router.split(whole.id, SECOND, WHO)).outcome == "already"
    new = (await one.router.incidents())[0]
    assert (await one.router.merge(new.id, whole.id, WHO)).outcome == "done"
    assert (await one.router.split(whole.id, SECOND, WHO)).incident == "T-4"


async def test_what_cannot_be_split_is_refused_with_a_mend(scene: MakeScene) -> None:
    one = scene()
    await one.router.accept([finding()])
    (only,) = await one.router.incidents()
    alone = await one.router.split(only.id, FIRST, WHO)
    assert (alone.outcome, alone.why) == (
        "refused", "T-1 holds this story alone; there is nothing to split",
    )  # fmt: skip
    assert FIRST in (await one.router.split(only.id, "other", WHO)).why
    await one.router.resolve(only.id, 0, WHO, "console")
    assert (await one.router.split(only.id, FIRST, WHO)).why.startswith("T-1 is resolved")
    assert (await one.router.split("nothing", FIRST, WHO)).outcome == "not_found"
