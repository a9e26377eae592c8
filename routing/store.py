"""Everything the router does to its tables, one transaction each. Calls block; use them from a thread."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, and_, func, or_, select, update

from monitor import metrics
from monitor.clock import Clock
from monitor.codec import decode
from monitor.records import Finding
from routing.database import Database
from routing.desk import AckResult, IncidentView, Via
from routing.escalate import Chain, step_at
from routing.incident_views import read_incident
from routing.intake import Folder
from routing.outcome import Ambiguous, DeadTarget, Delivered, Outcome, RejectedPayload, RetryLater
from routing.page import Transition
from routing.queue_rows import Call, note, person_of, queue_messages
from routing.schema import incidents, instant_or_none, messages, micros, tracks
from routing.settings import RoutingSettings

LEASE = timedelta(seconds=20)  # longer than any attempt may take, so an expired lease means a crash
MAX_ATTEMPTS = 8
PATIENCE_S = 15.0  # a longer wait is worth another target, when there is one


@dataclass(frozen=True, slots=True)
class Claimed:
    """A message that this process may send now, and nobody else until its lease ends."""

    row: Any
    incident: IncidentView


class Store:
    """The tables behind ``Router``."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    @classmethod
    def open(cls, url: str, clock: Clock) -> "Store":
        """Raises Unavailable or RefuseToStart."""
        return cls(Database.open(url), clock)

    def close(self) -> None:
        self._database.close()

    def fold(self, settings: RoutingSettings, found: Sequence[Finding]) -> None:
        """Findings into incidents; committed when this returns."""
        with self._database.transaction() as connection:
            Folder(settings).fold(connection, found, self._clock.now())

    def claim(self, limit: int = 50) -> list[Claimed]:
        """Due messages, decided again at this moment: what is no longer wanted is cancelled, not sent."""
        now = self._clock.now()
        with self._database.transaction() as connection:
            lost = and_(messages.c.state == "sending", messages.c.lease_until < micros(now))
            due = and_(messages.c.state.in_(["pending", "ambiguous"]), messages.c.due_at <= micros(now))
            query = (
                select(messages)
                .where(or_(lost, due))
                .order_by(messages.c.due_at, messages.c.sequence)
                .limit(limit)
            )
            if self._database.is_postgres:
                query = query.with_for_update(skip_locked=True)
            claimed = [self._claim_one(connection, row, now) for row in connection.execute(query).all()]
        return [one for one in claimed if one is not None]

    def _claim_one(self, connection: Connection, row: Any, now: datetime) -> Claimed | None:
        view = read_incident(connection, row.incident)
        track = next((t for t in view.tracks if t.department == row.department), None) if view else None
        if view is None or track is None:
            _cancel(connection, row, "incident_gone")
            return None
        if view.state == "resolved":
            _cancel(connection, row, "resolved")
            return None
        if track.acknowledged_at is not None and row.transition != "informed":
            _cancel(connection, row, "acknowledged")
            return None
        ambiguous = row.ambiguous + (row.state == "sending")  # a crash between claim and result
        values = {
            "state": "sending",
            "lease_until": micros(now + LEASE),
            "fence": row.fence + 1,
            "attempts": row.attempts + 1,
            "ambiguous": ambiguous,
        }
        connection.execute(update(messages).where(messages.c.id == row.id).values(**values))
        fresh = connection.execute(select(messages).where(messages.c.id == row.id)).one()
        return Claimed(fresh, view)

    def confirm(self, claimed: Claimed) -> bool:
        """Whether a claimed message may still be sent, decided after any wait for its target; renews the lease."""
        row = claimed.row
        now = self._clock.now()
        with self._database.transaction() as connection:
            held = and_(messages.c.id == row.id, messages.c.fence == row.fence, messages.c.state == "sending")
            if connection.execute(select(messages.c.id).where(held)).first() is None:
                return False
            view = read_incident(connection, row.incident)
            track = next((t for t in view.tracks if t.department == row.department), None) if view else None
            stopped = track is None or (track.acknowledged_at is not None and row.transition != "informed")
            if view is None or stopped or view.state == "resolved":
                _cancel(connection, row, "acknowledged" if view and view.state != "resolved" else "resolved")
                return False
            connection.execute(update(messages).where(held).values(lease_until=micros(now + LEASE)))
        return True

    def record(
        self, settings: RoutingSettings, claimed: Claimed, outcome: Outcome, *, deduplicates: bool
    ) -> None:
        """What came of an attempt, unless another process has taken the message over meanwhile."""
        row = claimed.row
        now = self._clock.now()
        with self._database.transaction() as connection:
            held = and_(messages.c.id == row.id, messages.c.fence == row.fence, messages.c.state == "sending")
            values = self._after(settings, row, outcome, now, deduplicates=deduplicates)
            changed = connection.execute(update(messages).where(held).values(lease_until=None, **values))
            if changed.rowcount == 0:
                return
            what = {"sent": "sent", "failed": "failed"}.get(str(values["state"]), "retry")
            detail = f"{row.target} {values.get('reason', '')}".strip()
            note(
                connection, row.incident, now, what, department=row.department, who=row.person, detail=detail
            )
            if values["state"] == "failed" and row.transition != "informed" and _nobody_left(connection, row):
                # Nobody can be reached on this step: the next one goes now.
                where = and_(tracks.c.incident == row.incident, tracks.c.department == row.department)
                running = and_(where, tracks.c.step == row.step, tracks.c.next_step_at.is_not(None))
                connection.execute(update(tracks).where(running).values(next_step_at=micros(now)))

    def _after(
        self, settings: RoutingSettings, row: Any, outcome: Outcome, now: datetime, *, deduplicates: bool
    ) -> dict[str, object]:
        match outcome:
            case Delivered(thread=thread):
                return {"state": "sent", "sent_at": micros(now), "thread": thread[:500], "reason": ""}
            case RetryLater(reason=reason, after_s=after) if row.attempts < MAX_ATTEMPTS and (
                after <= PATIENCE_S or _is_last_target(settings, row)
            ):
                return _again(row, now, max(after, min(2.0 ** (row.attempts - 1), 60.0)), reason)
            case Ambiguous(reason=reason, after_s=after) if deduplicates or row.ambiguous == 0:
                if row.attempts < MAX_ATTEMPTS:
                    return {
                        **_again(row, now, after, reason),
                        "state": "ambiguous",
                        "ambiguous": row.ambiguous + 1,
                    }
                return self._next_target(settings, row, now, reason)
            case RejectedPayload(reason=reason) if not row.plain:
                return {**_again(row, now, 0.0, reason), "plain": True}
            case (
                RetryLater(reason=reason)
                | Ambiguous(reason=reason)
                | RejectedPayload(reason=reason)
                | DeadTarget(reason=reason)
            ):
                return self._next_target(settings, row, now, reason)

    @staticmethod
    def _next_target(settings: RoutingSettings, row: Any, now: datetime, reason: str) -> dict[str, object]:
        person = person_of(settings, row.person)
        number = row.target_number + 1
        if person is None or number >= len(person.targets):
            return {"state": "failed", "reason": reason[:500]}
        target = person.targets[number]
        values = _again(row, now, 0.0, reason)
        return {
            **values,
            "target_number": number,
            "target": target.name,
            "channel": target.kind,
            "plain": False,
        }

    def escalate(self, settings: RoutingSettings) -> int:
        """Take every step that is due; late timers fire once. Returns how many steps were taken."""
        now = self._clock.now()
        with self._database.transaction() as connection:
            query = (
                select(tracks)
                .join(incidents, incidents.c.id == tracks.c.incident)
                .where(
                    tracks.c.next_step_at <= micros(now),
                    tracks.c.acknowledged_at.is_(None),
                    incidents.c.state != "resolved",
                )
            )
            if self._database.is_postgres:
                query = query.with_for_update(skip_locked=True, of=tracks)
            due = connection.execute(query).all()
            for track in due:
                self._next_step(connection, settings, track, now)
        return len(due)

    @staticmethod
    def _next_step(connection: Connection, settings: RoutingSettings, track: Any, now: datetime) -> None:
        where = and_(tracks.c.incident == track.incident, tracks.c.department == track.department)
        number = track.step + 1
        following = step_at(decode(Chain, track.chain_json.encode()), number)
        if following is None:
            connection.execute(update(tracks).where(where).values(next_step_at=None))
            return
        call = Call(track.incident, track.department, "escalated", track.round, number, following.people)
        queued = queue_messages(connection, settings, call, now)
        wait = following.wait if queued else timedelta(0)
        at = None if wait is None else micros(now + wait)
        connection.execute(update(tracks).where(where).values(step=number, next_step_at=at))
        what = "escalated" if following.wait is not None else "catch_all"
        note(connection, track.incident, now, what, department=track.department, detail=f"step {number + 1}")
        metrics.ESCALATIONS.labels(track.department, str(number)).inc()

    def acknowledge(self, incident: str, cycle: int, department: str, who: str, via: Via) -> AckResult:
        """Stop the department's chain and everything it still wanted to send, in one transaction."""
        now = self._clock.now()
        with self._database.transaction() as connection:
            view = read_incident(connection, incident)
            track = next((t for t in view.tracks if t.department == department), None) if view else None
            if view is None or track is None:
                return AckResult(outcome="not_found")
            if view.cycle != cycle:
                note(
                    connection,
                    incident,
                    now,
                    "ack_of_old_cycle",
                    department=track.department,
                    who=who,
                    detail=via,
                )
                return AckResult(outcome="old_cycle")
            if track.acknowledged_at is not None:
                return AckResult(outcome="already", by=track.acknowledged_by, at=track.acknowledged_at)
            where = and_(tracks.c.incident == incident, tracks.c.department == department)
            values = {"acknowledged_at": micros(now), "acknowledged_by": who, "next_step_at": None}
            connection.execute(update(tracks).where(where).values(**values))
            _stop_pages(connection, incident, track.department, "acknowledged")
            others = [
                t for t in view.tracks if t.paged and t.department != department and t.acknowledged_at is None
            ]
            if not others and view.state == "open":
                connection.execute(
                    update(incidents).where(incidents.c.id == incident).values(state="acknowledged")
                )
            note(connection, incident, now, "acknowledged", department=track.department, who=who, detail=via)
        metrics.ACKNOWLEDGED.labels(department, via).inc()
        return AckResult(outcome="done", by=who, at=now)

    def resolve(self, incident: str, cycle: int, who: str, via: Via) -> AckResult:
        """Close an incident: every chain stops; a story that moves again opens a linked one."""
        now = self._clock.now()
        with self._database.transaction() as connection:
            view = read_incident(connection, incident)
            if view is None:
                return AckResult(outcome="not_found")
            if view.cycle != cycle:
                return AckResult(outcome="old_cycle")
            if view.state == "resolved":
                return AckResult(outcome="already", at=view.resolved_at)
            values = {"state": "resolved", "resolved_at": micros(now), "updated_at": micros(now)}
            connection.execute(update(incidents).where(incidents.c.id == incident).values(**values))
            connection.execute(update(tracks).where(tracks.c.incident == incident).values(next_step_at=None))
            _stop_pages(connection, incident, None, "resolved")
            note(connection, incident, now, "resolved", who=who, detail=via)
        return AckResult(outcome="done", by=who, at=now)

    def incident(self, incident: str) -> IncidentView | None:
        with self._database.transaction() as connection:
            return read_incident(connection, incident)

    def incidents(self, limit: int) -> tuple[IncidentView, ...]:
        """The newest incidents first."""
        with self._database.transaction() as connection:
            query = select(incidents.c.id).order_by(incidents.c.number.desc()).limit(limit)
            views = [read_incident(connection, one) for one in connection.execute(query).scalars().all()]
        return tuple(view for view in views if view is not None)

    def refresh_gauges(self) -> None:
        """Set the gauges of the router from the tables."""
        now = self._clock.now()
        with self._database.transaction() as connection:
            waiting = messages.c.state.in_(["pending", "ambiguous"])
            pending, oldest = connection.execute(
                select(func.count(), func.min(messages.c.due_at)).where(waiting)
            ).one()
            timer = connection.scalar(select(func.min(tracks.c.next_step_at)))
            by_state = select(incidents.c.state, func.count()).group_by(incidents.c.state)
            counts = {str(state): int(count) for state, count in connection.execute(by_state).all()}
        metrics.OUTBOX_PENDING.set(pending)
        metrics.OUTBOX_OLDEST_SECONDS.set(_late(oldest, now))
        metrics.TIMER_OVERDUE_SECONDS.set(_late(timer, now))
        for state in ("open", "acknowledged"):
            metrics.INCIDENTS_OPEN.labels(state).set(counts.get(state, 0))


def _nobody_left(connection: Connection, row: Any) -> bool:
    """True when no message of this step was sent or may still be."""
    same = and_(
        messages.c.incident == row.incident,
        messages.c.department == row.department,
        messages.c.step == row.step,
        messages.c.state.in_(["pending", "sending", "ambiguous", "sent"]),
    )
    return connection.execute(select(messages.c.id).where(same)).first() is None


def _is_last_target(settings: RoutingSettings, row: Any) -> bool:
    person = person_of(settings, row.person)
    return person is None or row.target_number + 1 >= len(person.targets)


def _late(due: int | None, now: datetime) -> float:
    at = instant_or_none(due)
    return 0.0 if at is None else max(0.0, (now - at).total_seconds())


def _again(row: Any, now: datetime, after_s: float, reason: str) -> dict[str, object]:
    return {"state": "pending", "due_at": micros(now + timedelta(seconds=after_s)), "reason": reason[:500]}


def _cancel(connection: Connection, row: Any, reason: str) -> None:
    where = messages.c.id == row.id
    connection.execute(
        update(messages).where(where).values(state="cancelled", reason=reason, lease_until=None)
    )
    metrics.NOT_PAGED.labels(reason).inc()


def _stop_pages(connection: Connection, incident: str, department: str | None, reason: str) -> None:
    waiting = and_(messages.c.incident == incident, messages.c.state.in_(["pending", "ambiguous"]))
    paging: list[Transition] = ["opened", "raised", "escalated"]
    where = and_(waiting, messages.c.transition.in_(paging))
    if department is not None:
        where = and_(where, messages.c.department == department)
    connection.execute(update(messages).where(where).values(state="cancelled", reason=reason))
