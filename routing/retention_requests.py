"""Requests to have posts erased: of one post, or of all that an author wrote (privacy law), with a proof."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, or_, select

from monitor.codec import decode
from monitor.records import Finding, Mention
from routing.legal_holds import family, held_incidents
from routing.retention import Erased, Erasure, erase_posts
from routing.schema import evidence, findings, incidents


@dataclass(frozen=True, slots=True)
class Refused:
    """An incident that a legal hold covers, by its label, and the reason of the hold."""

    incident: str
    hold: int
    reason: str


@dataclass(frozen=True, slots=True)
class Proof:
    """What came of a request. ``posts``: how many different posts were found."""

    at: datetime
    who: str
    reason: str
    posts: int
    erased: tuple[Erased, ...]
    refused: tuple[Refused, ...]

    def as_json(self) -> dict[str, Any]:
        """The proof as JSON: hashes and ids of our own, never the words or the name that were erased."""
        erased = [
            {
                "evidence": one.evidence,
                "incident": one.incident,
                "event": one.event,
                "record_sha256": one.record_sha256,
                "payload_sha256": one.payload_sha256,
            }
            for one in self.erased
        ]
        refused = [{"incident": one.incident, "hold": one.hold, "reason": one.reason} for one in self.refused]
        return {
            "kind": "erasure",
            "at": self.at.isoformat(),
            "by": self.who,
            "reason": self.reason,
            "posts": self.posts,
            "erased": erased,
            "refused": refused,
        }


def erase_on_request(
    connection: Connection, *, mention: str, author: str, who: str, reason: str, now: datetime
) -> Proof:
    """Erase the post with this mention id, or (mention empty) every post of an author by handle or id.

    Incidents under a legal hold are left as they are and named in the proof.
    """
    found = _found(connection, mention or author, by_author=not mention)
    posts = {post for post, _ in found}
    where = family(connection, {incident for _, incident in found})
    held = held_incidents(connection)
    why = Erasure("privacy_request", who, reason)
    erased = erase_posts(connection, posts, where - set(held), why, now) if posts else ()
    return Proof(now, who, reason, len(posts), erased, _refused(connection, sorted(where & set(held)), held))


def _found(connection: Connection, text: str, *, by_author: bool) -> list[tuple[str, str]]:
    """Pairs of a post's mention id and an incident where it stands (empty: in none)."""
    # Every kept post has its finding, whose JSON can be searched; a post found long ago may be redacted there.
    json_text = _as_json(text)
    likely = or_(
        findings.c.finding_json.contains(json_text, autoescape=True),
        func.lower(findings.c.finding_json).contains(json_text.lower(), autoescape=True),
    )
    rows = connection.execute(select(findings.c.incident, findings.c.finding_json).where(likely)).all()
    found: set[tuple[str, str]] = set()
    for row in rows:
        one = decode(Finding, row.finding_json.encode()).reading.mention
        if _is_wanted(one, text, by_author=by_author):
            found.add((one.id, row.incident))
    if not by_author:
        of_it = select(evidence.c.incident).where(evidence.c.mention == text)
        found.update((text, incident) for incident in connection.execute(of_it).scalars())
    return sorted(found)


def _is_wanted(mention: Mention, text: str, *, by_author: bool) -> bool:
    if not by_author:
        return text in {mention.id, mention.thread.repost_of}
    wanted = text.removeprefix("@").casefold()
    return wanted in {
        mention.author.handle.removeprefix("@").casefold(),
        (mention.author.id or "").casefold(),
    }


def _as_json(text: str) -> str:
    """The text as it stands within the JSON of a record."""
    return json.dumps(text.removeprefix("@"), ensure_ascii=False)[1:-1]


def _refused(connection: Connection, ids: Sequence[str], held: dict[str, Any]) -> tuple[Refused, ...]:
    rows = connection.execute(
        select(incidents.c.id, incidents.c.number).where(incidents.c.id.in_(list(ids)))
    ).all()
    return tuple(
        Refused(f"T-{row.number}", held[row.id].number, held[row.id].reason)
        for row in sorted(rows, key=lambda one: one.number)
    )
