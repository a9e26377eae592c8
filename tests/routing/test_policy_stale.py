"""Acknowledgements that go stale: a reminder, then the chain from its start."""

from monitor.records import Finding
from routing.channels.testing import RecordingChannel
from routing.outcome import DeadTarget, Delivered, RetryLater
from tests.routing.policy_scenes import happened, newest, with_reminders, without
from tests.routing.scenes import MakeScene, Scene, finding

WORDS = ("reminded", "confirmed", "withdrawn")


async def in_hand(one: Scene, found: Finding | None = None) -> Scene:
    await one.router.accept([found or finding()])
    await one.settle()
    view = await newest(one)
    assert (await one.router.acknowledge(view.id, 0, "comms", "comms-oncall", "link")).outcome == "done"
    return one


def transitions(one: Scene, target: str = "comms-oncall-1") -> list[str]:
    return [page.transition for page in one.channels[target].pages]


async def test_unless_configured_an_acknowledgement_lasts_for_ever(scene: MakeScene) -> None:
    one = await in_hand(scene())
    await one.after(10_000_000)
    assert one.paged() == {"comms-oncall-1": 1}


async def test_whoever_acknowledged_is_reminded_once_then_the_chain_starts_again(scene: MakeScene) -> None:
    one = await in_hand(with_reminders(scene()))
    await one.after(7_199)
    assert transitions(one) == ["opened"]
    await one.after(2)
    await one.after(600)
    assert transitions(one) == ["opened", "reminder"]
    await one.after(1_300)
    assert transitions(one) == ["opened", "reminder", "reopened"]
    view = await newest(one)
    assert (view.state, view.tracks[0].acknowledged_at) == ("open", None)
    await one.after(301)
    assert one.paged()["comms-lead-1"] == 1
    assert [what for what, _ in await happened(one, *WORDS)] == ["reminded", "withdrawn"]


async def test_acknowledging_again_confirms_and_the_clock_starts_anew(scene: MakeScene) -> None:
    one = await in_hand(with_reminders(scene()))
    await one.after(7_201)
    view = await newest(one)
    again = await one.router.acknowledge(view.id, 0, "comms", "comms-lead", "sms")
    assert (again.outcome, again.by) == ("done", "Comms Lead")
    await one.after(7_000)
    assert transitions(one) == ["opened", "reminder"]
    await one.after(300)
    assert transitions(one, "comms-lead-1") == ["reminder"]
    assert [what for what, _ in await happened(one, *WORDS)] == ["reminded", "confirmed", "reminded"]


async def test_an_answer_before_the_reminder_counts_too_and_names_who_has_it(scene: MakeScene) -> None:
    one = await in_hand(with_reminders(scene()))
    await one.after(7_000)
    view = await newest(one)
    again = await one.router.acknowledge(view.id, 0, "comms", "comms-oncall", "link")
    assert (again.outcome, again.by) == ("already", "Comms Oncall")
    await one.after(7_000)
    assert transitions(one) == ["opened"]


async def test_a_confirmation_stops_a_reminder_that_still_waits(scene: MakeScene) -> None:
    """grafana/oncall#4760: paging went on after the acknowledgement."""
    busy = RecordingChannel("comms-oncall-1", [Delivered(), RetryLater("busy", 5.0)])
    one = await in_hand(with_reminders(scene(busy)))
    await one.after(7_201)
    view = await newest(one)
    await one.router.acknowledge(view.id, 0, "comms", "comms-oncall", "console")
    await one.after(120)
    assert len(busy.pages) == 2  # the attempt that was told to wait, and none after it
    assert [m.state for m in (await newest(one)).messages] == ["sent", "cancelled"]


async def test_resolving_ends_it(scene: MakeScene) -> None:
    one = await in_hand(with_reminders(scene()))
    await one.after(7_201)
    view = await newest(one)
    await one.router.resolve(view.id, 0, "comms-oncall", "link")
    await one.after(1_000_000)
    assert transitions(one) == ["opened", "reminder"]


async def test_late_timers_fire_once_and_survive_a_restart(scene: MakeScene) -> None:
    """grafana/oncall#1206: what was paused never went on after a restart."""
    one = await in_hand(with_reminders(scene()))
    one.clock.advance(500_000)
    restarted = one.another_router()
    await one.settle(restarted)
    assert transitions(one) == ["opened", "reminder"]
    one.clock.advance(500_000)
    await one.settle(one.another_router())
    assert transitions(one) == ["opened", "reminder", "reopened"]


async def test_with_nobody_left_to_remind_the_chain_starts_again_at_once(scene: MakeScene) -> None:
    one = without(await in_hand(with_reminders(scene())), "comms-oncall")
    await one.after(7_201)
    assert transitions(one, "comms-lead-1") == ["escalated"]


async def test_a_reminder_that_reaches_nobody_starts_the_chain_again_at_once(scene: MakeScene) -> None:
    dead = RecordingChannel("comms-oncall-1", [Delivered(), DeadTarget("gone")])
    second = RecordingChannel("comms-oncall-2", [DeadTarget("gone")])
    one = await in_hand(with_reminders(scene(dead, second)))
    await one.after(7_201)
    assert transitions(one) == ["opened", "reminder", "reopened"]


async def test_only_the_severities_that_are_named_go_stale(scene: MakeScene) -> None:
    one = await in_hand(with_reminders(scene(), severities=("critical",)))
    await one.after(1_000_000)
    assert transitions(one) == ["opened"]


async def test_what_one_answer_stopped_for_several_departments_starts_again_for_all(scene: MakeScene) -> None:
    found = finding(page=("comms", "legal"))
    found = found.model_copy(update={"clause": found.clause.model_copy(update={"acknowledge": "any"})})
    one = await in_hand(with_reminders(scene()), found)
    await one.after(7_201)
    await one.after(1_801)
    assert transitions(one) == ["opened", "reminder", "reopened"]
    assert transitions(one, "legal-oncall-1") == ["opened", "reopened"]
