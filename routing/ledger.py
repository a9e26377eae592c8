"""What happened to an incident and why, entry by entry, written within a transaction of the caller."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, insert

from monitor.records import Department
from routing.schema import history, micros

_MOST = 500  # characters of a name or a detail


@dataclass(frozen=True, slots=True)
class Entry:
    """One decision or event. ``what`` is out of a closed list, ``clause`` and ``playbook`` say what it follows from.

    ``incident`` is the id of the incident; ``who`` a person's name or id, empty for the router itself.
    """

    incident: str
    at: datetime
    what: str
    department: Department | None = None
    who: str = ""
    detail: str = ""
    clause: str = ""
    playbook: str = ""


def note(
    connection: Connection,
    incident: str,
    now: datetime,
    what: str,
    *,
    department: Department | None = None,
    who: str = "",
    detail: str = "",
) -> None:
    """One entry that follows from no clause. For many at once, ``note_all`` is much faster."""
    note_all(connection, [Entry(incident, now, what, department, who, detail)])


def note_all(connection: Connection, entries: Sequence[Entry]) -> None:
    """Entries in their order."""
    rows = [
        {
            "incident": entry.incident,
            "at": micros(entry.at),
            "what": entry.what,
            "department": entry.department,
            "who": entry.who[:_MOST],
            "detail": entry.detail[:_MOST],
            "clause": entry.clause,
            "playbook": entry.playbook,
            "position": 0,
            "previous": "",
            "hash": "",
        }
        for entry in entries
    ]
    if rows:
        connection.execute(insert(history), rows)
