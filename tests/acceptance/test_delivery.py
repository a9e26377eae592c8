"""Rows about what an answer of a channel leads to. Each test names the row and the origin that it accepts."""

import asyncio
from datetime import timedelta

import pytest

from monitor.records import Finding
from routing.channels.testing import RecordingChannel
from routing.outcome import Ambiguous, DeadTarget, Outcome, RejectedPayload, RetryLater
from routing.router import Router
from routing.settings import RoutingSettings
from tests.routing.scenes import START, MakeScene, finding, settings

TOO_LONG = RejectedPayload("HTTP 400 too long (maximum is 1024)")


async def test_what_is_too_long_goes_once_in_plain_then_to_the_next_target_and_into_the_history(
    scene: MakeScene,
) -> None:
    """Row 11: prometheus/alertmanager#1700, #1840, #2178 and elastic/kibana#124716."""
    one = scene(RecordingChannel("comms-oncall-1", [TOO_LONG] * 2))
    await one.router.accept([finding(severity="critical")])
    await one.settle()
    assert one.channels["comms-oncall-1"].plain == [False, True]
    assert one.paged()["comms-oncall-2"] == 1
    history = (await one.router.incidents())[0].history
    assert any("too long (maximum is 1024)" in entry.detail for entry in history)


async def test_a_rejected_page_never_counts_as_sent(scene: MakeScene) -> None:
    """Row 12: apify/crawlee-python#2155 and erikdarlingdata/PerformanceMonitor#3612."""
    names = [target.name for person in settings().people for target in person.targets]
    one = scene(*(RecordingChannel(name, [TOO_LONG] * 50) for name in names))
    await one.router.accept([finding(severity="critical")])
    for _ in range(3):
        await one.settle()
    messages = (await one.router.incidents())[0].messages
    assert messages
    assert "sent" not in {message.state for message in messages}
    assert one.paged()["duty-2"] >= 2  # and everybody was tried, the catch-all included


async def test_a_target_that_wants_minutes_gives_way_to_the_next_one_at_once(scene: MakeScene) -> None:
    """Section 0 and row 10: prometheus/alertmanager#2111, #2128, #2205 and SigNoz/signoz#12891."""
    one = scene(RecordingChannel("comms-oncall-1", [RetryLater("limited", 300.0)]))
    await one.router.accept([finding(severity="critical")])
    await one.settle()
    assert one.clock.now() == START
    assert one.paged() == {"comms-oncall-1": 1, "comms-oncall-2": 1}


async def test_waiting_out_a_limit_never_holds_up_the_next_step(scene: MakeScene) -> None:
    """Section 0: the retry stays queued at the last target while the chain goes on at its own time."""
    one = scene(*(RecordingChannel(f"comms-oncall-{n}", [RetryLater("limited", 900.0)]) for n in (1, 2)))
    await one.router.accept([finding(severity="critical")])
    await one.settle()
    await one.after(301)
    assert one.paged()["comms-lead-1"] == 1
    assert one.paged()["comms-oncall-2"] == 1


@pytest.mark.parametrize("outcome", [Ambiguous("no answer in time"), Ambiguous("HTTP 500")])
async def test_what_arrived_but_was_reported_failed_does_not_page_the_next_person(
    scene: MakeScene, outcome: Outcome
) -> None:
    """Reserve: caronc/apprise#1685 and #195, delivered but reported failed."""
    one = scene(RecordingChannel("comms-oncall-1", [outcome]))
    await one.router.accept([finding(severity="critical")])
    await one.settle()
    await one.after(20)
    assert one.paged() == {"comms-oncall-1": 2}
    first, copy = one.channels["comms-oncall-1"].pages
    assert (first.id, first.possible_duplicate, copy.possible_duplicate) == (copy.id, False, True)


async def test_an_empty_catch_all_is_no_configuration() -> None:
    """2d.6: the last resort cannot be empty."""
    raw = settings().model_dump()
    with pytest.raises(ValueError, match="catch_all"):
        RoutingSettings.model_validate({**raw, "catch_all": ()})


def dated(found: Finding, by: timedelta) -> Finding:
    mention = found.reading.mention
    mention = mention.model_copy(update={"created_at": mention.created_at + by})
    return found.model_copy(update={"reading": found.reading.model_copy(update={"mention": mention})})


@pytest.mark.parametrize("hours", [-9, -1, 0, 1, 9])
async def test_the_time_that_a_source_claims_moves_no_timer(scene: MakeScene, hours: int) -> None:
    """2d.10 and row 20: prometheus/prometheus#10342, a sender whose clock was hours behind."""
    one = scene()
    await one.router.accept([dated(finding(), timedelta(hours=hours))])
    await one.settle()
    assert one.paged() == {"comms-oncall-1": 1}
    assert one.channels["comms-oncall-1"].pages[0].escalates_at == START + timedelta(seconds=300)
    await one.after(299)
    assert one.paged() == {"comms-oncall-1": 1}
    await one.after(2)
    assert one.paged() == {"comms-oncall-1": 1, "comms-lead-1": 1}


async def test_findings_that_arrive_while_pages_go_out_are_all_paged_once(scene: MakeScene) -> None:
    """Reserve: prometheus/alertmanager#3826 and #1843, races that dropped alerts."""
    one = scene()
    two = one.another_router()
    wanted = 6

    async def arrive() -> None:
        for number in range(wanted):
            await one.router.accept([finding(first=f"bluesky:{number}", severity="critical")])

    async def go(router: Router) -> None:
        for _ in range(20):
            await router.step()
            await router.drained()

    await asyncio.gather(arrive(), go(one.router), go(two))
    for _ in range(4):
        await one.after(60)
    incidents = await one.router.incidents()
    assert len(incidents) == wanted
    assert {message.state for view in incidents for message in view.messages} <= {"sent", "bundled"}
    pages = one.channels["comms-oncall-1"].pages
    assert len({page.id for page in pages}) == len(pages)


async def test_a_dead_target_is_left_at_once_and_an_operator_reads_why(scene: MakeScene) -> None:
    """Section 0: 401, 403, 404 and 410 fail over at once and are in the history."""
    one = scene(RecordingChannel("comms-oncall-1", [DeadTarget("HTTP 410 channel_is_archived")]))
    await one.router.accept([finding()])
    await one.settle()
    assert one.paged() == {"comms-oncall-1": 1, "comms-oncall-2": 1}
    history = (await one.router.incidents())[0].history
    assert any("channel_is_archived" in entry.detail for entry in history)


async def test_weeks_later_the_same_finding_still_pages_nobody(scene: MakeScene) -> None:
    """Row 5: SigNoz/signoz#10043 and grafana/prometheus-alertmanager#164, a log that expired while the alert lived."""
    one = scene()
    await one.router.accept([finding()])
    await one.settle()
    view = (await one.router.incidents())[0]
    await one.router.acknowledge(view.id, view.cycle, "comms", "comms-oncall", "link")
    for _ in range(6):
        await one.after(7 * 86_400)
        await one.router.accept([finding()])
        await one.settle()
    assert [page.id for page in one.channels["comms-oncall-1"].pages[1:] if page.transition == "opened"] == []


async def test_a_new_start_with_a_changed_configuration_pages_nobody(scene: MakeScene) -> None:
    """Row 3: prometheus/alertmanager#627, a reload that told everything again."""
    one = scene()
    await one.router.accept([finding(page=("comms", "legal"))])
    await one.settle()
    before = one.paged()
    changed = one.settings.model_copy(update={"reopen_after": timedelta(hours=1)})
    for _ in range(3):
        router = Router(one.store, changed, one.channels, one.clock, one.signer)
        await router.accept([finding(page=("comms", "legal"))])
        await one.settle(router)
    assert one.paged() == before
