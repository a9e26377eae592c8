"""What is kept of an incident, without the words of any post."""

from typing import Literal

from sqlalchemy import Connection, select

from monitor.records import Count, Id, Record, ShortText, UtcTime
from routing.legal_holds import family, standing
from routing.schema import evidence, instant, instant_or_none


class HoldView(Record):
    """A hold that covers the incident. ``incident``: the one that it was placed on."""

    number: Count
    incident: Id
    author: ShortText
    reason: ShortText
    placed_at: UtcTime


class VersionView(Record):
    """One version of a post: its hashes, and until when its words are kept."""

    id: Id
    mention: Id
    event: Literal["new", "edited", "deleted"]
    source: ShortText
    received_at: UtcTime
    sealed_at: UtcTime
    payload_sha256: ShortText
    payload_kept: bool
    record_sha256: ShortText
    expires_at: UtcTime | None = None
    erased_at: UtcTime | None = None
    erased_why: ShortText = ""


class EvidenceView(Record):
    """Everything that is kept of an incident."""

    incident: Id
    holds: tuple[HoldView, ...]
    versions: tuple[VersionView, ...]


def read_evidence(connection: Connection, incident: str) -> EvidenceView:
    """The evidence of an incident, oldest version first."""
    near = family(connection, {incident})
    holds = tuple(
        HoldView(
            number=one.number,
            incident=one.incident,
            author=one.author,
            reason=one.reason,
            placed_at=one.placed_at,
        )
        for one in standing(connection)
        if one.incident in near
    )
    rows = connection.execute(
        select(evidence)
        .where(evidence.c.incident == incident)
        .order_by(evidence.c.sealed_at, evidence.c.received_at, evidence.c.id)
    ).all()
    versions = tuple(
        VersionView(
            id=row.id,
            mention=row.mention,
            event=row.event,
            source=row.source,
            received_at=instant(row.received_at),
            sealed_at=instant(row.sealed_at),
            payload_sha256=row.payload_sha256,
            payload_kept=row.payload is not None,
            record_sha256=row.record_sha256,
            expires_at=instant_or_none(row.expires_at),
            erased_at=instant_or_none(row.erased_at),
            erased_why=row.erased_why,
        )
        for row in rows
    )
    return EvidenceView(incident=incident, holds=holds, versions=versions)
