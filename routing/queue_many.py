"""Messages of many calls at once: a handful of statements however many incidents they are about."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from sqlalchemy import Connection, bindparam, update
from sqlalchemy.dialects import postgresql, sqlite

from monitor.records import digest
from routing.queue_rows import Call, new_message
from routing.schema import incidents, messages, micros
from routing.settings import PersonSettings


def queue_many(
    connection: Connection,
    recipients: Mapping[str, PersonSettings],
    calls: Iterable[Call],
    sequences: Mapping[str, int],
    now: datetime,
) -> int:
    """One message to each recipient of each call that is still known; what is there already is left as it is.

    ``sequences`` is where each incident stands, read under the lock of its row. Returns how many were queued.
    """
    reached = dict(sequences)
    rows: list[dict[str, object]] = []
    for call in calls:
        known = [recipients[name] for name in call.people if name in recipients]
        if known:
            reached[call.incident] += 1
        for recipient in known:
            sequence = reached[call.incident]
            row = message_id(call, recipient.id, sequence)
            rows.append(new_message(call, row, recipient, sequence, micros(now)))
    if not rows:
        return 0
    moved = [{"one": one, "to": to} for one, to in sorted(reached.items()) if to != sequences[one]]
    one_more = update(incidents).where(incidents.c.id == bindparam("one")).values(sequence=bindparam("to"))
    connection.execute(one_more, moved)
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    connection.execute(insert(messages).on_conflict_do_nothing(index_elements=[messages.c.id]), rows)
    return len(rows)


def message_id(call: Call, recipient: str, sequence: int) -> str:
    """The same for the same step of the same start of a chain, so that it is never queued twice.

    Reminders belong to no step: there may be several, each with the number that it has in its incident.
    """
    place = [call.incident, call.department, call.transition, str(call.round), str(call.step), recipient]
    return digest("message", *place, *([str(sequence)] if call.transition == "reminder" else []))
