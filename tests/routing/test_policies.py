"""Policies by severity, conditions, rooms and departments, on SQLite and on PostgreSQL."""

from routing.channels.testing import RecordingChannel
from routing.outcome import DeadTarget
from tests.routing.policy_scenes import happened, newest, restarted, with_comms, with_room, without
from tests.routing.scenes import MakeScene, finding, settings

LEAD = {"people": ["comms-lead"], "wait": 300}
FIRST = {"people": ["comms-oncall"], "wait": 300}


async def test_a_rise_to_critical_takes_the_critical_policy(scene: MakeScene) -> None:
    critical = {"critical": {"chain": [{"people": ["it-oncall", "legal-oncall"], "wait": 60}], "repeat": 0}}
    one = with_comms(scene(), FIRST, policies=critical)
    await one.router.accept([finding(clause="a", severity="warning")])
    await one.settle()
    assert one.paged() == {"comms-oncall-1": 1}
    await one.router.accept([finding(clause="b", severity="critical")])
    await one.settle()
    assert one.paged() == {"comms-oncall-1": 1, "it-oncall-1": 1, "legal-oncall-1": 1}
    await one.after(61)
    assert one.paged()["duty-1"] == 1


async def test_two_on_call_are_both_paged_and_the_step_is_logged_once(scene: MakeScene) -> None:
    """target/goalert#912."""
    one = with_comms(scene(), FIRST, {"people": ["comms-lead", "it-lead"], "wait": 300})
    await one.router.accept([finding()])
    await one.settle()
    await one.after(301)
    assert one.paged() == {"comms-oncall-1": 1, "comms-lead-1": 1, "it-lead-1": 1}
    assert await happened(one, "escalated") == [("escalated", "step 2")]


async def test_a_new_configuration_pages_nobody_again_and_the_chain_stays_as_it_was(scene: MakeScene) -> None:
    """prometheus/alertmanager#627: a reload gave every notification again."""
    one = with_comms(scene(), FIRST, LEAD)
    await one.router.accept([finding()])
    await one.settle()
    before = one.paged()
    with_comms(one, {"people": ["it-oncall"], "wait": 60})
    await one.settle()
    assert one.paged() == before
    await one.after(301)
    assert one.paged() == {"comms-oncall-1": 1, "comms-lead-1": 1}


async def test_somebody_who_left_meanwhile_is_noted_and_the_next_step_comes_at_once(scene: MakeScene) -> None:
    one = with_comms(scene(), FIRST, LEAD, {"people": ["it-oncall"], "wait": 300})
    await one.router.accept([finding()])
    await one.settle()
    without(one, "comms-lead")
    await one.after(301)
    assert one.paged() == {"comms-oncall-1": 1, "it-oncall-1": 1}
    entries = [(e.what, e.who) for e in (await newest(one)).history if e.what == "unknown_person"]
    assert entries == [("unknown_person", "comms-lead")]
    assert await happened(one, "nobody_reached", "escalated") == [
        ("nobody_reached", "step 2"),
        ("escalated", "step 3"),
    ]


async def test_when_the_frozen_catch_all_has_left_the_present_one_is_paged(scene: MakeScene) -> None:
    one = with_comms(scene(), FIRST)
    await one.router.accept([finding()])
    await one.settle()
    restarted(without(one, "duty"), catch_all=("it-lead",))
    await one.after(301)
    assert one.paged() == {"comms-oncall-1": 1, "it-lead-1": 1}


async def test_nobody_reachable_on_a_step_is_noted_and_the_next_one_comes_at_once(scene: MakeScene) -> None:
    dead = [RecordingChannel(f"comms-oncall-{n}", [DeadTarget("gone")]) for n in (1, 2)]
    one = scene(*dead)
    await one.router.accept([finding()])
    await one.settle()
    assert one.paged()["comms-lead-1"] == 1
    assert await happened(one, "all_targets_dead") == [("all_targets_dead", "step 1")]


async def test_a_step_that_asks_for_more_findings_is_passed_over_until_there_are(scene: MakeScene) -> None:
    more = {"people": ["it-oncall"], "wait": 300, "if_more_than": {"count": 1, "within": 600}}
    one = with_comms(scene(), FIRST, more, LEAD)
    await one.router.accept([finding(), finding(first="bluesky:2"), finding(first="bluesky:2", clause="b")])
    await one.settle()
    await one.after(301)
    assert one.paged() == {"comms-oncall-1": 2, "it-oncall-1": 1, "comms-lead-1": 1}


async def test_a_step_may_ask_for_more_incidents_of_the_department(scene: MakeScene) -> None:
    many = {"count": 2, "within": 600, "of": "incidents"}
    one = with_comms(scene(), FIRST, {"people": ["it-oncall"], "if_more_than": many}, LEAD)
    await one.router.accept([finding(first=f"bluesky:{n}") for n in range(3)])
    await one.settle()
    await one.after(301)
    assert one.paged() == {"comms-oncall-1": 3, "it-oncall-1": 3}


async def test_a_step_that_names_a_department_pages_whom_its_first_step_reaches_then(
    scene: MakeScene,
) -> None:
    one = with_comms(scene(), FIRST, {"departments": ["legal"], "wait": 300})
    await one.router.accept([finding()])
    await one.settle()
    legal = one.settings.departments["legal"]
    changed = legal.model_copy(update={"chain": legal.chain[1:]})
    restarted(one, departments={**one.settings.departments, "legal": changed})
    await one.after(301)
    assert one.paged() == {"comms-oncall-1": 1, "legal-lead-1": 1}


async def test_a_room_is_told_without_a_link_and_cannot_answer(scene: MakeScene) -> None:
    made = scene(RecordingChannel("room-1"))
    made.channels["room-1"] = room = RecordingChannel("room-1")
    one = with_comms(with_room(made), {"people": ["comms-oncall"], "rooms": ["crisis"], "wait": 300}, LEAD)
    await one.router.accept([finding()])
    await one.settle()
    assert one.paged() == {"comms-oncall-1": 1, "room-1": 1}
    assert (room.pages[0].link, room.pages[0].shared, room.pages[0].person_name) == (
        "",
        True,
        "Cellule de crise",
    )
    view = await newest(one)
    assert (await one.router.acknowledge(view.id, 0, "comms", "crisis", "slack")).outcome == "not_found"
    await one.after(301)
    assert one.paged()["comms-lead-1"] == 1


async def test_a_room_that_was_told_does_not_stand_for_people_who_cannot_be_reached(scene: MakeScene) -> None:
    dead = [RecordingChannel(f"comms-oncall-{n}", [DeadTarget("gone")]) for n in (1, 2)]
    made = scene(*dead)
    made.channels["room-1"] = RecordingChannel("room-1")
    one = with_comms(with_room(made), {"people": ["comms-oncall"], "rooms": ["crisis"], "wait": 300}, LEAD)
    await one.router.accept([finding()])
    await one.settle()
    assert one.paged()["comms-lead-1"] == 1


async def test_a_step_is_never_taken_twice_however_many_routers_look(scene: MakeScene) -> None:
    one = scene()
    await one.router.accept([finding(first=f"bluesky:{n}") for n in range(20)])
    await one.settle()
    one.clock.advance(301)
    taken = [one.store.escalate(settings()) for _ in range(3)]
    assert taken == [20, 0, 0]
    await one.settle()
    assert one.paged()["comms-lead-1"] == 20
