"""Signs of life that processes leave in the database, so that another process can tell whether they work.

One row of ``tocsin_meta`` each: whole seconds since 2020, which fit its column until 2088.
"""

from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, delete, insert, select, update

from routing.schema import meta

ROUTER_LOOKED = "router_looked"  # the router last went through its tables
_START = datetime(2020, 1, 1, tzinfo=UTC)


def mark(connection: Connection, name: str, at: datetime) -> None:
    """Note ``at`` (aware) under ``name`` (at most 40 characters); within a transaction of the caller."""
    value = int((at - _START).total_seconds())
    here = meta.c.name == name
    if connection.execute(update(meta).where(here).values(value=value)).rowcount == 0:
        connection.execute(insert(meta).values(name=name, value=value))


def marked(connection: Connection, name: str) -> datetime | None:
    """When ``name`` was last noted, to the second; None: never."""
    value = connection.scalar(select(meta.c.value).where(meta.c.name == name))
    return None if value is None else _START + timedelta(seconds=value)


def forget_before(connection: Connection, prefix: str, before: datetime) -> None:
    """Drop the marks of a kind that are older than ``before``."""
    old = meta.c.value < int((before - _START).total_seconds())
    connection.execute(delete(meta).where(meta.c.name.startswith(prefix, autoescape=True), old))
