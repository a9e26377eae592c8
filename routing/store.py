"""Everything the router does to its tables, one transaction each. Calls block; use them from a thread.

What only looks, looks at a snapshot: it waits for no writer and holds none up.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import TypeVar

from sqlalchemy import Connection, func, select

from monitor import metrics
from monitor.clock import Clock
from monitor.records import SEVERITIES, Department, Finding
from routing import answers, bundle_rows, claims, closings, held_rows, policy_stale, results, timers
from routing.answers import Answer
from routing.claims import Claimed, Running
from routing.closings import ClaimedClosing
from routing.database import Database
from routing.desk import AckResult, IncidentView, Refused, Via
from routing.holds import HOLD_REASONS
from routing.incident_views import read_incident
from routing.intake import Folder
from routing.keeping import Keeping
from routing.merging import followed, tell_merged
from routing.outcome import Outcome
from routing.page_summary import Summary
from routing.queue_rows import lock_incident
from routing.schema import incidents, instant_or_none, messages, tracks
from routing.settings import RoutingSettings
from routing.silences import Silence, Wish, all_silences, end_silence, make_silence, mistake_of
from routing.target_rows import long_paused, pass_over

Made = TypeVar("Made")


class Store:
    """The tables behind ``Router``."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._released_once = False
        self.keeping = Keeping(database, clock)

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

    def claim(self, settings: RoutingSettings, running: Running | None = None) -> list[Claimed]:
        """Messages to send now, as many as their targets have room for beside those that this process sends.

        Decided again at this moment: what is no longer wanted is cancelled, what must wait is held, not sent.
        """
        busy, now = running or {}, self._clock.now()
        with self._database.reading() as connection:
            rooms = claims.rooms(connection, settings, busy, now)
        if not rooms:
            return []
        with self._database.transaction() as connection:
            claimed = claims.claim(connection, settings, rooms, busy, now)
        return sorted(claimed, key=lambda one: SEVERITIES.index(one.row.severity), reverse=True)

    def release(self, settings: RoutingSettings) -> int:
        """Held messages whose reason is gone are decided again at once; after a start all of them are."""
        now, everything = self._clock.now(), not self._released_once
        with self._database.reading() as connection:
            ids = held_rows.release(connection, settings, now, everything=everything)
        if ids:
            with self._database.transaction() as connection:
                held_rows.make_due(connection, ids, now)
        self._released_once = True
        return len(ids)

    def settle(self) -> None:
        """What summaries carried along is told, or decided again by itself."""
        with self._database.reading() as connection:
            if not bundle_rows.any_to_settle(connection):
                return
        with self._database.transaction() as connection:
            bundle_rows.settle(connection, self._clock.now())

    def summary(self, claimed: Claimed) -> Summary:
        """The other incidents that a claimed message tells of."""
        with self._database.reading() as connection:
            return bundle_rows.summary_of(connection, claimed.row, self._clock.now())

    def silence(self, settings: RoutingSettings, incident: str, wish: Wish) -> Silence:
        """Silence an incident's story. Raises Refused with the mend."""
        now = self._clock.now()
        with self._database.transaction() as connection:
            lock_incident(connection, incident)
            view = read_incident(connection, incident, with_history=False)
            mistake = "there is no such incident"
            if view is not None:
                mistake = mistake_of(wish, view, settings.muting.longest_silence, now)
            if view is None or mistake:
                raise Refused(mistake)
            return make_silence(connection, view, wish, now)

    def end_silence(self, number: int, who: str) -> Silence | None:
        """End a silence early; None when there is none that is active."""
        with self._database.transaction() as connection:
            return end_silence(connection, number, who, self._clock.now())

    def silences(self, limit: int = 100) -> tuple[Silence, ...]:
        """The newest silences first, also those that are over."""
        with self._database.reading() as connection:
            return all_silences(connection, limit)

    def renew(self, fences: Mapping[str, int]) -> None:
        """The leases of what this process still holds start anew."""
        if fences:
            with self._database.transaction() as connection:
                claims.renew(connection, fences, self._clock.now())

    def pass_over(self, settings: RoutingSettings) -> int:
        """Messages that would wait long for a paused target go to another one; returns how many."""
        now = self._clock.now()
        with self._database.reading() as connection:
            if not long_paused(connection, now):
                return 0
        with self._database.transaction() as connection:
            return pass_over(connection, settings, now)

    def confirm(self, settings: RoutingSettings, claimed: Claimed) -> IncidentView | None:
        """The incident as it stands, when a claimed message may still be sent; decided again at the last moment.

        Raises UndecodableRecord when it cannot be read.
        """
        now = self._clock.now()
        with self._database.reading() as connection:
            if claims.may_go(connection, settings, claimed, now):
                return read_incident(connection, claimed.row.incident, with_history=False)
        with self._database.transaction() as connection:
            if not claims.confirm(connection, settings, claimed, now):
                return None
            return read_incident(connection, claimed.row.incident, with_history=False)

    def record(
        self, settings: RoutingSettings, claimed: Claimed, outcome: Outcome, *, deduplicates: bool
    ) -> bool:
        """What came of an attempt. False when another process has taken the message over meanwhile."""
        with self._database.transaction() as connection:
            return results.record(
                connection, settings, claimed, outcome, self._clock.now(), deduplicates=deduplicates
            )

    def give_up(self, claimed: Claimed, reason: str) -> None:
        """A message that may have arrived and is not worth a second copy."""
        with self._database.transaction() as connection:
            results.give_up(connection, claimed, reason, self._clock.now())

    def claim_closings(self, busy: Collection[str]) -> list[ClaimedClosing]:
        """What may be told now, one to a target at most, and nothing to a target in ``busy``."""
        now = self._clock.now()
        with self._database.reading() as connection:
            numbers = closings.ready(connection, busy, now)
        if not numbers:
            return []
        with self._database.transaction() as connection:
            return closings.claim(connection, numbers, now)

    def record_closing(self, closing: ClaimedClosing, outcome: Outcome) -> None:
        """What came of telling."""
        with self._database.transaction() as connection:
            closings.record(connection, closing, outcome, self._clock.now())

    def escalate(self, settings: RoutingSettings) -> int:
        """Take every step that is due; late timers fire once. Returns how many steps were taken."""
        now = self._clock.now()
        with self._database.reading() as connection:
            due, stale = timers.any_due(connection, now), policy_stale.any_stale(connection, settings, now)
        taken, skip = 0, self._database.is_postgres
        if stale:
            with self._database.transaction() as connection:
                policy_stale.remind_and_reopen(connection, settings, now, skip_locked=skip)
        if not due:
            return 0
        while True:
            with self._database.transaction() as connection:
                some = timers.take_due_steps(connection, settings, now, skip_locked=skip)
            taken += some
            if some < timers.MOST:
                return taken

    def acknowledge(
        self, incident: str, cycle: int, department: Department, who: str, via: Via, *, person: str = ""
    ) -> AckResult:
        """Stop the department's chain and everything it still wanted to send, in one transaction."""
        with self._database.transaction() as connection:
            now = self._clock.now()
            answer = Answer(*followed(connection, incident, cycle), who, via, now, person)
            result = answers.acknowledge(connection, answer, department)
            if result.outcome == "done":
                tell_merged(connection, answer.incident, department, "acknowledged", who, now)
            return result

    def resolve(self, incident: str, cycle: int, who: str, via: Via) -> AckResult:
        """Close an incident: every chain stops; a story that moves again opens a linked one."""
        with self._database.transaction() as connection:
            now = self._clock.now()
            answer = Answer(*followed(connection, incident, cycle), who, via, now)
            result = answers.resolve(connection, answer)
            if result.outcome == "done":
                tell_merged(connection, answer.incident, None, "resolved", who, now)
            return result

    def refuse(
        self, incident: str, cycle: int, who: str, via: Via, department: Department | None = None
    ) -> AckResult:
        """Write down the answer of somebody whom the configuration does not know."""
        with self._database.transaction() as connection:
            answer = Answer(incident, cycle, who, via, self._clock.now())
            return answers.refuse(connection, answer, department)

    def transact(self, work: Callable[[Connection, datetime], Made]) -> Made:
        """``work`` at this moment, all of it in one transaction that writes."""
        with self._database.transaction() as connection:
            return work(connection, self._clock.now())

    def incident(self, incident: str) -> IncidentView | None:
        with self._database.reading() as connection:
            return read_incident(connection, incident)

    def incidents(self, limit: int) -> tuple[IncidentView, ...]:
        """The newest incidents first."""
        with self._database.reading() as connection:
            listed = incidents.c.kind != "canary"
            query = select(incidents.c.id).where(listed).order_by(incidents.c.number.desc()).limit(limit)
            views = [read_incident(connection, one) for one in connection.execute(query).scalars().all()]
        return tuple(view for view in views if view is not None)

    def refresh_gauges(self) -> None:
        """Set the gauges of the router from the tables."""
        now = self._clock.now()
        with self._database.reading() as connection:
            waiting = messages.c.state == "pending"
            pending, oldest = connection.execute(
                select(func.count(), func.min(messages.c.due_at)).where(waiting)
            ).one()
            held = held_rows.counts(connection)
            timer = connection.scalar(select(func.min(tracks.c.next_step_at)))
            real = incidents.c.kind == "real"
            by_state = select(incidents.c.state, func.count()).where(real).group_by(incidents.c.state)
            counts = {str(state): int(count) for state, count in connection.execute(by_state).all()}
        metrics.OUTBOX_PENDING.set(pending)
        for reason in HOLD_REASONS:
            metrics.MESSAGES_HELD.labels(reason).set(held.get(reason, 0))
        metrics.OUTBOX_OLDEST_SECONDS.set(_late(oldest, now))
        metrics.TIMER_OVERDUE_SECONDS.set(_late(timer, now))
        for state in ("open", "acknowledged"):
            metrics.INCIDENTS_OPEN.labels(state).set(counts.get(state, 0))


def _late(due: int | None, now: datetime) -> float:
    at = instant_or_none(due)
    return 0.0 if at is None else max(0.0, (now - at).total_seconds())
