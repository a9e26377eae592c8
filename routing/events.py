"""Entries of the history on their way to the events topic: each chain in order, every entry at least once."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, select, update

from routing.database import Database
from routing.ledger_chain import LedgerEntry, canonical_entry, canonical_json
from routing.ledger_heads import ROUTER
from routing.ledger_rows import entry_of
from routing.schema import history, instant_or_none, micros

_WINDOW = 2_000  # entries that are looked at
_CHAINS = 100  # chains that one relay takes at once: another one finds others


@dataclass(frozen=True, slots=True)
class Event:
    """One entry as the topic has it. ``id`` is the entry's hash: a record with a known id is a repeat."""

    number: int
    id: str
    key: str
    value: bytes


def event_of(number: int, entry: LedgerEntry) -> Event:
    """The record of an entry: its id, and the very content that the id is the SHA-256 of."""
    content = {"schema_version": 1, "id": entry.hash, "entry": json.loads(canonical_entry(entry))}
    return Event(number, entry.hash, entry.incident or ROUTER, canonical_json(content))


@contextmanager
def claimed_events(database: Database, now: datetime) -> Iterator[Sequence[Event]]:
    """Entries to publish now, in order. They count as published when the body ends without an error.

    On PostgreSQL they are held while the body runs, so that relays share the work; nothing else waits for that. On
    SQLite there is one relay, and nothing is held. Raises Unavailable.
    """
    if database.is_postgres:
        with database.transaction() as connection:
            events = _claim(connection, hold=True)
            yield events
            _mark(connection, events, now)
        return
    with database.reading() as connection:
        events = _claim(connection, hold=False)
    yield events
    if events:
        with database.transaction() as connection:
            _mark(connection, events, now)


def oldest_waiting(connection: Connection) -> datetime | None:
    """When the oldest entry that is not published yet was written."""
    number = select(func.min(history.c.number)).where(history.c.published_at.is_(None)).scalar_subquery()
    return instant_or_none(connection.scalar(select(history.c.at).where(history.c.number == number)))


def _claim(connection: Connection, *, hold: bool) -> list[Event]:
    """Whoever holds the first waiting entry of a chain has the chain: no two relays publish from the same one."""
    waiting = history.c.published_at.is_(None)
    columns = select(history.c.number, history.c.incident).where(waiting)
    window: dict[str, list[int]] = {}
    for number, incident in connection.execute(columns.order_by(history.c.number).limit(_WINDOW)).all():
        window.setdefault(incident, []).append(number)
    if not window:
        return []
    firsts = [numbers[0] for numbers in window.values()]
    query = columns.where(history.c.number.in_(firsts)).order_by(history.c.number).limit(_CHAINS)
    # What another relay has published meanwhile no longer waits when its lock is gone.
    taken = connection.execute(query.with_for_update(skip_locked=True) if hold else query).all()
    numbers = [number for row in taken for number in window[row.incident]]
    rows: list[Any] = []
    for start in range(0, len(numbers), 1_000):
        mine = history.c.number.in_(numbers[start : start + 1_000])
        rows += connection.execute(select(history).where(mine)).all()
    return [event_of(row.number, entry_of(row)) for row in sorted(rows, key=lambda row: row.number)]


def _mark(connection: Connection, events: Sequence[Event], now: datetime) -> None:
    for start in range(0, len(events), 1_000):
        numbers = [event.number for event in events[start : start + 1_000]]
        where = history.c.number.in_(numbers)
        connection.execute(update(history).where(where).values(published_at=micros(now)))
