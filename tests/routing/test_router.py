"""The router's promises, on SQLite and on PostgreSQL."""

from routing.channels.testing import RecordingChannel
from routing.outcome import Ambiguous, DeadTarget, RejectedPayload, RetryLater
from tests.routing.scenes import START, MakeScene, finding


async def test_a_finding_pages_the_first_of_the_chain_once(scene: MakeScene) -> None:
    one = scene()
    await one.router.accept([finding(page=("comms", "legal"), inform=("it",))])
    await one.settle()
    assert one.paged() == {"comms-oncall-1": 1, "legal-oncall-1": 1, "it-oncall-1": 1}
    assert one.channels["it-oncall-1"].pages[0].transition == "informed"


async def test_the_same_finding_again_pages_nobody(scene: MakeScene) -> None:
    one = scene()
    for _ in range(3):
        await one.router.accept([finding()])
        await one.settle()
    assert one.paged() == {"comms-oncall-1": 1}


async def test_a_restart_pages_nobody_again(scene: MakeScene) -> None:
    one = scene()
    await one.router.accept([finding()])
    await one.settle()
    restarted = one.another_router()
    await restarted.accept([finding()])
    await one.settle(restarted)
    assert one.paged() == {"comms-oncall-1": 1}


async def test_an_ignored_page_escalates_to_the_catch_all_and_no_further(scene: MakeScene) -> None:
    one = scene()
    await one.router.accept([finding()])
    for _ in range(5):
        await one.after(301)
    assert one.paged() == {"comms-oncall-1": 1, "comms-lead-1": 1, "duty-1": 1}
    view = (await one.router.incidents())[0]
    assert [h.what for h in view.history if h.what in {"escalated", "catch_all"}] == [
        "escalated",
        "catch_all",
    ]


async def test_a_late_timer_fires_once(scene: MakeScene) -> None:
    one = scene()
    await one.router.accept([finding()])
    await one.settle()
    await one.after(100_000)
    assert one.paged() == {"comms-oncall-1": 1, "comms-lead-1": 1}


async def test_acknowledging_stops_the_chain(scene: MakeScene) -> None:
    one = scene()
    await one.router.accept([finding()])
    await one.settle()
    view = (await one.router.incidents())[0]
    done = await one.router.acknowledge(view.id, view.cycle, "comms", "comms-oncall", "link")
    again = await one.router.acknowledge(view.id, view.cycle, "comms", "comms-lead", "link")
    await one.after(10_000)
    assert (done.outcome, again.outcome, again.by) == ("done", "already", "Comms Oncall")
    assert one.paged() == {"comms-oncall-1": 1}
    assert (await one.router.incidents())[0].state == "acknowledged"


async def test_a_page_that_waits_is_cancelled_by_an_acknowledgement(scene: MakeScene) -> None:
    one = scene(RecordingChannel("comms-oncall-1", [RetryLater("busy", 5.0)]))
    await one.router.accept([finding()])
    await one.settle()
    view = (await one.router.incidents())[0]
    await one.router.acknowledge(view.id, view.cycle, "comms", "comms-oncall", "command_line")
    await one.after(60)
    assert len(one.channels["comms-oncall-1"].pages) == 1
    assert (await one.router.incidents())[0].messages[0].state == "cancelled"


async def test_only_a_rise_in_severity_pages_again(scene: MakeScene) -> None:
    one = scene()
    await one.router.accept([finding(clause="a", severity="warning")])
    await one.settle()
    await one.router.accept([finding(clause="b", severity="warning"), finding(clause="c", severity="info")])
    await one.settle()
    assert one.paged() == {"comms-oncall-1": 1}
    await one.router.accept([finding(clause="d", severity="critical")])
    await one.settle()
    assert [page.transition for page in one.channels["comms-oncall-1"].pages] == ["opened", "raised"]
    sequences = [page.sequence for page in one.channels["comms-oncall-1"].pages]
    assert sequences == sorted(sequences)


async def test_a_rise_reopens_an_acknowledged_department(scene: MakeScene) -> None:
    one = scene()
    await one.router.accept([finding(clause="a", severity="warning")])
    await one.settle()
    view = (await one.router.incidents())[0]
    await one.router.acknowledge(view.id, view.cycle, "comms", "comms-oncall", "link")
    await one.router.accept([finding(clause="b", severity="critical")])
    await one.settle()
    assert len(one.channels["comms-oncall-1"].pages) == 2
    assert (await one.router.incidents())[0].state == "open"


async def test_a_resolved_story_that_moves_again_opens_a_linked_incident(scene: MakeScene) -> None:
    one = scene()
    await one.router.accept([finding()])
    await one.settle()
    view = (await one.router.incidents())[0]
    assert (await one.router.resolve(view.id, view.cycle, "comms-oncall", "link")).outcome == "done"
    await one.router.accept([finding(level=1)])
    await one.settle()
    newest = (await one.router.incidents())[0]
    assert (newest.cycle, newest.label) == (1, "T-2")
    assert newest.history[0].detail == "continues T-1"
    old = await one.router.acknowledge(newest.id, 0, "comms", "comms-oncall", "link")
    assert old.outcome == "old_cycle"


async def test_a_dead_target_fails_over_to_the_next_one(scene: MakeScene) -> None:
    one = scene(RecordingChannel("comms-oncall-1", [DeadTarget("revoked")]))
    await one.router.accept([finding()])
    await one.settle()
    assert one.paged() == {"comms-oncall-1": 1, "comms-oncall-2": 1}


async def test_when_no_target_is_left_the_next_step_goes_at_once(scene: MakeScene) -> None:
    dead = [RecordingChannel(f"comms-oncall-{n}", [DeadTarget("gone")]) for n in (1, 2)]
    one = scene(*dead)
    await one.router.accept([finding()])
    await one.settle()
    assert one.paged()["comms-lead-1"] == 1


async def test_a_rejected_payload_is_sent_once_more_in_plain(scene: MakeScene) -> None:
    one = scene(RecordingChannel("comms-oncall-1", [RejectedPayload("too long")]))
    await one.router.accept([finding()])
    await one.settle()
    assert one.channels["comms-oncall-1"].plain == [False, True]


async def test_an_ambiguous_send_is_repeated_at_most_once_and_marked(scene: MakeScene) -> None:
    one = scene(RecordingChannel("comms-oncall-1", [Ambiguous("reset"), Ambiguous("reset")]))
    await one.router.accept([finding()])
    for _ in range(4):
        await one.after(20)
    pages = one.channels["comms-oncall-1"].pages
    assert [page.possible_duplicate for page in pages] == [False, True]
    assert one.channels["comms-oncall-2"].pages[0].possible_duplicate


async def test_a_crash_between_claim_and_result_gives_one_marked_copy(scene: MakeScene) -> None:
    one = scene()
    await one.router.accept([finding()])
    lost = one.store.claim(one.settings)
    assert len(lost) == 1
    await one.settle()
    assert one.paged() == {}
    await one.after(10)
    pages = one.channels["comms-oncall-1"].pages
    assert [page.possible_duplicate for page in pages] == [True]
    assert pages[0].id == lost[0].row.id


async def test_two_routers_claim_a_message_once(scene: MakeScene) -> None:
    one = scene()
    await one.router.accept([finding()])
    assert [len(one.store.claim(one.settings)) for _ in range(2)] == [1, 0]


async def test_a_hung_target_does_not_hold_up_the_others(scene: MakeScene) -> None:
    one = scene(RecordingChannel("comms-oncall-1", hang=True))
    await one.router.accept([finding(page=("comms", "legal"))])
    await one.router.step()
    while not one.channels["legal-oncall-1"].pages:
        await one.router.step()
    assert one.paged()["legal-oncall-1"] == 1


async def test_unknown_people_cannot_acknowledge(scene: MakeScene) -> None:
    one = scene()
    await one.router.accept([finding()])
    view = (await one.router.incidents())[0]
    assert (await one.router.acknowledge(view.id, 0, "comms", "stranger", "link")).outcome == "not_found"


async def test_each_page_carries_its_own_link(scene: MakeScene) -> None:
    one = scene()
    await one.router.accept([finding(page=("comms", "legal"))])
    await one.settle()
    pages = [page for channel in one.channels.values() for page in channel.pages]
    claims = [one.signer.verify(page.link.rsplit("/", 1)[1]) for page in pages]
    assert {getattr(claim, "person", None) for claim in claims} == {"comms-oncall", "legal-oncall"}
    assert all(page.receipt.queued_at == START for page in pages)


async def test_a_long_wait_at_the_only_target_loses_no_page(scene: MakeScene) -> None:
    busy = [RecordingChannel(f"comms-oncall-{n}", [RetryLater("limited", 60.0)]) for n in (1, 2)]
    one = scene(*busy)
    await one.router.accept([finding()])
    await one.settle()
    await one.after(61)
    assert one.paged() == {"comms-oncall-1": 1, "comms-oncall-2": 2}
    assert (await one.router.incidents())[0].messages[0].state == "sent"


async def test_what_a_backfill_found_pages_nobody(scene: MakeScene) -> None:
    one = scene()
    late = finding()
    mention = late.reading.mention.model_copy(update={"late": True})
    late = late.model_copy(update={"reading": late.reading.model_copy(update={"mention": mention})})
    await one.router.accept([late])
    await one.settle()
    assert one.paged() == {}


async def test_an_acknowledgement_after_the_claim_still_stops_the_page(scene: MakeScene) -> None:
    one = scene()
    await one.router.accept([finding()])
    claimed = one.store.claim(one.settings)[0]
    view = (await one.router.incidents())[0]
    await one.router.acknowledge(view.id, view.cycle, "comms", "comms-oncall", "link")
    assert not one.store.confirm(one.settings, claimed)
    assert (await one.router.incidents())[0].messages[0].state == "cancelled"


async def test_a_message_that_another_process_took_over_is_not_sent(scene: MakeScene) -> None:
    one = scene()
    await one.router.accept([finding()])
    slow = one.store.claim(one.settings)[0]
    one.clock.advance(21)
    taken_over = one.store.claim(one.settings)[0]
    assert not one.store.confirm(one.settings, slow)
    assert one.store.confirm(one.settings, taken_over)
