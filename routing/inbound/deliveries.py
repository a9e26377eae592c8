"""Which calls were taken already, in the transaction of what they did: a copy changes nothing and hears the same."""

from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import Connection, and_, delete, func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from monitor.records import digest
from routing.schema import inbound, micros

KEPT = timedelta(hours=72)  # PagerDuty repeats for 48 h and signs no time, nor does Twilio
_MOST = 200


def once(
    connection: Connection, source: str, delivery: str, now: datetime, work: Callable[[], str]
) -> tuple[str, bool]:
    """What the delivery is answered, and whether this is its first copy: ``work`` runs for that one alone.

    A second process with the same delivery waits here for the first one's transaction.
    """
    delivery = delivery if len(delivery) <= _MOST else digest(delivery)
    row = and_(inbound.c.source == source, inbound.c.delivery == delivery)
    connection.execute(delete(inbound).where(inbound.c.at < micros(now - KEPT)))
    if not _add(connection, source, delivery, now):
        return connection.scalar(select(inbound.c.answer).where(row)) or "", False
    answer = work()
    connection.execute(update(inbound).where(row).values(answer=answer))
    return answer, True


def remember(connection: Connection, source: str, delivery: str, now: datetime) -> bool:
    """Write down a delivery that has no answer of its own; False when it is a copy."""
    return once(connection, source, delivery, now, lambda: "")[1]


def count_since(connection: Connection, source: str, prefix: str, since: datetime) -> int:
    """How many deliveries that begin with ``prefix`` were written down since then."""
    same = and_(inbound.c.source == source, inbound.c.delivery.startswith(prefix, autoescape=True))
    query = select(func.count()).select_from(inbound).where(same, inbound.c.at > micros(since))
    return connection.scalar(query) or 0


def _add(connection: Connection, source: str, delivery: str, now: datetime) -> bool:
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    row = {"source": source, "delivery": delivery, "at": micros(now), "answer": ""}
    query = insert(inbound).values(**row).on_conflict_do_nothing().returning(inbound.c.delivery)
    return connection.execute(query).first() is not None  # a count of rows is not given by every driver
