"""Takes the escalation steps that are due, within a transaction of the caller."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Select, and_, select, update

from monitor import metrics
from monitor.codec import decode
from routing.escalate import Chain, called, step_at
from routing.ledger import note
from routing.queue_rows import Call, queue_messages
from routing.schema import incidents, micros, tracks
from routing.settings import RoutingSettings


def any_due(connection: Connection, now: datetime) -> bool:
    """True when at least one step is due."""
    return connection.execute(_due(now).limit(1)).first() is not None


def take_due_steps(
    connection: Connection, settings: RoutingSettings, now: datetime, *, skip_locked: bool
) -> int:
    """Take every step that is due; late timers fire once. Returns how many steps were taken."""
    query = _due(now)
    if skip_locked:
        query = query.with_for_update(skip_locked=True, of=(incidents, tracks))
    due = connection.execute(query).all()
    for track in due:
        _next_step(connection, settings, track, now)
    return len(due)


def _due(now: datetime) -> Select[Any]:
    return (
        select(tracks)
        .join(incidents, incidents.c.id == tracks.c.incident)
        .where(
            tracks.c.next_step_at <= micros(now),
            tracks.c.acknowledged_at.is_(None),
            incidents.c.state != "resolved",
        )
    )


def _next_step(connection: Connection, settings: RoutingSettings, track: Any, now: datetime) -> None:
    where = and_(tracks.c.incident == track.incident, tracks.c.department == track.department)
    number = track.step + 1
    following = step_at(decode(Chain, track.chain_json.encode()), number)
    if following is None:
        connection.execute(update(tracks).where(where).values(next_step_at=None))
        return
    who = called(settings, following, now)
    call = Call(
        track.incident, track.department, "escalated", track.severity, track.round, number, who.people
    )
    queued = queue_messages(connection, settings, call, now)
    wait = following.wait if queued else timedelta(0)
    at = None if wait is None else micros(now + wait)
    connection.execute(update(tracks).where(where).values(step=number, next_step_at=at))
    what = "escalated" if following.wait is not None else "catch_all"
    note(connection, track.incident, now, what, department=track.department, detail=f"step {number + 1}")
    for rotation in who.nobody_in:
        note(connection, track.incident, now, "nobody_on_call", department=track.department, detail=rotation)
    metrics.ESCALATIONS.labels(track.department, str(number)).inc()
