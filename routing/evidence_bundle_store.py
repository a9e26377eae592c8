"""Gathers what goes into a bundle from the store."""

from bisect import bisect_left
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, func, or_, select

from monitor.clock import Clock
from monitor.codec import decode
from monitor.errors import RefuseToStart, Unavailable
from monitor.records import Finding, Story
from routing.database import Database
from routing.evidence_bundle import BundleContent, KeptPost, bundle_files
from routing.ledger import note
from routing.ledger_chain import Head, instant_text
from routing.ledger_rows import read_chain
from routing.schema import (
    evidence,
    history,
    incidents,
    instant,
    legal_holds,
    messages,
    seals,
    tracks,
)
from routing.seal import Seal
from routing.seal_rows import read_seals, sealed_heads
from routing.sealer import seal_now

_SEAL_TRIES = 20  # a quarter of a second each, behind whoever writes


def export_bundle(
    database: Database, clock: Clock, label: str, who: str, authority: bytes | None, *, for_legal: bool
) -> dict[str, bytes]:
    """The files of a bundle of the incident with this label or id. The export itself becomes an entry, and is sealed.

    Raises RefuseToStart for an unknown incident, Unavailable.
    """
    with database.transaction() as connection:
        row = find_incident_row(connection, label)
        note(
            connection,
            row.id,
            clock.now(),
            "evidence_exported",
            who=who,
            detail="for legal" if for_legal else "",
        )
    for left in reversed(range(_SEAL_TRIES)):
        try:
            seal_now(database, clock, timedelta(0))
            break
        except Unavailable:
            if not left:
                raise
    with database.reading() as connection:
        return bundle_files(read_content(connection, row.id, authority, for_legal=for_legal))


def find_incident_row(connection: Connection, label: str) -> Any:
    """The incident called T-7, or with this id. Raises RefuseToStart."""
    number = label.removeprefix("T-")
    wanted = incidents.c.id == label
    if number.isascii() and number.isdigit() and len(number) < 10:
        wanted = or_(wanted, incidents.c.number == int(number))
    row = connection.execute(select(incidents).where(wanted)).first()
    if row is None:
        raise RefuseToStart(f"no incident is called {label}: see tocsin incidents")
    return row


def read_content(
    connection: Connection, incident: str, authority: bytes | None, *, for_legal: bool
) -> BundleContent:
    """Everything of one incident, from one snapshot."""
    covering = _seals_from_the_first(connection, incident)
    return BundleContent(
        incident=_incident(connection, incident, for_legal=for_legal),
        chain=read_chain(connection, incident),
        messages=_messages(connection, incident),
        posts=_posts(connection, incident),
        seals=tuple(covering),
        heads=_heads(connection, incident, covering),
        authority=authority,
        legal_holds=_holds(connection, incident) if for_legal else None,
    )


def _incident(connection: Connection, incident: str, *, for_legal: bool) -> dict[str, Any]:
    row = connection.execute(select(incidents).where(incidents.c.id == incident)).one()
    parts = select(tracks).where(tracks.c.incident == incident).order_by(tracks.c.department)
    return {
        "id": row.id,
        "label": f"T-{row.number}",
        "brand": row.brand,
        "brand_name": row.brand_name,
        "cycle": row.cycle,
        "kind": row.kind,
        "state": row.state,
        "severity": row.severity,
        "opened_at": _time(row.opened_at),
        "updated_at": _time(row.updated_at),
        "resolved_at": _time(row.resolved_at),
        "resolved_by": row.resolved_by,
        "continues": row.continues,
        "merged_into": row.merged_into,
        "story": decode(Story, row.story_json.encode()).model_dump(mode="json"),
        "parts": [_part(one, for_legal=for_legal) for one in connection.execute(parts).all()],
    }


def _part(row: Any, *, for_legal: bool) -> dict[str, Any]:
    finding = decode(Finding, row.finding_json.encode())
    hidden = set() if for_legal else {"legal_note"}
    return {
        "department": row.department,
        "severity": row.severity,
        "paged": row.paged,
        "acknowledged_at": _time(row.acknowledged_at),
        "acknowledged_by": row.acknowledged_by,
        "finding": finding.id,
        "found_at": instant_text(finding.found_at),
        "mention": finding.reading.mention.id,
        "clause": finding.clause.model_dump(mode="json", exclude=hidden),
        "playbook": finding.playbook.model_dump(mode="json"),
        "why": finding.trace.model_dump(mode="json"),
    }


def _messages(connection: Connection, incident: str) -> tuple[dict[str, Any], ...]:
    query = select(messages).where(messages.c.incident == incident)
    named = ("id", "department", "person", "target", "channel", "transition", "severity", "round", "step")
    return tuple(
        {
            **{name: getattr(row, name) for name in (*named, "state", "reason", "attempts")},
            "queued_at": _time(row.queued_at),
            "sent_at": _time(row.sent_at),
        }
        for row in connection.execute(query.order_by(messages.c.sequence, messages.c.id)).all()
    )


def _posts(connection: Connection, incident: str) -> tuple[KeptPost, ...]:
    query = select(evidence).where(evidence.c.incident == incident)
    rows = connection.execute(query.order_by(evidence.c.sealed_at, evidence.c.id)).all()
    return tuple(KeptPost(row.id, _about(row), row.payload, row.record) for row in rows)


def _about(row: Any) -> dict[str, Any]:
    return {
        "id": row.id,
        "mention": row.mention,
        "event": row.event,
        "source": row.source,
        "received_at": _time(row.received_at),
        "sealed_at": _time(row.sealed_at),
        "payload_sha256": row.payload_sha256,
        "payload_kept": row.payload is not None,
        "record_sha256": row.record_sha256,
        "record_kept": row.record is not None,
        "erased_at": _time(row.erased_at),
        "erased_why": row.erased_why,
    }


def _holds(connection: Connection, incident: str) -> tuple[dict[str, Any], ...]:
    query = select(legal_holds).where(legal_holds.c.incident == incident).order_by(legal_holds.c.number)
    return tuple(
        {
            "author": row.author,
            "reason": row.reason,
            "placed_at": _time(row.placed_at),
            "released_at": _time(row.released_at),
            "released_by": row.released_by,
        }
        for row in connection.execute(query).all()
    )


def _seals_from_the_first(connection: Connection, incident: str) -> list[Seal]:
    """Every seal from the first one that covers an entry of the incident: later ones vouch for earlier ones."""
    oldest = select(func.min(history.c.number)).where(history.c.incident == incident).scalar_subquery()
    first = connection.scalar(select(func.min(seals.c.number)).where(seals.c.last_entry >= oldest))
    return [] if first is None else read_seals(connection, first)


def _heads(connection: Connection, incident: str, covering: list[Seal]) -> dict[int, tuple[Head, ...]]:
    """The heads of the seals that cover entries of this incident."""
    numbers = connection.execute(select(history.c.number).where(history.c.incident == incident)).scalars()
    ends = [seal.last_entry for seal in covering]
    places = sorted({bisect_left(ends, number) for number in numbers.all()} - {len(ends)})
    if not places:
        return {}
    earlier = select(func.max(seals.c.last_entry)).where(seals.c.number < covering[0].number)
    before = [connection.scalar(earlier) or 0, *ends]
    return {
        covering[place].number: tuple(sealed_heads(connection, before[place], ends[place]))
        for place in places
    }


def _time(value: int | None) -> str | None:
    return None if value is None else instant_text(instant(value))
