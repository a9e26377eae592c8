"""What people answer: an acknowledgement or a resolution, within a transaction of the caller.

Every answer is written in the history, also one that changes nothing.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Connection, and_, select, update

from monitor import metrics
from monitor.records import Department
from routing.closings import queue_closings
from routing.desk import AckResult, Via
from routing.ledger import note
from routing.queue_rows import lock_incident, stop_pages
from routing.schema import incidents, instant_or_none, micros, tracks


@dataclass(frozen=True, slots=True)
class Answer:
    """Who answers which incident, and how. ``who`` is a name of the directory."""

    incident: str
    cycle: int
    who: str
    via: Via
    at: datetime


def acknowledge(connection: Connection, answer: Answer, department: Department) -> AckResult:
    """Stop the department's chain and everything it still wanted to send."""
    incident = lock_incident(connection, answer.incident)
    if incident is None:
        return AckResult(outcome="not_found")
    mine = and_(tracks.c.incident == incident.id, tracks.c.department == department)
    track = connection.execute(select(tracks).where(mine)).first()
    result = _before_acknowledging(incident, track, answer)
    if result is not None:
        _note(connection, answer, _ACK_HISTORY[result.outcome], department)
        return result
    values = {"acknowledged_at": micros(answer.at), "acknowledged_by": answer.who, "next_step_at": None}
    connection.execute(update(tracks).where(mine).values(**values))
    stop_pages(connection, incident.id, department, "acknowledged", answer.at)
    queue_closings(connection, incident.id, department, "acknowledged", answer.who, answer.at)
    others = and_(tracks.c.incident == incident.id, tracks.c.paged, tracks.c.acknowledged_at.is_(None))
    if connection.execute(select(tracks.c.department).where(others)).first() is None:
        here = incidents.c.id == incident.id
        connection.execute(update(incidents).where(here).values(state="acknowledged"))
    _note(connection, answer, "acknowledged", department)
    metrics.ACKNOWLEDGED.labels(department, answer.via).inc()
    return AckResult(outcome="done", by=answer.who, at=answer.at)


def resolve(connection: Connection, answer: Answer) -> AckResult:
    """Close an incident: every chain stops; a story that moves again opens a linked one."""
    incident = lock_incident(connection, answer.incident)
    if incident is None:
        return AckResult(outcome="not_found")
    if incident.cycle != answer.cycle:
        _note(connection, answer, "resolve_of_old_cycle")
        return AckResult(outcome="old_cycle")
    if incident.state == "resolved":
        _note(connection, answer, "resolved_again")
        return _done_before("already", incident.resolved_by, incident.resolved_at)
    at = micros(answer.at)
    values = {"state": "resolved", "resolved_at": at, "resolved_by": answer.who, "updated_at": at}
    connection.execute(update(incidents).where(incidents.c.id == incident.id).values(**values))
    connection.execute(update(tracks).where(tracks.c.incident == incident.id).values(next_step_at=None))
    stop_pages(connection, incident.id, None, "resolved", answer.at)
    queue_closings(connection, incident.id, None, "resolved", answer.who, answer.at)
    _note(connection, answer, "resolved")
    return AckResult(outcome="done", by=answer.who, at=answer.at)


def refuse(connection: Connection, answer: Answer, department: Department | None) -> AckResult:
    """Write down the answer of somebody whom the configuration does not know; nothing else changes."""
    if lock_incident(connection, answer.incident) is not None:
        _note(connection, answer, "refused", department)
    return AckResult(outcome="not_found")


_ACK_HISTORY = {
    "old_cycle": "ack_of_old_cycle",
    "not_found": "refused",  # the department has no part in the incident
    "resolved": "ack_of_resolved",
    "already": "acknowledged_again",
}


def _before_acknowledging(incident: Any, track: Any | None, answer: Answer) -> AckResult | None:
    """Why an acknowledgement changes nothing; None when it does."""
    if incident.cycle != answer.cycle:
        return AckResult(outcome="old_cycle")
    if track is None:
        return AckResult(outcome="not_found")
    if incident.state == "resolved":
        return _done_before("resolved", incident.resolved_by, incident.resolved_at)
    if track.acknowledged_at is not None:
        return _done_before("already", track.acknowledged_by, track.acknowledged_at)
    return None


def _done_before(outcome: Literal["already", "resolved"], by: str, at: int | None) -> AckResult:
    return AckResult(outcome=outcome, by=by, at=instant_or_none(at))


def _note(connection: Connection, answer: Answer, what: str, department: Department | None = None) -> None:
    note(
        connection,
        answer.incident,
        answer.at,
        what,
        department=department,
        who=answer.who,
        detail=answer.via,
    )
