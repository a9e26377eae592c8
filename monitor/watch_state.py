"""One story in memory: what was counted, what is remembered of its posts, and its form on disk.

Everything is bounded: ``MAX_MENTIONS`` remembered posts (older ones, were they to come again, would count twice),
``reach.SAMPLE`` authors (beyond that their number and reach are estimates), ``MAX_SIGNATURES`` wordings and
``MAX_LINKS`` links. A stored story stays below 64 kB for playbooks of up to 20 clauses.
"""

import base64
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

import orjson
from pydantic import ValidationError

from monitor.fired import FiredClauses, StoredFired
from monitor.rate import Rate
from monitor.reach import ReachCount, StoredReach
from monitor.records import AuthorKind, Language, Record, ShortText, Story, Url, UtcTime
from monitor.short_keys import pack_keys, unpack_keys
from monitor.similarity import SIGNATURE_VERSION, Signature

MAX_MENTIONS = 2_000
MAX_VERSIONS = 200  # edits
MAX_LINKS = 100
MAX_SIGNATURES = 8
MAX_SOURCES = 10
MAX_UNJUDGED = 50


class StoredStory(Record):
    """A story as it is kept: JSON with packed keys."""

    schema_version: Literal[1] = 1
    id: ShortText
    brand: ShortText
    root: ShortText
    title: ShortText
    url: Url | None = None
    first_seen: UtcTime
    last_seen: UtcTime
    opened: int
    touched: int
    touched_at: UtcTime
    mentions: int
    negative: int
    sources: tuple[str, ...]
    languages: tuple[Language, ...]
    author_kinds: tuple[AuthorKind, ...]
    reach: StoredReach
    rate: dict[int, int]
    seen: str
    seen_negative: str  # one bit for each remembered mention
    versions: str
    links: str
    unjudged: str
    signature_version: str
    signatures: tuple[tuple[str, bool], ...]
    fired: StoredFired


@dataclass(slots=True, eq=False)
class StoryState:
    """A live story. ``opened`` and ``touched`` are sequence numbers within the brand."""

    id: str
    brand: str
    root: str  # the mention that the story is named after; it may not have come yet
    title: str
    url: str | None
    first_seen: datetime
    last_seen: datetime
    opened: int
    touched: int
    touched_at: datetime
    mentions: int = 0
    negative: int = 0
    sources: dict[str, None] = field(default_factory=dict)
    languages: dict[Language, None] = field(default_factory=dict)
    author_kinds: dict[AuthorKind, None] = field(default_factory=dict)
    reach: ReachCount = field(default_factory=ReachCount)
    rate: Rate = field(default_factory=Rate)
    seen: dict[int, bool] = field(default_factory=dict)  # mention key -> its newest version is negative
    versions: dict[int, None] = field(default_factory=dict)  # reading keys of edits
    links: dict[int, None] = field(default_factory=dict)  # mentions of the thread and pages outside
    unjudged: dict[int, None] = field(default_factory=dict)  # reading keys whose judgement failed
    signatures: list[Signature] = field(default_factory=list)
    fired: FiredClauses = field(default_factory=FiredClauses)

    def snapshot(self, now: datetime) -> Story:
        """The story as the playbook and people see it."""
        # Made for every reading, out of values that were checked when they came: not checked again.
        return Story.model_construct(
            id=self.id,
            brand=self.brand,
            title=self.title,
            first_mention=self.root,
            first_url=self.url,
            first_seen=self.first_seen,
            last_seen=self.last_seen,
            mentions=self.mentions,
            authors=self.reach.authors,
            reach=self.reach.reach,
            authors_of_unknown_reach=self.reach.authors_of_unknown_reach,
            mentions_last_5_min=self.rate.last_5_minutes(now),
            mentions_last_60_min=self.rate.last_60_minutes(now),
            negative_share=self.negative / self.mentions,
            sources=tuple(sorted(self.sources)),
            languages=tuple(sorted(self.languages)),
            author_kinds=tuple(sorted(self.author_kinds)),
            revivals=self.fired.revivals,
        )

    def encoded(self) -> bytes:
        """The bytes that ``decode_story`` goes on from."""
        stored = {
            "schema_version": 1,
            "id": self.id,
            "brand": self.brand,
            "root": self.root,
            "title": self.title,
            "url": self.url,
            "first_seen": self.first_seen,
            "last_seen": self.last_seen,
            "opened": self.opened,
            "touched": self.touched,
            "touched_at": self.touched_at,
            "mentions": self.mentions,
            "negative": self.negative,
            "sources": tuple(self.sources),
            "languages": tuple(self.languages),
            "author_kinds": tuple(self.author_kinds),
            "reach": self.reach.stored().model_dump(),
            "rate": self.rate.counts(),
            "seen": pack_keys(self.seen),
            "seen_negative": _pack_bits(list(self.seen.values())),
            "versions": pack_keys(self.versions),
            "links": pack_keys(self.links),
            "unjudged": pack_keys(self.unjudged),
            "signature_version": SIGNATURE_VERSION,
            "signatures": tuple((_base64(one.data), one.short) for one in self.signatures),
            "fired": self.fired.stored().model_dump(mode="json", exclude_none=True, exclude_defaults=True),
        }
        return orjson.dumps(stored, option=orjson.OPT_NON_STR_KEYS)


def decode_story(data: bytes) -> StoryState | None:
    """The story that ``encoded`` wrote; None when the bytes are of another making."""
    try:
        stored = StoredStory.model_validate_json(data)
        return _from_stored(stored)
    except (ValidationError, ValueError):
        return None


def _from_stored(stored: StoredStory) -> StoryState:
    seen = unpack_keys(stored.seen)
    negative = _unpack_bits(stored.seen_negative, len(seen))
    # Signatures of another algorithm compare to nothing: the story goes on, near-copies open a new one.
    signatures = stored.signatures if stored.signature_version == SIGNATURE_VERSION else ()
    return StoryState(
        id=stored.id,
        brand=stored.brand,
        root=stored.root,
        title=stored.title,
        url=stored.url,
        first_seen=stored.first_seen,
        last_seen=stored.last_seen,
        opened=stored.opened,
        touched=stored.touched,
        touched_at=stored.touched_at,
        mentions=stored.mentions,
        negative=stored.negative,
        sources=dict.fromkeys(stored.sources),
        languages=dict.fromkeys(stored.languages),
        author_kinds=dict.fromkeys(stored.author_kinds),
        reach=ReachCount.from_stored(stored.reach),
        rate=Rate(stored.rate),
        seen=dict(zip(seen, negative, strict=True)),
        versions=dict.fromkeys(unpack_keys(stored.versions)),
        links=dict.fromkeys(unpack_keys(stored.links)),
        unjudged=dict.fromkeys(unpack_keys(stored.unjudged)),
        signatures=[Signature(base64.b64decode(data), short) for data, short in signatures],
        fired=FiredClauses.from_stored(stored.fired, stored.author_kinds),
    )


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def _pack_bits(bits: list[bool]) -> str:
    number = int("".join("1" if bit else "0" for bit in reversed(bits)) or "0", 2)
    return _base64(number.to_bytes((len(bits) + 7) // 8, "big"))


def _unpack_bits(text: str, count: int) -> list[bool]:
    number = int.from_bytes(base64.b64decode(text, validate=True), "big")
    return [bit == "1" for bit in reversed(f"{number:0{count}b}")][:count]
