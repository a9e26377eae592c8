"""What people answer: an acknowledgement or a resolution, within a transaction of the caller."""

from datetime import datetime

from sqlalchemy import Connection, and_, update

from monitor import metrics
from routing.desk import AckResult, Via
from routing.incident_views import read_incident
from routing.queue_rows import note, stop_pages
from routing.schema import incidents, micros, tracks


def acknowledge(
    connection: Connection, incident: str, cycle: int, department: str, who: str, via: Via, now: datetime
) -> AckResult:
    """Stop the department's chain and everything it still wanted to send."""
    view = read_incident(connection, incident)
    track = next((t for t in view.tracks if t.department == department), None) if view else None
    if view is None or track is None:
        return AckResult(outcome="not_found")
    if view.cycle != cycle:
        note(connection, incident, now, "ack_of_old_cycle", department=track.department, who=who, detail=via)
        return AckResult(outcome="old_cycle")
    if track.acknowledged_at is not None:
        return AckResult(outcome="already", by=track.acknowledged_by, at=track.acknowledged_at)
    where = and_(tracks.c.incident == incident, tracks.c.department == department)
    values = {"acknowledged_at": micros(now), "acknowledged_by": who, "next_step_at": None}
    connection.execute(update(tracks).where(where).values(**values))
    stop_pages(connection, incident, track.department, "acknowledged", now)
    others = [t for t in view.tracks if t.paged and t.department != department and t.acknowledged_at is None]
    if not others and view.state == "open":
        connection.execute(update(incidents).where(incidents.c.id == incident).values(state="acknowledged"))
    note(connection, incident, now, "acknowledged", department=track.department, who=who, detail=via)
    metrics.ACKNOWLEDGED.labels(department, via).inc()
    return AckResult(outcome="done", by=who, at=now)


def resolve(
    connection: Connection, incident: str, cycle: int, who: str, via: Via, now: datetime
) -> AckResult:
    """Close an incident: every chain stops; a story that moves again opens a linked one."""
    view = read_incident(connection, incident)
    if view is None:
        return AckResult(outcome="not_found")
    if view.cycle != cycle:
        return AckResult(outcome="old_cycle")
    if view.state == "resolved":
        return AckResult(outcome="already", at=view.resolved_at)
    values = {"state": "resolved", "resolved_at": micros(now), "updated_at": micros(now)}
    connection.execute(update(incidents).where(incidents.c.id == incident).values(**values))
    connection.execute(update(tracks).where(tracks.c.incident == incident).values(next_step_at=None))
    stop_pages(connection, incident, None, "resolved", now)
    note(connection, incident, now, "resolved", who=who, detail=via)
    return AckResult(outcome="done", by=who, at=now)
