"""Seals: the heads of all chains that grew since the last seal, chained themselves. Pure.

A seal is one line of canonical JSON; its hash is the SHA-256 of that line, and what an authority stamps. Its root is
the SHA-256 of the text that lists the heads, one to a line.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from routing.ledger_chain import START, Head, canonical_json, instant_text

NO_INCIDENT = "-"  # how a list of heads names the chain of what concerns no incident

SealProblem = Literal[
    "changed",  # the seal does not have the hash that was written with it
    "broken_link",  # the seal does not cite the one before it
    "out_of_order",  # numbers do not count up by one
    "not_as_sealed",  # the chains no longer end as the seal says
    "bad_stamp",  # the stamp is of another hash, or by nobody who is trusted
]


@dataclass(frozen=True, slots=True)
class Seal:
    """One seal. It covers every entry up to ``last_entry`` that no earlier seal covers."""

    number: int
    at: datetime
    last_entry: int
    heads: int
    root: str
    previous: str
    hash: str
    stamp: bytes | None = None  # RFC 3161 answer over the hash


@dataclass(frozen=True, slots=True)
class SealFault:
    """The first thing that is wrong with the seals."""

    number: int
    problem: SealProblem


def heads_text(heads: Iterable[Head]) -> bytes:
    """One line per chain, sorted: incident, position and hash with one space between."""
    lines = sorted(f"{one.incident or NO_INCIDENT} {one.position} {one.hash}\n" for one in heads)
    return "".join(lines).encode()


def root_of(heads: Iterable[Head]) -> str:
    """64 hex digits."""
    return hashlib.sha256(heads_text(heads)).hexdigest()


def canonical_seal(seal: Seal) -> bytes:
    """The bytes whose SHA-256 is the seal's hash."""
    return canonical_json(
        {
            "at": instant_text(seal.at),
            "heads": seal.heads,
            "last_entry": seal.last_entry,
            "number": seal.number,
            "previous": seal.previous,
            "root": seal.root,
        }
    )


def seal_hash(seal: Seal) -> str:
    """64 hex digits."""
    return hashlib.sha256(canonical_seal(seal)).hexdigest()


def next_seal(newest: Seal | None, heads: Sequence[Head], last_entry: int, now: datetime) -> Seal:
    """The seal that follows ``newest``."""
    number, previous = (1, START) if newest is None else (newest.number + 1, newest.hash)
    unhashed = Seal(number, now, last_entry, len(heads), root_of(heads), previous, "")
    return Seal(number, now, last_entry, len(heads), unhashed.root, previous, seal_hash(unhashed))


def verify_seals(seals: Sequence[Seal], *, from_the_first: bool = False) -> SealFault | None:
    """The first fault of seals that follow each other, None when there is none.

    They may start at any number, as those of a bundle do, unless they are to be there ``from_the_first``.
    """
    before: Seal | None = None
    if from_the_first and seals and seals[0].number != 1:
        return SealFault(1, "out_of_order")
    for seal in seals:
        if before and seal.number != before.number + 1:
            return SealFault(before.number + 1, "out_of_order")
        if (before.hash if before else START) != seal.previous and (before or seal.number == 1):
            return SealFault(seal.number, "broken_link")
        if seal_hash(seal) != seal.hash:
            return SealFault(seal.number, "changed")
        before = seal
    return None
