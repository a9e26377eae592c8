"""Seals in the table ``seals``. Which chains a seal covers is not stored: it follows from the history itself."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, func, insert, select, text, update

from routing.ledger_chain import Head, digest_of_older
from routing.ledger_rows import entry_of
from routing.schema import history, instant, micros, seals
from routing.seal import Seal, next_seal

# How long writers may have to wait behind a seal that itself waits for a longer transaction.
_PATIENCE = text("SET LOCAL lock_timeout = '250ms'")
_NO_WRITERS = text("LOCK TABLE history IN SHARE ROW EXCLUSIVE MODE")


def seal_of(row: Any) -> Seal:
    """A row of ``seals``."""
    return Seal(
        row.number, instant(row.at), row.last_entry, row.heads, row.root, row.previous, row.hash, row.stamp
    )


def newest_seal(connection: Connection) -> Seal | None:
    row = connection.execute(select(seals).order_by(seals.c.number.desc()).limit(1)).first()
    return None if row is None else seal_of(row)


def read_seals(connection: Connection, first: int = 1) -> list[Seal]:
    """Every seal from this number on."""
    query = select(seals).where(seals.c.number >= first).order_by(seals.c.number)
    return [seal_of(row) for row in connection.execute(query).all()]


def anything_to_seal(connection: Connection, now: datetime, every: timedelta) -> bool:
    """Whether a seal is due: the last one is old enough and something was written since."""
    newest = newest_seal(connection)
    if newest is not None and now - newest.at < every:
        return False
    last = newest.last_entry if newest else 0
    return (
        connection.execute(select(history.c.number).where(history.c.number > last).limit(1)).first()
        is not None
    )


def write_seal(connection: Connection, now: datetime, every: timedelta) -> Seal | None:
    """Seal what was written since the last seal; None when nothing was, or the last seal is younger than ``every``.

    Nobody else may write entries meanwhile: an entry with a lower number that is committed later would be in no
    seal. On PostgreSQL this waits a quarter of a second at most for those who write; the error that follows says
    to try again. Must be the first thing in its transaction.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(_PATIENCE)
        connection.execute(_NO_WRITERS)
    if not anything_to_seal(connection, now, every):
        return None
    newest = newest_seal(connection)
    after = newest.last_entry if newest else 0
    upto = int(connection.execute(select(func.max(history.c.number))).scalar_one())
    seal = next_seal(newest, sealed_heads(connection, after, upto), upto, now)
    connection.execute(
        insert(seals).values(
            number=seal.number,
            at=micros(now),
            last_entry=upto,
            heads=seal.heads,
            root=seal.root,
            previous=seal.previous,
            hash=seal.hash,
        )
    )
    return seal


def sealed_heads(connection: Connection, after: int, upto: int) -> list[Head]:
    """The ends of the chains that grew by the entries with numbers above ``after``, up to and with ``upto``."""
    columns = select(history.c.incident, history.c.position, history.c.hash)
    grown = columns.where(history.c.number > after, history.c.number <= upto).order_by(history.c.number)
    heads = {row[0]: Head(row[0], row[1], row[2]) for row in connection.execute(grown).all()}
    return [
        head if head.position else _older_head(connection, head.incident, upto) for head in heads.values()
    ]


def _older_head(connection: Connection, incident: str, upto: int) -> Head:
    """The end of a chain that holds only what was written before there were chains."""
    here = (history.c.incident == incident) & (history.c.position == 0) & (history.c.number <= upto)
    rows = connection.execute(select(history).where(here).order_by(history.c.number)).all()
    return Head(incident, 0, digest_of_older(entry_of(row) for row in rows))


def heads_by_seal(connection: Connection, first: int = 1) -> Iterator[tuple[Seal, list[Head]]]:
    """Every seal from this number on, with the heads that the history gives for it today."""
    before = connection.scalar(select(func.max(seals.c.last_entry)).where(seals.c.number < first)) or 0
    for seal in read_seals(connection, first):
        yield seal, sealed_heads(connection, before, seal.last_entry)
        before = seal.last_entry


def keep_stamp(connection: Connection, number: int, stamp: bytes) -> None:
    """Keep an authority's answer; the first one stays."""
    where = (seals.c.number == number) & seals.c.stamp.is_(None)
    connection.execute(update(seals).where(where).values(stamp=stamp))
