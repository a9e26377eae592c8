"""What on-call people look at first: open incidents, pages without an answer, pages that were not sent."""

from pathlib import Path

import pytest
from prometheus_client import REGISTRY

from deploy.measured_store import EVERY_S, MeasuredStore
from monitor.clock import ManualClock
from routing.outcome import RetryLater
from routing.settings import RoutingSettings
from tests.routing.scenes import SECRET, START, finding, settings


def shown(name: str, **labels: str) -> float | None:
    return REGISTRY.get_sample_value(f"tocsin_{name}", labels)


@pytest.fixture
def routing(monkeypatch: pytest.MonkeyPatch) -> RoutingSettings:
    monkeypatch.setenv("TOCSIN_LINK_SECRET", SECRET)
    return settings()


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(START)


@pytest.fixture
def store(tmp_path: Path, clock: ManualClock) -> MeasuredStore:
    opened = MeasuredStore.open(f"sqlite:///{tmp_path / 'router.db'}", clock)
    assert isinstance(opened, MeasuredStore)
    return opened


def test_an_unanswered_page_grows_older_until_somebody_answers(
    store: MeasuredStore, clock: ManualClock, routing: RoutingSettings
) -> None:
    store.fold(routing, [finding(severity="critical", page=("comms", "legal"))])
    clock.advance(90)
    store.refresh_gauges()
    assert shown("incidents_unresolved", brand="veloria", severity="critical") == 1
    assert shown("pages_unacknowledged", department="legal", severity="critical") == 1
    assert shown("page_unacknowledged_seconds", department="comms", severity="critical") == 90
    assert shown("pages_unacknowledged", department="it", severity="critical") == 0
    view = store.incidents(1)[0]
    store.acknowledge(view.id, view.cycle, "comms", "Comms Oncall", "console")
    clock.advance(30)
    store.refresh_gauges()
    assert shown("page_unacknowledged_seconds", department="comms", severity="critical") == 0
    assert shown("page_unacknowledged_seconds", department="legal", severity="critical") == 120
    store.resolve(view.id, view.cycle, "Comms Oncall", "console")
    clock.advance(EVERY_S)
    store.refresh_gauges()
    assert shown("incidents_unresolved", brand="veloria", severity="critical") == 0
    assert shown("pages_unacknowledged", department="legal", severity="critical") == 0


def test_a_raised_incident_waits_from_when_its_chain_started_again(
    store: MeasuredStore, clock: ManualClock, routing: RoutingSettings
) -> None:
    store.fold(routing, [finding(severity="warning")])
    clock.advance(600)
    store.fold(routing, [finding(severity="critical", clause="safety")])
    clock.advance(20)
    store.refresh_gauges()
    assert shown("page_unacknowledged_seconds", department="comms", severity="critical") == 20
    assert shown("pages_unacknowledged", department="comms", severity="warning") == 0


def test_an_unsent_page_is_as_old_as_its_first_try(
    store: MeasuredStore, clock: ManualClock, routing: RoutingSettings
) -> None:
    store.fold(routing, [finding(severity="critical")])
    clock.advance(12)
    assert len(store.claim(settings())) == 1
    clock.advance(40)
    store.refresh_gauges()
    assert shown("page_waiting_seconds", severity="critical") == 52
    assert shown("page_waiting_seconds", severity="info") == 0


def test_a_target_on_pause_is_shown_until_its_pause_ends(
    store: MeasuredStore, clock: ManualClock, routing: RoutingSettings
) -> None:
    store.fold(routing, [finding(severity="critical")])
    claimed = store.claim(settings())[0]
    store.record(routing, claimed, RetryLater("asked to wait", 300.0), deduplicates=True)
    clock.advance(60)
    store.refresh_gauges()
    assert shown("target_paused_seconds", target=claimed.row.target) == 240
    assert shown("router_looked_timestamp_seconds") == clock.now().timestamp()
    clock.advance(400)
    store.refresh_gauges()
    assert shown("target_paused_seconds", target=claimed.row.target) == 0


def test_the_queries_run_at_most_every_five_seconds(
    store: MeasuredStore, clock: ManualClock, routing: RoutingSettings
) -> None:
    store.refresh_gauges()
    store.fold(routing, [finding(severity="info")])
    clock.advance(EVERY_S - 1)
    store.refresh_gauges()
    before = shown("page_waiting_seconds", severity="info")
    clock.advance(1)
    store.refresh_gauges()
    assert (before, shown("page_waiting_seconds", severity="info")) == (0, EVERY_S)
