"""Reads chains from the table ``history``."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import Connection, select

from routing.ledger_chain import LedgerEntry
from routing.schema import history, instant


def entry_of(row: Any) -> LedgerEntry:
    """A row of ``history`` as an entry of its chain."""
    return LedgerEntry(
        position=row.position,
        at=instant(row.at),
        what=row.what,
        department=row.department,
        who=row.who,
        detail=row.detail,
        clause=row.clause,
        playbook=row.playbook,
        incident=row.incident,
        previous=row.previous,
        hash=row.hash,
    )


def read_chain(connection: Connection, incident: str) -> tuple[LedgerEntry, ...]:
    """A whole chain, older entries first; "" is the chain of what concerns no incident."""
    return tuple(read_chains(connection, [incident])[incident])


def read_chains(connection: Connection, names: Collection[str]) -> dict[str, list[LedgerEntry]]:
    """These chains as wholes, at most a thousand at once."""
    chains: dict[str, list[LedgerEntry]] = {name: [] for name in names}
    query = select(history).where(history.c.incident.in_(list(names))).order_by(history.c.number)
    for row in connection.execute(query).all():
        chains[row.incident].append(entry_of(row))
    return chains
