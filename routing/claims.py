"""Claims due messages for sending, decided again at that moment, within a transaction of the caller."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, and_, or_, select, update

from routing.desk import IncidentView
from routing.incident_views import read_incident
from routing.queue_rows import cancel
from routing.schema import messages, micros
from routing.target_rows import paused_targets

LEASE = timedelta(seconds=20)  # longer than any attempt may take, so an expired lease means a crash


@dataclass(frozen=True, slots=True)
class Claimed:
    """A message that this process may send now, and nobody else until its lease ends."""

    row: Any
    incident: IncidentView


def claim(connection: Connection, now: datetime, limit: int, *, skip_locked: bool) -> list[Claimed]:
    """Due messages; what is no longer wanted is cancelled instead."""
    lost = and_(messages.c.state == "sending", messages.c.lease_until < micros(now))
    due = and_(messages.c.state.in_(["pending", "ambiguous"]), messages.c.due_at <= micros(now))
    free = messages.c.target.not_in(paused_targets(now))
    query = (
        select(messages)
        .where(or_(lost, due), free)
        .order_by(messages.c.due_at, messages.c.sequence)
        .limit(limit)
    )
    if skip_locked:
        query = query.with_for_update(skip_locked=True)
    claimed = [_claim_one(connection, row, now) for row in connection.execute(query).all()]
    return [one for one in claimed if one is not None]


def _claim_one(connection: Connection, row: Any, now: datetime) -> Claimed | None:
    view = read_incident(connection, row.incident)
    track = next((t for t in view.tracks if t.department == row.department), None) if view else None
    if view is None or track is None:
        cancel(connection, row, "incident_gone")
        return None
    if view.state == "resolved":
        cancel(connection, row, "resolved")
        return None
    if track.acknowledged_at is not None and row.transition != "informed":
        cancel(connection, row, "acknowledged")
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


def held_by(claimed: Claimed) -> Any:
    """The condition that a message is still this claim's: no other process has taken it over."""
    row = claimed.row
    return and_(messages.c.id == row.id, messages.c.fence == row.fence, messages.c.state == "sending")


def confirm(connection: Connection, claimed: Claimed, now: datetime) -> bool:
    """Whether a claimed message may still be sent, decided after any wait for its target; renews the lease."""
    row = claimed.row
    held = held_by(claimed)
    if connection.execute(select(messages.c.id).where(held)).first() is None:
        return False
    view = read_incident(connection, row.incident)
    track = next((t for t in view.tracks if t.department == row.department), None) if view else None
    stopped = track is None or (track.acknowledged_at is not None and row.transition != "informed")
    if view is None or stopped or view.state == "resolved":
        cancel(connection, row, "acknowledged" if view and view.state != "resolved" else "resolved")
        return False
    connection.execute(update(messages).where(held).values(lease_until=micros(now + LEASE)))
    return True
