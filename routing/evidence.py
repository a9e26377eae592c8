"""Evidence: each version of a post that a clause marks, sealed as it was received, in the transaction that found it.

An edit or a deletion is one more row; no row is ever written over. Erasure takes the words and leaves the hashes.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from sqlalchemy import Connection, insert, select, update

from monitor.records import Finding, Mention, digest
from routing.evidence_settings import EvidenceSettings
from routing.ledger import Entry, note_all
from routing.schema import evidence, micros
from routing.settings import RoutingSettings


@dataclass(frozen=True, slots=True)
class Sealed:
    """One version of a post as it is kept. ``payload`` is None where the source's own text was not kept."""

    id: str
    mention: Mention
    payload: bytes | None
    payload_sha256: str
    record: bytes
    record_sha256: str


def sealed(mention: Mention, incident: str) -> Sealed:
    """The version as it is kept for an incident. Pure: the same version always gives the same bytes."""
    record = canonical(mention)
    payload = mention.raw.encode() if mention.raw else None
    return Sealed(
        id=digest("evidence", incident, mention.version_id),
        mention=mention,
        payload=payload,
        payload_sha256=mention.raw_sha256 if payload is None else sha256(payload).hexdigest(),
        record=record,
        record_sha256=sha256(record).hexdigest(),
    )


def canonical(mention: Mention) -> bytes:
    """The mention without its payload as JSON in UTF-8: keys sorted, no spaces, unknown fields left out."""
    plain = mention.model_dump(mode="json", exclude_none=True, exclude={"raw"})
    return json.dumps(plain, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def kept_finding(finding: Finding) -> Finding:
    """The finding as its own row keeps it: the payload stands with the evidence alone."""
    mention = finding.reading.mention
    if not mention.raw:
        return finding
    reading = finding.reading.model_copy(update={"mention": mention.model_copy(update={"raw": ""})})
    return finding.model_copy(update={"reading": reading})


def seal(
    connection: Connection, settings: RoutingSettings, found: Sequence[tuple[Finding, str]], now: datetime
) -> None:
    """Keep the posts of these findings, each with the id of its incident (empty: of none, nothing is kept).

    Kept are those of clauses with ``evidence: true``. A deletion is always written down, because it starts the
    time in which whatever else is stored of the post must go. Again, it changes nothing.
    """
    wanted: dict[str, tuple[Sealed, Finding, str]] = {}
    for finding, incident in found:
        if incident and (finding.clause.evidence or finding.about == "deletion"):
            one = sealed(finding.reading.mention, incident)
            wanted.setdefault(one.id, (one, finding, incident))
    if not wanted:
        return
    known = set(
        connection.execute(select(evidence.c.id).where(evidence.c.id.in_(list(wanted)))).scalars().all()
    )
    new = [one for identity, one in wanted.items() if identity not in known]
    if not new:
        return
    rows = [_row(one, incident, settings.evidence, now) for one, _, incident in new]
    connection.execute(insert(evidence), rows)
    note_all(connection, [_entry(one, finding, incident, now) for one, finding, incident in new])
    for one, _, _ in new:
        if one.mention.event == "deleted":
            _shorten(connection, one.mention, settings.evidence, now)


def _row(one: Sealed, incident: str, settings: EvidenceSettings, now: datetime) -> dict[str, object]:
    mention = one.mention
    rule = settings.rule_of(mention.source)
    return {
        "id": one.id,
        "incident": incident,
        "mention": mention.id,
        "event": mention.event,
        "source": mention.source,
        "received_at": micros(mention.fetched_at),
        "sealed_at": micros(now),
        "payload": one.payload,
        "payload_sha256": one.payload_sha256,
        "record": one.record,
        "record_sha256": one.record_sha256,
        "expires_at": micros(min(mention.fetched_at, now) + rule.keep),
        "erased_at": None,
        "erased_why": "",
    }


def _entry(one: Sealed, finding: Finding, incident: str, now: datetime) -> Entry:
    # The post's own id stays out: it can name its author, and entries are for ever.
    detail = f"{one.mention.event} evidence={one.id} record={one.record_sha256} payload={one.payload_sha256 or '-'}"
    return Entry(
        incident,
        now,
        "evidence_sealed",
        detail=detail,
        clause=finding.clause.id,
        playbook=finding.playbook.sha256,
    )


def _shorten(connection: Connection, mention: Mention, settings: EvidenceSettings, now: datetime) -> None:
    """What was kept of a post that is gone at its source goes too, in time, unless a legal basis says otherwise."""
    within: timedelta | None = settings.rule_of(mention.source).deleted_within
    if within is None:
        return
    due = micros(now + within)
    of_it = (evidence.c.mention == mention.id) & evidence.c.erased_at.is_(None)
    connection.execute(update(evidence).where(of_it, evidence.c.expires_at > due).values(expires_at=due))
