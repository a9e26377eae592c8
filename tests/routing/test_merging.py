"""Incidents merged by hand, on SQLite and on PostgreSQL."""

import pytest
from sqlalchemy import select

from routing.channels.testing import RecordingChannel
from routing.outcome import RetryLater
from routing.schema import closings
from tests.routing.scenes import MakeScene, Scene, finding
from tests.routing.stories_of_two import ONE, TWO, two_incidents, view_of, whats

WHO = "comms-lead"


async def test_the_more_severe_wins_and_pages_and_a_department_that_lacked_comes_along(
    scene: MakeScene,
) -> None:
    one = scene()
    first, second = await two_incidents(one)
    result = await one.router.merge(second.id, first.id, WHO)
    await one.settle()
    assert (result.outcome, result.incident) == ("done", "T-1")
    now, gone = await view_of(one, first.id), await view_of(one, second.id)
    assert [(track.department, track.severity) for track in now.tracks] == [
        ("comms", "critical"), ("legal", "critical"),
    ]  # fmt: skip
    assert (now.severity, now.state, len(now.stories)) == ("critical", "open", 2)
    assert (gone.state, gone.merged_into, gone.merged_id, gone.stories) == ("resolved", "T-1", first.id, ())
    assert [page.transition for page in one.channels["comms-oncall-1"].pages] == [
        "opened",
        "opened",
        "raised",
    ]
    assert len(one.channels["legal-oncall-1"].pages) == 1
    assert "merged" in whats(gone)
    assert "merged_in" in whats(now)


async def test_the_running_chain_goes_on_in_the_other_incident_only(scene: MakeScene) -> None:
    one = scene()
    first, second = await two_incidents(one)
    await one.router.merge(second.id, first.id, WHO)
    await one.after(301)
    (page,) = one.channels["legal-lead-1"].pages
    assert (page.incident_label, page.transition) == ("T-1", "escalated")
    assert len(one.channels["comms-lead-1"].pages) == 1


async def test_what_still_waited_goes_out_for_the_other_incident(scene: MakeScene) -> None:
    one = scene(RecordingChannel("legal-oncall-1", [RetryLater("busy", 10.0)]))
    first, second = await two_incidents(one)
    await one.router.merge(second.id, first.id, WHO)
    await one.after(11)
    assert [page.incident_label for page in one.channels["legal-oncall-1"].pages] == ["T-2", "T-1"]


async def test_what_the_merged_incident_still_wanted_to_send_stops(scene: MakeScene) -> None:
    one = scene(RecordingChannel("comms-oncall-1", [RetryLater("busy", 10.0)]))
    first, second = await two_incidents(one)
    await one.router.merge(first.id, second.id, WHO)
    await one.after(11)
    gone = await view_of(one, first.id)
    assert [(message.state, message.reason) for message in gone.messages] == [("cancelled", "merged")]
    assert "T-1" not in [page.incident_label for page in one.channels["comms-oncall-1"].pages[1:]]


async def test_whoever_has_the_more_severe_one_in_hand_is_not_paged(scene: MakeScene) -> None:
    one = scene()
    first, second = await two_incidents(one)
    await one.router.acknowledge(second.id, second.cycle, "comms", "comms-oncall", "link")
    await one.router.acknowledge(second.id, second.cycle, "legal", "legal-oncall", "link")
    before = one.paged()
    await one.router.merge(second.id, first.id, WHO)
    await one.after(1_000)
    assert one.paged() == before
    assert (await view_of(one, first.id)).state == "acknowledged"


async def test_findings_of_both_stories_fold_into_the_one_that_is_left(scene: MakeScene) -> None:
    one = scene()
    first, second = await two_incidents(one)
    await one.router.merge(second.id, first.id, WHO)
    await one.router.accept([finding(first=TWO, clause="b", page=("it",)), finding(first=ONE, clause="c")])
    await one.settle()
    assert len(await one.router.incidents()) == 2
    assert "it" in {track.department for track in (await view_of(one, first.id)).tracks}


async def test_merging_again_changes_nothing(scene: MakeScene) -> None:
    one = scene()
    first, second = await two_incidents(one)
    await one.router.merge(second.id, first.id, WHO)
    await one.settle()
    before = await view_of(one, first.id)
    assert (await one.router.merge(second.id, first.id, WHO)).outcome == "already"
    await one.settle()
    assert await view_of(one, first.id) == before


async def test_what_cannot_be_merged_is_refused_with_a_mend(scene: MakeScene) -> None:
    one = scene()
    first, second = await two_incidents(one)
    assert (await one.router.merge(first.id, first.id, WHO)).why.startswith(
        "T-1 cannot be merged into itself"
    )
    assert (await one.router.merge("nothing", first.id, WHO)).outcome == "not_found"
    assert (await one.router.merge(first.id, second.id, "stranger")).outcome == "refused"
    await one.router.merge(second.id, first.id, WHO)
    circle = await one.router.merge(first.id, second.id, WHO)
    assert (circle.outcome, circle.why.split(";")[0]) == ("refused", "T-2 was merged itself")
    await one.router.accept([finding(first="bluesky:3")])
    third = (await one.router.incidents())[0]
    await one.router.resolve(first.id, 0, WHO, "console")
    resolved = await one.router.merge(third.id, first.id, WHO)
    assert (resolved.outcome, resolved.why.split(";")[0]) == ("refused", "T-1 is resolved")


@pytest.mark.parametrize("story", [ONE, TWO])
async def test_a_story_of_a_merged_incident_reopens_the_one_that_it_was_merged_into(
    scene: MakeScene, story: str
) -> None:
    one = scene()
    first, second = await two_incidents(one)
    await one.router.merge(second.id, first.id, WHO)
    await one.router.resolve(first.id, 0, WHO, "console")
    await one.router.accept([finding(first=story, level=1)])
    newest = (await one.router.incidents())[0]
    assert (newest.continues, newest.cycle) == ("T-1", 1)


async def test_an_answer_through_a_link_of_the_merged_incident_counts_for_the_other(scene: MakeScene) -> None:
    one = scene()
    first, second = await two_incidents(one)
    await one.router.merge(second.id, first.id, WHO)
    done = await one.router.acknowledge(second.id, second.cycle, "legal", "legal-oncall", "link")
    await one.after(1_000)
    assert done.outcome == "done"
    assert "legal-lead-1" not in one.paged()


async def test_a_page_shows_the_figures_of_the_story_that_it_is_about(scene: MakeScene) -> None:
    one = scene()
    first, second = await two_incidents(one)
    await one.router.merge(second.id, first.id, WHO)
    await one.settle()
    raised = one.channels["comms-oncall-1"].pages[-1]
    assert raised.story.first_mention == TWO
    assert (await view_of(one, first.id)).story.first_mention == ONE


async def test_whoever_was_paged_for_what_came_along_is_told_when_it_is_answered(scene: MakeScene) -> None:
    one = scene()
    first, second = await two_incidents(one)
    await one.router.merge(second.id, first.id, WHO)
    assert await told(one) == [("T-2", "comms", "resolved")]
    await one.router.acknowledge(first.id, 0, "legal", "legal-oncall", "console")
    assert ("T-2", "legal", "acknowledged") in await told(one)
    await one.router.resolve(first.id, 0, WHO, "console")
    after = await told(one)
    assert after.count(("T-2", "comms", "resolved")) == after.count(("T-2", "legal", "resolved")) == 1


async def told(scene: Scene) -> list[tuple[str, str, str]]:
    """Incident, department and ending of what whoever was paged is to be told."""
    labels = {view.id: view.label for view in await scene.router.incidents()}
    with scene.store._database.reading() as connection:
        rows = connection.execute(select(closings).order_by(closings.c.number)).all()
    return [(labels[row.incident], row.department, row.ending) for row in rows]
