"""What happened and why, entry by entry in hash chains, written within a transaction of the caller.

Each incident has a chain of its own, so that two routers never wait for one another to write about different
incidents. What concerns no incident stands on the chain named ``ROUTER``, whose head everybody shares until the end
of their transaction: write such an entry last.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, insert, update

from monitor.records import Department
from routing.ledger_chain import Head, LedgerEntry, with_hash
from routing.ledger_heads import ROUTER, locked_heads
from routing.ledger_sources import sources_of
from routing.schema import chains, history, incidents, micros

_MOST = 500  # characters of a name or a detail


@dataclass(frozen=True, slots=True)
class Entry:
    """One decision or event. ``what`` is out of a closed list, ``clause`` and ``playbook`` say what it follows from.

    ``incident`` is the id of the incident, empty for what concerns none; ``who`` a person's name or id, empty for
    the router itself. Where a department is given and no clause, the clause is that of the department's part in
    the incident.
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
    """One entry that names no clause of its own. For many at once, ``note_all`` is much faster."""
    note_all(connection, [Entry(incident, now, what, department, who, detail)])


def note_all(connection: Connection, entries: Sequence[Entry]) -> None:
    """Entries in their order, each at the end of its incident's chain.

    Locks the incidents concerned, in the order of their ids, until the end of the transaction. Raises ValueError
    for an incident that does not exist.
    """
    if not entries:
        return
    heads = locked_heads(connection, {entry.incident for entry in entries})
    written: list[LedgerEntry] = []
    for entry in _with_sources(connection, entries):
        head = heads[entry.incident]
        new = _chained(entry, head)
        heads[entry.incident] = Head(entry.incident, new.position, new.hash)
        written.append(new)
    connection.execute(insert(history), [_row(entry) for entry in written])
    _move_heads(connection, heads.values())


def _with_sources(connection: Connection, entries: Sequence[Entry]) -> list[Entry]:
    """The entries with the clause and the playbook of their department's part, where they name none."""
    wanted = {(one.incident, one.department) for one in entries if one.department and not one.clause}
    known = sources_of(connection, wanted) if wanted else {}
    completed = []
    for entry in entries:
        source = None if entry.clause else known.get((entry.incident, entry.department))
        completed.append(replace(entry, clause=source[0], playbook=source[1]) if source else entry)
    return completed


def _chained(entry: Entry, head: Head) -> LedgerEntry:
    unhashed = LedgerEntry(
        position=head.position + 1,
        at=entry.at,
        what=entry.what,
        department=entry.department,
        who=_storable(entry.who[:_MOST]),
        detail=_storable(entry.detail[:_MOST]),
        clause=_storable(entry.clause),
        playbook=entry.playbook,
        incident=entry.incident,
        previous=head.hash,
        hash="",
    )
    return with_hash(unhashed)


def _storable(text: str) -> str:
    """What every database gives back as it was: no NUL, no half of a character."""
    if text.isascii() and "\0" not in text:
        return text
    return text.replace("\0", "\N{REPLACEMENT CHARACTER}").encode("utf-8", "replace").decode()


def _row(entry: LedgerEntry) -> dict[str, Any]:
    return {
        "incident": entry.incident,
        "at": micros(entry.at),
        "what": entry.what,
        "department": entry.department,
        "who": entry.who,
        "detail": entry.detail,
        "clause": entry.clause,
        "playbook": entry.playbook,
        "position": entry.position,
        "previous": entry.previous,
        "hash": entry.hash,
    }


def _move_heads(connection: Connection, heads: Iterable[Head]) -> None:
    moved = [{"chain": one.incident, "length": one.position, "head": one.hash} for one in heads]
    of_incidents = [one for one in moved if one["chain"]]
    if of_incidents:
        here = update(incidents).where(incidents.c.id == bindparam("chain"))
        move = here.values(chain_length=bindparam("length"), chain_hash=bindparam("head"))
        connection.execute(move, of_incidents)
    for one in moved:
        if not one["chain"]:
            head = {"length": one["length"], "hash": one["head"]}
            connection.execute(update(chains).where(chains.c.name == ROUTER).values(**head))
