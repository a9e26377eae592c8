"""What people answer: an acknowledgement or a resolution, within a transaction of the caller.

Every answer is written in the history, also one that changes nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import ColumnElement, Connection, and_, select, update

from monitor import metrics
from monitor.records import Department
from routing.closings import queue_closings
from routing.desk import AckResult, Via
from routing.ledger import note
from routing.policy_quorum import answered_for, given_together
from routing.queue_rows import lock_incident, stop_pages
from routing.schema import incidents, instant_or_none, micros, tracks


@dataclass(frozen=True, slots=True)
class Answer:
    """Who answers which incident, and how. ``who`` is a name of the directory, ``person`` the id that goes with it.

    Whoever acknowledges is reminded under that id when the acknowledgement goes stale.
    """

    incident: str
    cycle: int
    who: str
    via: Via
    at: datetime
    person: str = ""


def acknowledge(connection: Connection, answer: Answer, department: Department) -> AckResult:
    """Stop the department's chain and everything it still wanted to send.

    Where one answer is enough, this one stops the chains of the other departments too. Acknowledging again confirms:
    the time after which the acknowledgement goes stale starts anew.
    """
    incident = lock_incident(connection, answer.incident)
    if incident is None:
        return AckResult(outcome="not_found")
    everyone = connection.execute(select(tracks).where(tracks.c.incident == incident.id)).all()
    track = next((one for one in everyone if one.department == department), None)
    result = _before_acknowledging(incident, track, answer)
    if track is not None and result is not None and result.outcome == "already":
        return _confirm(connection, answer, track, everyone, result)
    if track is None or result is not None:
        result = result or AckResult(outcome="not_found")
        _note(connection, answer, _ACK_HISTORY[result.outcome], department)
        return result
    _note(connection, answer, "acknowledged", department)
    _take_in_hand(connection, answer, track, since=micros(answer.at))
    for other in answered_for(track, everyone):
        _take_in_hand(connection, answer, other, since=None)
        note(
            connection,
            answer.incident,
            answer.at,
            "answered_for",
            department=other.department,
            who=answer.who,
            detail=department,
        )
    others = and_(tracks.c.incident == incident.id, tracks.c.paged, tracks.c.acknowledged_at.is_(None))
    if connection.execute(select(tracks.c.department).where(others)).first() is None:
        here = incidents.c.id == incident.id
        connection.execute(update(incidents).where(here).values(state="acknowledged"))
    metrics.ACKNOWLEDGED.labels(department, answer.via).inc()
    return AckResult(outcome="done", by=answer.who, at=answer.at)


def _take_in_hand(connection: Connection, answer: Answer, track: Any, *, since: int | None) -> None:
    """``since`` is what a reminder is counted from; None where another department's reminder stands for both."""
    values = {
        "acknowledged_at": micros(answer.at),
        "acknowledged_by": answer.who,
        "acknowledged_person": answer.person,
        "next_step_at": None,
        "remind_at": since,
        "reopen_at": None,
    }
    connection.execute(update(tracks).where(_is(track)).values(**values))
    stop_pages(connection, track.incident, track.department, "acknowledged", answer.at)
    queue_closings(connection, track.incident, track.department, "acknowledged", answer.who, answer.at)


def _confirm(
    connection: Connection, answer: Answer, track: Any, everyone: Sequence[Any], before: AckResult
) -> AckResult:
    """An acknowledgement given again: it lasts anew. Whoever answers a reminder has the incident in hand from now."""
    given = [one for one in (track, *given_together(track, everyone)) if one.remind_at or one.reopen_at]
    reminded = any(one.reopen_at is not None for one in given)
    for one in given:
        values: dict[str, object] = {"remind_at": micros(answer.at), "reopen_at": None}
        if reminded:
            values |= {"acknowledged_by": answer.who, "acknowledged_person": answer.person}
        connection.execute(update(tracks).where(_is(one)).values(**values))
        stop_pages(connection, one.incident, one.department, "acknowledged", answer.at)
    _note(connection, answer, "confirmed" if reminded else "acknowledged_again", track.department)
    return AckResult(outcome="done", by=answer.who, at=answer.at) if reminded else before


def _is(track: Any) -> ColumnElement[bool]:
    return and_(tracks.c.incident == track.incident, tracks.c.department == track.department)


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
    connection.execute(update(tracks).where(tracks.c.incident == incident.id).values(**_STOPPED))
    stop_pages(connection, incident.id, None, "resolved", answer.at)
    queue_closings(connection, incident.id, None, "resolved", answer.who, answer.at)
    _note(connection, answer, "resolved")
    return AckResult(outcome="done", by=answer.who, at=answer.at)


def refuse(connection: Connection, answer: Answer, department: Department | None) -> AckResult:
    """Write down the answer of somebody whom the configuration does not know; nothing else changes."""
    if lock_incident(connection, answer.incident) is not None:
        _note(connection, answer, "refused", department)
    return AckResult(outcome="not_found")


_STOPPED = {"next_step_at": None, "remind_at": None, "reopen_at": None}
_ACK_HISTORY = {
    "old_cycle": "ack_of_old_cycle",
    "not_found": "refused",  # the department has no part in the incident
    "resolved": "ack_of_resolved",
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
