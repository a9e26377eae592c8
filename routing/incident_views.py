"""Reads an incident from the tables as people see it."""

from typing import Any

from sqlalchemy import Connection, Select, and_, select

from monitor.codec import decode
from monitor.records import MAX_SHORT, Finding, Story
from routing.desk import HistoryEntry, IncidentView, MessageView, SilenceView, TrackView
from routing.escalate import Chain
from routing.incident_labels import label_of
from routing.incident_stories import stories_of
from routing.schema import history, incidents, instant, instant_or_none, messages, silences, tracks

MAX_HISTORY = 500


def read_incident(connection: Connection, incident: str, *, with_history: bool = True) -> IncidentView | None:
    """The incident with its tracks, messages and history, or None. Raises UndecodableRecord."""
    row = connection.execute(select(incidents).where(incidents.c.id == incident)).first()
    if row is None:
        return None
    of_it = select(tracks).where(tracks.c.incident == incident).order_by(tracks.c.department)
    sent = select(messages).where(messages.c.incident == incident).order_by(messages.c.sequence)
    past = (
        select(history)
        .where(history.c.incident == incident)
        .order_by(history.c.number.desc())
        .limit(MAX_HISTORY if with_history else 0)
    )
    # Everything is fetched before anything is decoded: a cursor that an error leaves open would hold SQLite up.
    track_rows = connection.execute(of_it).all()
    message_rows = connection.execute(sent).all()
    silence_rows = connection.execute(_silences_of(row)).all() if with_history else ()
    stories = stories_of(connection, row.id) if with_history else ()
    history_rows = connection.execute(past).all()
    return IncidentView(
        id=row.id,
        label=label_of(row.number),
        cycle=row.cycle,
        brand=row.brand,
        brand_name=row.brand_name,
        state=row.state,
        severity=row.severity,
        opened_at=instant(row.opened_at),
        updated_at=instant(row.updated_at),
        resolved_at=instant_or_none(row.resolved_at),
        resolved_by=row.resolved_by,
        story=decode(Story, row.story_json.encode()),
        kind=row.kind,
        continues=_label(connection, row.continues),
        merged_into=_label(connection, row.merged_into),
        merged_id=row.merged_into or "",
        stories=tuple(stories),
        silences=tuple(_silence(one) for one in silence_rows),
        tracks=tuple(_track(track, row.story) for track in track_rows),
        messages=tuple(_message(message) for message in message_rows),
        history=tuple(_entry(entry) for entry in reversed(history_rows)),
    )


def _silences_of(incident: Any) -> Select[Any]:
    here = and_(silences.c.brand == incident.brand, silences.c.story == incident.story)
    return select(silences).where(here, silences.c.ended_at.is_(None)).order_by(silences.c.number)


def _silence(row: Any) -> SilenceView:
    return SilenceView(
        label=f"S-{row.number}",
        department=row.department,
        clause=row.clause or "",
        up_to=row.up_to,
        author=row.author[:MAX_SHORT],
        reason=row.reason,
        until=instant(row.ends_at),
    )


def _label(connection: Connection, incident: str | None) -> str:
    if incident is None:
        return ""
    number = connection.scalar(select(incidents.c.number).where(incidents.c.id == incident))
    return "" if number is None else label_of(number)


def _track(row: Any, shown: str) -> TrackView:
    finding = decode(Finding, row.finding_json.encode())
    return TrackView(
        department=row.department,
        severity=row.severity,
        clause=finding.clause,
        has_legal_note=finding.clause.legal_note is not None,
        playbook=finding.playbook,
        reading=finding.reading,
        trace=finding.trace,
        found_at=finding.found_at,
        paged=row.paged,
        step=row.step,
        steps=len(decode(Chain, row.chain_json.encode()).steps),
        next_step_at=instant_or_none(row.next_step_at),
        acknowledged_at=instant_or_none(row.acknowledged_at),
        acknowledged_by=row.acknowledged_by,
        quorum=row.quorum,
        story=finding.story if finding.story.id != shown else None,
    )


def _message(row: Any) -> MessageView:
    return MessageView(
        id=row.id,
        department=row.department,
        person=row.person,
        person_name=row.person,
        target=row.target,
        channel=row.channel,
        transition=row.transition,
        round=row.round,
        step=row.step,
        state=row.state,
        reason=row.reason,
        queued_at=instant(row.queued_at),
        due_at=instant(row.due_at),
        sent_at=instant_or_none(row.sent_at),
        attempts=row.attempts,
        hold=row.hold,
    )


def _entry(row: Any) -> HistoryEntry:
    return HistoryEntry(
        at=instant(row.at), what=row.what, department=row.department, who=row.who, detail=row.detail
    )
