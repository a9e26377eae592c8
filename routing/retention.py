"""Erasure of posts: what has expired, and what somebody asked to have erased. Hashes and the history stay as proof."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Table, exists, or_, select, update

from monitor.codec import decode, encode
from monitor.records import Finding, Story
from routing.ledger import Entry, note_all
from routing.legal_holds import family, held_incidents
from routing.redaction import redact_finding, redact_story
from routing.schema import evidence, findings, incidents, micros, tracks

AT_ONCE = 20  # rows of evidence in one transaction


@dataclass(frozen=True, slots=True)
class Erasure:
    """Why posts are erased: the rule in one word, who asked (empty: the rule itself) and the reason given."""

    rule: str
    who: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Erased:
    """What is left of one erased version: its hashes, which prove what it was to whoever still has it."""

    evidence: str
    incident: str
    event: str
    payload_sha256: str
    record_sha256: str


def erase_expired(connection: Connection, now: datetime) -> int:
    """Erase evidence whose time has come, with every other copy of those posts; returns how many rows.

    The age of a post counts once its incident is closed; its deletion at the source counts at once. Nothing that a
    legal hold covers is touched.
    """
    held = set(held_incidents(connection))
    gone = evidence.alias()
    deleted = exists().where(gone.c.mention == evidence.c.mention, gone.c.event == "deleted")
    closed = exists().where(incidents.c.id == evidence.c.incident, incidents.c.state == "resolved")
    due = select(evidence.c.mention, evidence.c.incident, deleted.label("deleted")).where(
        evidence.c.expires_at <= micros(now), evidence.c.erased_at.is_(None), or_(deleted, closed)
    )
    rows = connection.execute(_except(due, held).order_by(evidence.c.expires_at).limit(AT_ONCE)).all()
    by_rule: dict[bool, tuple[set[str], set[str]]] = {True: (set(), set()), False: (set(), set())}
    for row in rows:
        posts, where = by_rule[bool(row.deleted)]
        posts.add(row.mention)
        where.add(row.incident)
    done = 0
    for is_deleted, (posts, where) in by_rule.items():
        if posts:
            erasure = Erasure("deleted_at_source" if is_deleted else "kept_long_enough")
            done += len(erase_posts(connection, posts, family(connection, where) - held, erasure, now))
    return done


def erase_posts(
    connection: Connection, posts: Collection[str], where: Collection[str], why: Erasure, now: datetime
) -> tuple[Erased, ...]:
    """Erase these posts (mention ids) in these incidents, in every table. The caller has looked at legal holds."""
    of_them = evidence.c.mention.in_(list(posts)) & evidence.c.incident.in_(list(where))
    rows = connection.execute(
        select(evidence).where(of_them, evidence.c.erased_at.is_(None)).order_by(evidence.c.id)
    ).all()
    erased = tuple(
        Erased(row.id, row.incident, row.event, row.payload_sha256, row.record_sha256) for row in rows
    )
    values = {"payload": None, "record": None, "erased_at": micros(now), "erased_why": _said(why)}
    connection.execute(update(evidence).where(evidence.c.id.in_([one.id for one in rows])).values(**values))
    touched = redact_rows(connection, posts, where)
    entries = [_of_evidence(one, why, now) for one in erased]
    entries += [_of_copies(incident, count, why, now) for incident, count in sorted(touched.items())]
    note_all(connection, entries)
    return erased


def redact_rows(
    connection: Connection, posts: Collection[str] | None, where: Collection[str]
) -> dict[str, int]:
    """Take the words of posts (None: of all) out of findings, tracks and incidents; how many rows of each incident."""
    counts: dict[str, int] = {}
    stories: set[str] = set()
    rows = connection.execute(
        select(findings.c.id, findings.c.incident, findings.c.finding_json).where(
            findings.c.incident.in_(list(where))
        )
    ).all()
    found = [(row, decode(Finding, row.finding_json.encode())) for row in rows]
    wanted = {one.reading.mention.id for _, one in found} if posts is None else set(posts)
    stories = {one.story.id for _, one in found if _tells_of(one, wanted)}
    for row, one in found:
        if one.story.id in stories and _rewrite(connection, findings, findings.c.id == row.id, one, wanted):
            counts[row.incident] = counts.get(row.incident, 0) + 1
    for row in connection.execute(
        select(tracks.c.incident, tracks.c.department, tracks.c.finding_json).where(
            tracks.c.incident.in_(list(where))
        )
    ).all():
        one = decode(Finding, row.finding_json.encode())
        here = (tracks.c.incident == row.incident) & (tracks.c.department == row.department)
        if _tells_of(one, wanted) or one.story.id in stories:
            counts[row.incident] = counts.get(row.incident, 0) + _rewrite(
                connection, tracks, here, one, wanted
            )
    _redact_titles(connection, stories, wanted, where)
    return {incident: count for incident, count in counts.items() if count}


def _tells_of(finding: Finding, posts: Collection[str]) -> bool:
    mention = finding.reading.mention
    return mention.id in posts or mention.thread.repost_of in posts or finding.story.first_mention in posts


def _rewrite(connection: Connection, table: Table, here: Any, one: Finding, posts: Collection[str]) -> bool:
    redacted = redact_finding(one, posts)
    if redacted == one:
        return False
    connection.execute(update(table).where(here).values(finding_json=encode(redacted).decode()))
    return True


def _redact_titles(
    connection: Connection, stories: Collection[str], posts: Collection[str], where: Iterable[str]
) -> None:
    rows = connection.execute(
        select(incidents.c.id, incidents.c.story_json).where(incidents.c.id.in_(list(where)))
    ).all()
    for row in rows:
        story = decode(Story, row.story_json.encode())
        if story.id in stories or story.first_mention in posts:
            text = encode(redact_story(story)).decode()
            connection.execute(update(incidents).where(incidents.c.id == row.id).values(story_json=text))


def _except(query: Any, held: Collection[str]) -> Any:
    return query.where(evidence.c.incident.not_in(list(held))) if held else query


def _said(why: Erasure) -> str:
    return f"{why.rule}: {why.reason}" if why.reason else why.rule


def _of_evidence(one: Erased, why: Erasure, now: datetime) -> Entry:
    detail = (
        f"evidence={one.evidence} record={one.record_sha256} payload={one.payload_sha256 or '-'} {_said(why)}"
    )
    return Entry(one.incident, now, "evidence_erased", who=why.who, detail=detail)


def _of_copies(incident: str, count: int, why: Erasure, now: datetime) -> Entry:
    return Entry(incident, now, "copies_erased", who=why.who, detail=f"rows={count} {_said(why)}")
