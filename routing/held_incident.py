"""One incident with its parts, locked, for what people change by hand; and what such a change leaves behind."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select, update

from monitor.records import SEVERITIES, Department
from routing.ledger import Entry, note_all
from routing.schema import incidents, micros, tracks


@dataclass(frozen=True, slots=True)
class ByHand:
    """Who changes something, and when (aware UTC). ``who`` is a name of the directory."""

    who: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Held:
    """The rows of an incident. Nobody else changes them before the transaction ends."""

    row: Any
    tracks: dict[Department, Any]


def hold_incidents(connection: Connection, *wanted: str) -> list[Held | None]:
    """The incidents in the order asked for, None for one that there is not."""
    # Locked in one order everywhere, so that no two processes wait for each other.
    query = select(incidents).where(incidents.c.id.in_(wanted)).order_by(incidents.c.id)
    rows = {row.id: row for row in connection.execute(query.with_for_update()).all()}
    parts: dict[str, dict[Department, Any]] = {one: {} for one in rows}
    for track in connection.execute(select(tracks).where(tracks.c.incident.in_(rows))).all():
        parts[track.incident][track.department] = track
    return [Held(rows[one], parts[one]) if one in rows else None for one in wanted]


def columns_of(track: Any) -> dict[str, object]:
    """A row of tracks as values to write."""
    return {column.name: getattr(track, column.name) for column in tracks.c}


def settle(connection: Connection, incident: str, at: datetime) -> None:
    """Bring severity and state of an unresolved incident in line with its parts."""
    (held,) = hold_incidents(connection, incident)
    if held is None or held.row.state == "resolved" or not held.tracks:
        return
    paged = [one for one in held.tracks.values() if one.paged]
    waiting = any(one.acknowledged_at is None for one in paged)
    values = {
        "severity": max((one.severity for one in held.tracks.values()), key=SEVERITIES.index),
        "state": "acknowledged" if paged and not waiting else "open",
        "updated_at": micros(at),
    }
    connection.execute(update(incidents).where(incidents.c.id == incident).values(**values))


def note_by_hand(
    connection: Connection,
    incident: str,
    hand: ByHand,
    what: str,
    detail: str,
    department: Department | None = None,
) -> None:
    """An entry of what somebody changed."""
    note_all(connection, [Entry(incident, hand.at, what, department, hand.who, detail)])
