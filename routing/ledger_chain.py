"""The hash chain of an incident's history: what is hashed, how, and where a chain is broken. Pure.

The hash of an entry is the SHA-256 of its canonical JSON, which holds the hash of the entry before it. So whoever
changes, removes, adds or moves an entry must write every later one anew, and then the chain no longer ends in the
hash that was sealed.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from monitor.records import Department

START = "0" * 64  # what the first entry of a chain cites, when nothing older was written

Problem = Literal[
    "wrong_incident",  # the entry belongs to another chain
    "out_of_order",  # positions do not count 1, 2, 3 ...
    "broken_link",  # the entry does not cite the hash of the one before it
    "changed",  # the entry does not have the hash that was written with it
    "older_changed",  # the first entry does not cite what was written before there were chains
    "cut_off",  # the chain ends before a head that was sealed or kept
    "not_as_sealed",  # the entry at a sealed position has another hash
]


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """One entry of a chain as it is stored. ``position`` counts from 1; 0: written before there were chains."""

    position: int
    at: datetime
    what: str
    department: Department | None
    who: str
    detail: str
    clause: str
    playbook: str
    incident: str
    previous: str
    hash: str


_CONTENT = tuple(name for name in LedgerEntry.__slots__ if name != "hash")


@dataclass(frozen=True, slots=True, order=True)
class Head:
    """The end of a chain at some moment: how long it was and the hash of its last entry."""

    incident: str
    position: int
    hash: str


@dataclass(frozen=True, slots=True)
class Fault:
    """The first thing that is wrong with a chain, and the position where it shows."""

    incident: str
    position: int
    problem: Problem


def canonical_json(content: Mapping[str, Any]) -> bytes:
    """Keys sorted, no spaces, UTF-8, nothing escaped that JSON does not ask for."""
    return json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()


def instant_text(at: datetime) -> str:
    """RFC 3339 with six digits of seconds, UTC: 2026-03-14T03:00:00.000000Z."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def canonical_entry(entry: LedgerEntry) -> bytes:
    """The bytes whose SHA-256 is the entry's hash."""
    return canonical_json(
        {
            "at": instant_text(entry.at),
            "clause": entry.clause,
            "department": entry.department,
            "detail": entry.detail,
            "incident": entry.incident,
            "playbook": entry.playbook,
            "position": entry.position,
            "previous": entry.previous,
            "what": entry.what,
            "who": entry.who,
        }
    )


def entry_hash(entry: LedgerEntry) -> str:
    """64 hex digits."""
    return hashlib.sha256(canonical_entry(entry)).hexdigest()


def with_hash(entry: LedgerEntry) -> LedgerEntry:
    """The entry with its own hash, whatever it held."""
    fields = {name: getattr(entry, name) for name in _CONTENT}
    return LedgerEntry(**fields, hash=entry_hash(entry))


def digest_of_older(entries: Iterable[LedgerEntry]) -> str:
    """What the first entry of a chain cites: a digest over the lines that were written before there were chains."""
    older = b"".join(canonical_entry(entry) + b"\n" for entry in entries)
    return hashlib.sha256(older).hexdigest() if older else START


def verify_chain(
    entries: Sequence[LedgerEntry], heads: Iterable[Head] = (), *, incident: str | None = None
) -> Fault | None:
    """The first fault of one chain, None when it is whole.

    ``entries`` in the order in which they were written, older ones (position 0) first. ``heads`` are those that
    were sealed, or kept beside the incident: without any, a chain that was cut at its end or written anew as a
    whole looks whole.
    """
    name = incident if incident is not None else entries[0].incident if entries else ""
    older = [entry for entry in entries if entry.position == 0]
    chained = [entry for entry in entries if entry.position != 0]
    fault = _first_break(name, entries, len(older), digest_of_older(older))
    return fault or _first_unsealed(name, chained, digest_of_older(older), heads)


def _first_break(name: str, entries: Sequence[LedgerEntry], older: int, start: str) -> Fault | None:
    previous = start
    for number, entry in enumerate(entries):
        position = max(0, number - older + 1)
        if entry.incident != name:
            return Fault(name, entry.position, "wrong_incident")
        if entry.position != position:
            return Fault(name, position, "out_of_order")
        if position == 0:
            continue
        if entry.previous != previous:
            return Fault(name, position, "older_changed" if position == 1 else "broken_link")
        if entry_hash(entry) != entry.hash:
            return Fault(name, position, "changed")
        previous = entry.hash
    return None


def _first_unsealed(
    name: str, chained: Sequence[LedgerEntry], start: str, heads: Iterable[Head]
) -> Fault | None:
    for head in sorted(heads):
        if head.position > len(chained):
            return Fault(name, len(chained) + 1, "cut_off")
        found = chained[head.position - 1].hash if head.position else start
        if found != head.hash:
            return Fault(name, head.position, "not_as_sealed")
    return None
