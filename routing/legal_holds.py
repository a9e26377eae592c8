"""Legal holds: while one stands on an incident, nothing of it is erased, whatever rule or request says."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, insert, or_, select, update

from monitor.errors import RefuseToStart
from routing.ledger import note
from routing.schema import incidents, instant, legal_holds, micros

MAX_REASON = 300


@dataclass(frozen=True, slots=True)
class Hold:
    """A hold that stands."""

    number: int
    incident: str
    author: str
    reason: str
    placed_at: datetime


def place(connection: Connection, incident: str, who: str, reason: str, now: datetime) -> int:
    """Place a hold; returns its number. Several may stand at once. Raises RefuseToStart without a reason."""
    reason = _reason(reason)
    values = {
        "incident": incident,
        "author": who,
        "reason": reason,
        "placed_at": micros(now),
        "released_by": "",
    }
    placed = connection.execute(insert(legal_holds).values(**values).returning(legal_holds.c.number))
    number = int(placed.scalar_one())
    note(connection, incident, now, "hold_placed", who=who, detail=f"hold {number}: {reason}")
    return number


def release(connection: Connection, incident: str, who: str, reason: str, now: datetime) -> int:
    """Release every hold that stands on the incident itself; returns how many. The rows stay."""
    reason = _reason(reason)
    standing = (legal_holds.c.incident == incident) & legal_holds.c.released_at.is_(None)
    done = connection.execute(
        update(legal_holds).where(standing).values(released_at=micros(now), released_by=who)
    )
    if done.rowcount:
        note(connection, incident, now, "hold_released", who=who, detail=reason)
    return int(done.rowcount)


def standing(connection: Connection) -> tuple[Hold, ...]:
    """Every hold that stands, oldest first."""
    rows = connection.execute(
        select(legal_holds).where(legal_holds.c.released_at.is_(None)).order_by(legal_holds.c.number)
    ).all()
    return tuple(
        Hold(row.number, row.incident, row.author, row.reason, instant(row.placed_at)) for row in rows
    )


def held_incidents(connection: Connection) -> dict[str, Hold]:
    """Every incident that a hold covers, and one such hold."""
    held: dict[str, Hold] = {}
    for hold in standing(connection):
        for incident in family(connection, {hold.incident}):
            held.setdefault(incident, hold)
    return held


def family(connection: Connection, ids: Collection[str]) -> set[str]:
    """These incidents and all that they were merged with, split from, or continue: they share posts."""
    found: set[str] = set()
    fresh = set(ids)
    while fresh:
        found |= fresh
        columns = (incidents.c.id, incidents.c.merged_into, incidents.c.continues)
        near = or_(*(column.in_(list(fresh)) for column in columns))
        rows = connection.execute(select(*columns).where(near)).all()
        fresh = {one for row in rows for one in row if one} - found
    return found


def _reason(text: str) -> str:
    if not text.strip():
        raise RefuseToStart("say why with --reason: it stands in the history of the incident for ever")
    return " ".join(text.split())[:MAX_REASON]
