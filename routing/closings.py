"""What whoever was paged is told of an answer: rows of an outbox of their own, within a transaction of the caller.

A row is told at least once: telling is safe to repeat. It waits for every page of its incident to the same target,
since an alert system drops a resolution that overtakes its alert; and for what that target is to be told before it.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, exists, func, insert, or_, select, update

from monitor.records import Department
from routing.channels.closing import Alert, Ending, alert_of
from routing.claims import LEASE, first_thread
from routing.ledger import note
from routing.outcome import Ambiguous, DeadTarget, Delivered, Outcome, RejectedPayload, RetryLater
from routing.queue_rows import lock_incident
from routing.schema import closings, incidents, messages, micros
from routing.target_rows import paused_targets

MAX_ATTEMPTS = 20
LONGEST_PAUSE_S = 300.0  # with it the attempts go on for about an hour

_UNFINISHED = ("pending", "sending")


@dataclass(frozen=True, slots=True)
class ClaimedClosing:
    """What this process may tell now. ``alerts`` is empty when no page has arrived, so nobody need be told."""

    row: Any
    number: int  # of the incident
    cycle: int
    alerts: tuple[Alert, ...]
    thread: str
    exercise: bool = False


def queue_closings(
    connection: Connection,
    incident: str,
    department: Department | None,
    ending: Ending,
    who: str,
    at: datetime,
) -> None:
    """One row for each target and department that was paged, or still may be; None: every department."""
    paged = and_(messages.c.incident == incident, _may_arrive())
    if department is not None:
        paged = and_(paged, messages.c.department == department)
    pair = (messages.c.department, messages.c.target)
    query = select(*pair, func.max(messages.c.round).label("round")).where(paged)
    found = connection.execute(query.group_by(*pair).order_by(*pair)).all()
    rows = [{"department": one.department, "target": one.target, "round": one.round} for one in found]
    same = {
        "incident": incident,
        "ending": ending,
        "who": who,
        "at": micros(at),
        "state": "pending",
        "reason": "",
        "due_at": micros(at),
        "attempts": 0,
        "fence": 0,
    }
    if rows:
        connection.execute(insert(closings), [{**same, **row} for row in rows])


def ready(connection: Connection, busy: Collection[str], now: datetime) -> Sequence[int]:
    """The oldest row that may be told now of each target that is not busy."""
    query = select(func.min(closings.c.number)).where(_ready(now), closings.c.target.not_in(list(busy)))
    return connection.execute(query.group_by(closings.c.target)).scalars().all()


def claim(connection: Connection, numbers: Collection[int], now: datetime) -> list[ClaimedClosing]:
    """Take these rows, as far as no other process has taken them meanwhile."""
    values = {
        "state": "sending",
        "lease_until": micros(now + LEASE),
        "fence": closings.c.fence + 1,
        "attempts": closings.c.attempts + 1,
    }
    claimed: list[ClaimedClosing] = []
    for number in sorted(numbers):  # in one order everywhere, so that no two processes wait for each other
        query = update(closings).where(closings.c.number == number, _ready(now)).values(**values)
        row = connection.execute(query.returning(closings)).first()
        if row is not None:
            claimed.append(_with_its_pages(connection, row))
    return claimed


def record(connection: Connection, closing: ClaimedClosing, outcome: Outcome, now: datetime) -> None:
    """Write down what came of telling, unless another process has taken the row over meanwhile."""
    row = closing.row
    lock_incident(connection, row.incident)
    held = and_(closings.c.number == row.number, closings.c.fence == row.fence, closings.c.state == "sending")
    values = after_telling(row.attempts, outcome, now)
    changed = connection.execute(update(closings).where(held).values(lease_until=None, **values))
    if changed.rowcount and values["state"] == "failed":
        detail = f"{row.target} {row.ending}: {values['reason']}"
        note(connection, row.incident, now, "not_told", department=row.department, detail=detail)


def after_telling(attempts: int, outcome: Outcome, now: datetime) -> dict[str, object]:
    """The columns of a row that change after so many attempts. Pure."""
    match outcome:
        case Delivered():
            return {"state": "told", "reason": ""}
        case RetryLater(reason=reason, after_s=after) | Ambiguous(reason=reason, after_s=after) if (
            attempts < MAX_ATTEMPTS
        ):
            pause = max(after, min(2.0 ** (attempts - 1), LONGEST_PAUSE_S))
            due = micros(now + timedelta(seconds=pause))
            return {"state": "pending", "due_at": due, "reason": reason[:500]}
        case (
            RetryLater(reason=reason)
            | Ambiguous(reason=reason)
            | RejectedPayload(reason=reason)
            | DeadTarget(reason=reason)
        ):
            return {"state": "failed", "reason": reason[:500]}


def _may_arrive() -> ColumnElement[bool]:
    """A page that arrived, may have arrived, or still may."""
    return or_(messages.c.state.not_in(["cancelled", "failed"]), messages.c.ambiguous > 0)


def _ready(now: datetime) -> ColumnElement[bool]:
    lost = and_(closings.c.state == "sending", closings.c.lease_until <= micros(now))
    due = and_(closings.c.state == "pending", closings.c.due_at <= micros(now))
    return and_(
        or_(lost, due), closings.c.target.not_in(paused_targets(now)), ~_page_under_way(), ~_told_before()
    )


def _page_under_way() -> ColumnElement[bool]:
    same = and_(messages.c.incident == closings.c.incident, messages.c.target == closings.c.target)
    return exists().where(same, messages.c.state.in_(_UNFINISHED))


def _told_before() -> ColumnElement[bool]:
    """Whether something older waits: an acknowledgement never follows the resolution."""
    older = closings.alias()
    same = and_(older.c.incident == closings.c.incident, older.c.target == closings.c.target)
    return exists().where(same, older.c.number < closings.c.number, older.c.state.in_(_UNFINISHED))


def _with_its_pages(connection: Connection, row: Any) -> ClaimedClosing:
    # A later round is a rise in severity that nobody has answered yet.
    query = select(messages.c.severity, messages.c.transition, messages.c.round).where(
        messages.c.incident == row.incident,
        messages.c.department == row.department,
        messages.c.target == row.target,
        messages.c.round <= row.round,
        or_(messages.c.state == "sent", messages.c.ambiguous > 0),
    )
    arrived = connection.execute(query.order_by(messages.c.sequence)).all()
    alerts = tuple(dict.fromkeys(alert_of(page.severity, page.transition, page.round) for page in arrived))
    incident = connection.execute(select(incidents).where(incidents.c.id == row.incident)).one()
    thread = first_thread(connection, row.incident, row.target)
    exercise = incident.kind == "drill"
    return ClaimedClosing(row, incident.number, incident.cycle, alerts, thread, exercise)
