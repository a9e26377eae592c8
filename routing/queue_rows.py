"""Rows of the outbox, written within a transaction of the caller."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, insert, or_, select, update

from monitor import metrics
from monitor.records import Department, Severity, digest
from routing.decide import CancelReason
from routing.ledger import note
from routing.page import Transition
from routing.recipients import recipient_of, recipient_with
from routing.schema import incidents, messages, micros
from routing.settings import PersonSettings, RoutingSettings


def lock_incident(connection: Connection, incident: str) -> Any | None:
    """The incident's row, held until the end of the transaction. Whoever changes several tables takes it first."""
    return connection.execute(select(incidents).where(incidents.c.id == incident).with_for_update()).first()


def person_of(settings: RoutingSettings, person: str) -> PersonSettings | None:
    """The person with this id, None when the configuration no longer has them."""
    return next((one for one in settings.people if one.id == person), None)


def person_with(settings: RoutingSettings, target: str) -> PersonSettings | None:
    """The one person or room whose target this is."""
    return recipient_with(settings, target)


@dataclass(frozen=True, slots=True)
class Call:
    """One step of one department's chain that must go out. ``round`` counts the chain's starts."""

    incident: str
    department: Department
    transition: Transition
    severity: Severity
    round: int
    step: int
    people: tuple[str, ...]


def queue_messages(connection: Connection, settings: RoutingSettings, call: Call, now: datetime) -> int:
    """One message to each person of a step; a message that is there already is left as it is. Returns how many
    people the configuration still knows."""
    sequence = _next_sequence(connection, call.incident)
    queued = 0
    for name in call.people:
        person = recipient_of(settings, name)
        if person is None:
            note(connection, call.incident, now, "unknown_person", department=call.department, who=name)
            continue
        queued += 1
        row = digest(
            "message", call.incident, call.department, call.transition, str(call.round), str(call.step), name
        )
        if connection.execute(select(messages.c.id).where(messages.c.id == row)).first():
            continue
        values = new_message(call, row, person, sequence, micros(now))
        connection.execute(insert(messages).values(**values))
    return queued


def new_message(call: Call, row: str, person: PersonSettings, sequence: int, now: int) -> dict[str, object]:
    """The columns of a message to a person or room."""
    target = person.targets_for(call.severity, call.transition)[0]
    return {
        "id": row,
        "incident": call.incident,
        "department": call.department,
        "person": person.id,
        "target_number": 0,
        "target": target.name,
        "channel": target.kind,
        "transition": call.transition,
        "severity": call.severity,
        "round": call.round,
        "step": call.step,
        "sequence": sequence,
        "state": "pending",
        "reason": "",
        "queued_at": now,
        "due_at": now,
        "attempts": 0,
        "ambiguous": 0,
        "plain": False,
        "fence": 0,
        "thread": "",
        "hold": "",
    }


def _next_sequence(connection: Connection, incident: str) -> int:
    where = incidents.c.id == incident
    connection.execute(update(incidents).where(where).values(sequence=incidents.c.sequence + 1))
    return int(connection.execute(select(incidents.c.sequence).where(where)).scalar_one())


def cancel(connection: Connection, row: Any, reason: CancelReason, now: datetime) -> None:
    """A message that must not go any more, and why."""
    _cancel(connection, row.incident, messages.c.id == row.id, reason, now)


def stop_pages(
    connection: Connection, incident: str, department: Department | None, reason: CancelReason, now: datetime
) -> None:
    """Cancel what still waits to page a department, or everybody. What only informs goes on."""
    where = and_(messages.c.state == "pending", messages.c.transition != "informed")
    if department is not None:
        where = and_(where, messages.c.department == department)
    _cancel(connection, incident, where, reason, now)


def supersede(connection: Connection, call: Call, now: datetime) -> None:
    """Cancel what earlier rounds of the call's department still want to send.

    Who waits to be informed, and is not called now, still is.
    """
    older = and_(messages.c.department == call.department, messages.c.round < call.round)
    replaced = or_(messages.c.transition != "informed", messages.c.person.in_(call.people))
    where = and_(messages.c.state == "pending", older, replaced)
    _cancel(connection, call.incident, where, "superseded", now)


def _cancel(
    connection: Connection, incident: str, which: ColumnElement[bool], reason: CancelReason, now: datetime
) -> None:
    values = {"state": "cancelled", "reason": reason, "lease_until": None}
    query = update(messages).where(messages.c.incident == incident, which).values(**values)
    for row in connection.execute(query.returning(messages)).all():
        metrics.NOT_PAGED.labels(reason).inc()
        detail = f"{row.target} {reason}"
        note(connection, incident, now, "cancelled", department=row.department, who=row.person, detail=detail)
