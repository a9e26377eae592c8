"""Recorded payloads as their sources sent them, judged by the sources' own parsers. Pure; bounded memory.

A line names its source, when its payload came, and holds the payload itself::

    {"source": "bluesky",  "at": "2026-03-14T09:02:11.400Z", "payload": {"did": "did:plc:…", "kind": "commit", …}}
    {"source": "mastodon", "at": …, "payload": {"event": "update", "payload": "{…}"}, "server": "social.example"}
    {"source": "feeds",    "at": …, "payload": "<rss …>…</rss>", "url": "https://journal.example.com/rss.xml"}
    {"source": "webhook",  "at": …, "payload": "{\\"mentions\\": […]}", "name": "reviews"}

A new source is one function and one line of ``PARSERS``.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import Field, ValidationError

from connectors.bluesky_parse import AccountGone, Ignored, Wanted, deletion, parse_frame
from connectors.bluesky_post import POST, REPOST, mention_id
from connectors.feed_entries import parse_feed
from connectors.feed_memory import FeedState, Moment, sha256, sift
from connectors.loose_json import Json, as_dict, as_text
from connectors.mastodon_follow import Memory
from connectors.mastodon_status import Home, NotPublic, Status, read_status
from connectors.mastodon_stream import Deleted, Event, read_event
from connectors.protocol import RejectedItem
from connectors.raw_payload import to_json
from connectors.simple_mention import SourceName
from connectors.tape import load_json
from connectors.webhook import read_delivery
from monitor.codec import describe
from monitor.errors import InvalidPayload
from monitor.records import Mention, Record, Url, UtcTime, digest

NativeSource = Literal["bluesky", "feeds", "mastodon", "webhook"]

FEED_SINCE = timedelta(hours=24)  # an entry older than this when its document was fetched is late
MAX_STATUSES = 200  # of one recorded page
MAX_FEEDS = 1_000


class NativeLine(Record):
    """A line of a tape. Which of ``name``, ``url`` and ``server`` count depends on the source."""

    source: NativeSource
    payload: Any
    at: UtcTime | None = None
    name: SourceName = "webhook"  # webhook: what the source is called in the configuration
    url: Url = ""  # feeds: where the document was fetched
    server: Annotated[str, Field(max_length=300)] = (
        ""  # mastodon: who was asked; none: the author's own server
    )


@dataclass(slots=True)
class NativeRead:
    """What one line holds. ``ignored``: why parts of it say nothing about a public post."""

    mentions: list[Mention] = field(default_factory=list)
    rejected: list[RejectedItem] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)


@dataclass(slots=True)
class TapeMemory:
    """What live connectors remember too: versions given out, statuses by local id, entries seen of each feed."""

    posts: Memory = field(default_factory=Memory)
    feeds: dict[str, FeedState] = field(default_factory=dict)


def is_native(item: object) -> bool:
    """Whether a decoded line holds a source's own payload, rather than a plain mention."""
    return isinstance(item, dict) and "payload" in item and "text" not in item


class NativeReader:
    """Reads the lines of one tape in order. Versions that came before are dropped, as on a reconnect."""

    def __init__(self) -> None:
        self._memory = TapeMemory()

    def read(self, item: object, at: datetime) -> NativeRead:
        """What a decoded line holds; ``at`` is when it came. Raises InvalidPayload: source, field and fault."""
        try:
            line = NativeLine.model_validate(item)
        except ValidationError as error:
            raise InvalidPayload("invalid", describe(error)) from None
        try:
            read = PARSERS[line.source](line, self._memory, at)
        except InvalidPayload as error:
            raise InvalidPayload(error.reason, f"{line.source} payload: {error}") from None
        fresh = self._memory.posts.seen.fresh(read.mentions)
        self._memory.posts.seen.add(fresh)
        read.mentions = list(fresh)
        return read


def read_bluesky(line: NativeLine, memory: TapeMemory, at: datetime) -> NativeRead:
    """A frame of Jetstream, version 1."""
    frame = parse_frame(_bytes(line.payload), at, Wanted(frozenset({POST, REPOST})))
    if isinstance(frame, Ignored):
        return NativeRead(ignored=[frame.reason])
    if isinstance(frame, AccountGone):
        known = memory.posts.seen.ids_with_prefix(mention_id(f"at://{frame.did}/{POST}/"))
        return NativeRead([deletion(one, frame.time_us, at) for one in known])
    return NativeRead([frame.mention])


def read_mastodon(line: NativeLine, memory: TapeMemory, at: datetime) -> NativeRead:
    """A status, an event of a stream, or a page of statuses (a list, or the answer of a search)."""
    payload = line.payload
    if isinstance(payload, dict) and "event" in payload:
        return _mastodon_event(payload, line, memory, at)
    statuses = payload.get("statuses", [payload]) if isinstance(payload, dict) else payload
    if not isinstance(statuses, list) or len(statuses) > MAX_STATUSES:
        raise InvalidPayload("invalid", f"a status, or a list of at most {MAX_STATUSES}, is expected")
    if len(statuses) == 1:
        return _mastodon_read([read_status(statuses[0], _home(line, memory, statuses[0]), at)], memory)
    found: list[Status | NotPublic] = []
    rejected: list[RejectedItem] = []
    for number, item in enumerate(statuses):
        try:
            found.append(read_status(item, _home(line, memory, item), at))
        except InvalidPayload as error:
            told = f"mastodon payload: {number}: {error}"
            rejected.append(RejectedItem(error.reason, told, to_json(item)))
    read = _mastodon_read(found, memory)
    read.rejected = rejected
    return read


def read_feeds(line: NativeLine, memory: TapeMemory, at: datetime) -> NativeRead:
    """An RSS or Atom document. Entries that an earlier document of the same address held are not given again."""
    if not isinstance(line.payload, str):
        raise InvalidPayload("invalid", "an RSS or Atom document as text is expected")
    body = line.payload.encode("utf-8", "replace")
    feed = parse_feed(body, content_type="application/xml; charset=utf-8", url=line.url)
    if not feed.is_feed:
        raise InvalidPayload("invalid", "this is no RSS or Atom document")
    key = digest(line.url)[:16]
    sifted = sift(feed, memory.feeds.get(key, FeedState()), Moment(key, at, FEED_SINCE, sha256(body)))
    memory.feeds.pop(key, None)
    memory.feeds[key] = sifted.state
    if len(memory.feeds) > MAX_FEEDS:
        del memory.feeds[next(iter(memory.feeds))]
    return NativeRead(list(sifted.mentions), list(sifted.rejected))


def read_webhook(line: NativeLine, memory: TapeMemory, at: datetime) -> NativeRead:
    """The body of a delivery. As on arrival, one wrong mention refuses the whole of it."""
    mentions, problems = read_delivery(_bytes(line.payload), line.name, at)
    if problems:
        raise InvalidPayload("invalid", "; ".join(problems))
    return NativeRead(list(mentions))


Parser = Callable[[NativeLine, TapeMemory, datetime], NativeRead]

PARSERS: Mapping[str, Parser] = {
    "bluesky": read_bluesky,
    "feeds": read_feeds,
    "mastodon": read_mastodon,
    "webhook": read_webhook,
}


def _mastodon_event(payload: Json, line: NativeLine, memory: TapeMemory, at: datetime) -> NativeRead:
    data = payload.get("payload")
    if not isinstance(payload["event"], str) or data is None:
        raise InvalidPayload("invalid", "event, payload: the name of the event and its data are expected")
    read = read_event(Event(payload["event"], _bytes(data)), _home(line, memory, _decoded(data)), at)
    if isinstance(read, Deleted):
        return NativeRead([read.mention])
    return _mastodon_read([read], memory) if isinstance(read, Status) else NativeRead(ignored=[read.reason])


def _mastodon_read(found: Iterable[Status | NotPublic], memory: TapeMemory) -> NativeRead:
    read = NativeRead()
    for one in found:
        if isinstance(one, Status):
            memory.posts.note([one])
            read.mentions.append(one.mention)
        else:
            read.ignored.append(one.reason)
    return read


def _home(line: NativeLine, memory: TapeMemory, status: object) -> Home:
    try:
        host = line.server or urlsplit(as_text(as_dict(status).get("uri"))).hostname or ""
    except ValueError:
        host = ""
    return Home(host, memory.posts.lately)


def _decoded(data: object) -> object:
    try:
        return load_json(data.encode("utf-8", "replace")) if isinstance(data, str) else data
    except ValueError:
        return None


def _bytes(payload: object) -> bytes:
    return payload.encode("utf-8", "replace") if isinstance(payload, str) else to_json(payload)
