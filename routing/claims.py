"""Claims the messages that will be sent this very moment, within a transaction of the caller.

A message is claimed only when its target has room, so the lease covers one attempt and never a queue: a lease
that has run out means that a process died between the claim and its result.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, case, exists, or_, select, update

from monitor.records import SEVERITIES
from routing.decide import Standing, stop_reason
from routing.queue_rows import cancel
from routing.schema import incidents, messages, micros, tracks
from routing.target_rows import failing_targets, paused_targets

ATTEMPT = timedelta(seconds=8.5)  # the most that sending may take
LEASE = timedelta(seconds=9.5)  # longer than an attempt; with the router's poll still within 10 s
AT_ONCE = 4  # attempts at once to one target; a target that just failed is tried with one page only

_URGENCY = case({severity: rank for rank, severity in enumerate(SEVERITIES)}, value=messages.c.severity)

Running = Mapping[str, Collection[str]]  # target -> ids of the messages that this process sends now


@dataclass(frozen=True, slots=True)
class Claimed:
    """A message that this process may send now, and nobody else until its lease ends."""

    row: Any
    thread: str  # of the first page of the incident to the same target; empty when this is the first


def rooms(connection: Connection, running: Running, now: datetime) -> dict[str, int]:
    """The targets that something is due for, and how many more messages each takes at once."""
    query = select(messages.c.target).distinct().where(_wanted(now))
    failing = failing_targets(connection)
    room: dict[str, int] = {}
    for target in connection.execute(query).scalars().all():
        most = 1 if target in failing else AT_ONCE
        free = most - len(running.get(target, ()))
        if free > 0:
            room[target] = free
    return room


def claim(
    connection: Connection,
    target: str,
    room: int,
    sending_here: Collection[str],
    now: datetime,
    *,
    skip_locked: bool,
) -> list[Claimed]:
    """Up to ``room`` messages of one target: the most severe first, of those the oldest.

    What is no longer wanted is cancelled instead.
    """
    query = (
        select(messages)
        .where(messages.c.target == target, _wanted(now), _none_under_way())
        .order_by(_URGENCY.desc(), messages.c.due_at, messages.c.sequence)
        .limit(room)
    )
    if sending_here:  # a process that was held up must not take its own messages for lost
        query = query.where(messages.c.id.not_in(sending_here))
    if skip_locked:
        query = query.with_for_update(skip_locked=True)
    claimed: dict[str, Claimed] = {}
    for row in connection.execute(query).all():
        if row.incident not in claimed and (one := _claim_one(connection, row, now)):
            claimed[row.incident] = one
    return list(claimed.values())


def _wanted(now: datetime) -> ColumnElement[bool]:
    lost = and_(messages.c.state == "sending", messages.c.lease_until <= micros(now))
    due = and_(messages.c.state == "pending", messages.c.due_at <= micros(now))
    return and_(or_(lost, due), messages.c.target.not_in(paused_targets(now)))


def _none_under_way() -> ColumnElement[bool]:
    """One page of an incident at a time to a target, so that they stay in order and the later ones find a thread."""
    other = messages.alias()
    same = and_(other.c.incident == messages.c.incident, other.c.target == messages.c.target)
    return ~exists().where(same, other.c.state == "sending", other.c.id != messages.c.id)


def first_thread(connection: Connection, incident: str, target: str) -> str:
    """What the first confirmed page of the incident to the same target gave as its thread."""
    same = and_(messages.c.incident == incident, messages.c.target == target)
    query = select(messages.c.thread).where(same, messages.c.state == "sent", messages.c.thread != "")
    return connection.scalar(query.order_by(messages.c.sent_at, messages.c.sequence).limit(1)) or ""


def _claim_one(connection: Connection, row: Any, now: datetime) -> Claimed | None:
    if reason := stop_reason(row.transition, row.round, _standing(connection, row)):
        cancel(connection, row, reason, now)
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
    return Claimed(fresh, first_thread(connection, row.incident, row.target))


def _standing(connection: Connection, row: Any) -> Standing | None:
    later = messages.alias()
    same = and_(later.c.incident == row.incident, later.c.department == row.department)
    told_since = exists().where(same, later.c.person == row.person, later.c.round > row.round)
    query = (
        select(incidents.c.state, tracks.c.acknowledged_at, tracks.c.round, told_since.label("told_since"))
        .join(tracks, tracks.c.incident == incidents.c.id)
        .where(incidents.c.id == row.incident, tracks.c.department == row.department)
    )
    found = connection.execute(query).first()
    if found is None:
        return None
    return Standing(found.state, found.acknowledged_at is not None, found.round, bool(found.told_since))


def held_by(claimed: Claimed) -> ColumnElement[bool]:
    """The condition that a message is still this claim's: no other process has taken it over."""
    row = claimed.row
    return and_(messages.c.id == row.id, messages.c.fence == row.fence, messages.c.state == "sending")


def may_go(connection: Connection, claimed: Claimed, now: datetime) -> bool:
    """Whether a claimed message can be sent as it is: still ours and wanted, with time left in its lease."""
    in_time = messages.c.lease_until >= micros(now + ATTEMPT)
    if connection.execute(select(messages.c.id).where(held_by(claimed), in_time)).first() is None:
        return False
    row = claimed.row
    return stop_reason(row.transition, row.round, _standing(connection, row)) is None


def confirm(connection: Connection, claimed: Claimed, now: datetime) -> bool:
    """Whether a claimed message may still be sent; renews its lease, or cancels it when it is not wanted."""
    row = claimed.row
    held = held_by(claimed)
    if connection.execute(select(messages.c.id).where(held)).first() is None:
        return False
    if reason := stop_reason(row.transition, row.round, _standing(connection, row)):
        cancel(connection, row, reason, now)
        return False
    connection.execute(update(messages).where(held).values(lease_until=micros(now + LEASE)))
    return True
