"""The router's store, which also shows what on-call people look at first: what is open, unanswered, unsent, paused."""

from collections import defaultdict
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, and_, func, select

from monitor import metrics
from monitor.canary import CANARY
from monitor.clock import Clock
from monitor.records import DEPARTMENTS, SEVERITIES
from routing.canary import last_canary
from routing.database import Database
from routing.liveness import ROUTER_LOOKED, mark
from routing.page import STARTS
from routing.schema import incidents, instant, messages, micros, targets, tracks
from routing.store import Store

EVERY_S = (
    5.0  # the queries look at every open incident: seldom enough to cost nothing, often enough for a rule
)


class MeasuredStore(Store):
    """Sets its own gauges along with the store's, at most every five seconds."""

    def __init__(self, database: Database, clock: Clock) -> None:
        super().__init__(database, clock)
        self._measured_at: float | None = None
        self._brands: set[str] = set()
        self._targets: set[str] = set()

    def refresh_gauges(self) -> None:
        super().refresh_gauges()
        monotonic = self._clock.monotonic()
        if self._measured_at is not None and monotonic - self._measured_at < EVERY_S:
            return
        now = self._clock.now()
        queries = _unresolved(), _unanswered(), _unsent(), _paused(now)
        with self._database.reading() as connection:
            unresolved, unanswered, unsent, paused = (list(connection.execute(one).all()) for one in queries)
            canary = last_canary(connection)
        self._show_unresolved(unresolved)
        _show_unanswered(unanswered, now)
        _show_unsent(unsent, now)
        self._show_paused(paused, now)
        if canary is not None:
            metrics.CANARY_LAST_SEEN.set(canary.timestamp())
        with self._database.transaction() as connection:
            mark(connection, ROUTER_LOOKED, now)  # for whoever asks the database whether a router works
        self._measured_at = monotonic
        metrics.ROUTER_LOOKED.set(now.timestamp())  # last: the gauges above are as fresh as this says

    def _show_unresolved(self, rows: list[Row[Any]]) -> None:
        counts = {(row.brand, row.severity): row.open for row in rows}
        self._brands |= {brand for brand, _ in counts}  # a brand whose last incident closed goes back to 0
        for brand in self._brands:
            for severity in SEVERITIES:
                metrics.INCIDENTS_UNRESOLVED.labels(brand, severity).set(counts.get((brand, severity), 0))

    def _show_paused(self, rows: list[Row[Any]], now: datetime) -> None:
        left = {row.name: -_age(row.paused_until, now) for row in rows}
        self._targets |= set(left)
        for target in self._targets:
            metrics.TARGET_PAUSED_SECONDS.labels(target).set(left.get(target, 0.0))


def _unresolved() -> Select[Any]:
    return (
        select(incidents.c.brand, incidents.c.severity, func.count().label("open"))
        .where(incidents.c.state != "resolved", incidents.c.kind == "real")
        .group_by(incidents.c.brand, incidents.c.severity)
    )


def _unanswered() -> Select[Any]:
    """One row per department and incident that waits for an answer, with the start of its chain."""
    called = and_(
        messages.c.incident == tracks.c.incident,
        messages.c.department == tracks.c.department,
        messages.c.transition.in_(STARTS),
    )
    return (
        select(tracks.c.department, tracks.c.severity, func.max(messages.c.queued_at).label("since"))
        .join(incidents, incidents.c.id == tracks.c.incident)
        .join(messages, called)
        .where(incidents.c.state != "resolved", incidents.c.kind == "real")  # an exercise is no incident
        .where(tracks.c.paged, tracks.c.acknowledged_at.is_(None))
        .group_by(tracks.c.incident, tracks.c.department, tracks.c.severity)
    )


def _unsent() -> Select[Any]:
    """By severity, since when the oldest unsent message waits: retries move its due time, never this one."""
    of = and_(tracks.c.incident == messages.c.incident, tracks.c.department == messages.c.department)
    return (
        select(tracks.c.severity, func.min(messages.c.queued_at).label("since"))
        .join(tracks, of)
        .where(messages.c.state.in_(["pending", "sending", "ambiguous"]), messages.c.target != CANARY)
        .group_by(tracks.c.severity)
    )


def _paused(now: datetime) -> Select[Any]:
    return select(targets.c.name, targets.c.paused_until).where(targets.c.paused_until > micros(now))


def _show_unanswered(rows: list[Row[Any]], now: datetime) -> None:
    ages: dict[tuple[str, str], list[float]] = defaultdict(list)
    for row in rows:
        ages[row.department, row.severity].append(_age(row.since, now))
    for department in DEPARTMENTS:
        for severity in SEVERITIES:
            waiting = ages[department, severity]
            metrics.PAGES_UNACKNOWLEDGED.labels(department, severity).set(len(waiting))
            metrics.UNACKNOWLEDGED_SECONDS.labels(department, severity).set(max([0.0, *waiting]))


def _show_unsent(rows: list[Row[Any]], now: datetime) -> None:
    ages = {row.severity: _age(row.since, now) for row in rows}
    for severity in SEVERITIES:
        metrics.PAGE_WAITING_SECONDS.labels(severity).set(max(0.0, ages.get(severity, 0.0)))


def _age(since: int, now: datetime) -> float:
    return (now - instant(since)).total_seconds()
