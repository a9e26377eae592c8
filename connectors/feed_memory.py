"""What was seen of a feed, and what of a fetched document is new or edited. Pure; kept in the cursor as JSON."""

import hashlib
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from pydantic import Field, ValidationError

from connectors.feed_entries import Entry, Feed
from connectors.feed_links import canonical, host_of
from connectors.protocol import RejectedItem
from connectors.raw_payload import RawFields, raw_fields
from monitor.codec import describe
from monitor.records import MAX_SHORT, Author, Media, Mention, MentionEvent, Record, UtcTime, digest

SOURCE = "feeds"
REMEMBERED = 500  # entries per feed; more when one document holds more
_VERSIONS = 4  # of one entry: caches that answer by turns bring an older version back
_MAX_GUID = 300

Value = TypeVar("Value")


class FeedState(Record):
    """One feed's part of the cursor: where it moved, its validators, and the entries seen (oldest first)."""

    moved_to: str | None = None
    etag: str | None = None
    modified: str | None = None
    gone: UtcTime | None = None
    started: bool = False
    seen: dict[str, tuple[str, ...]] = Field(
        default_factory=dict
    )  # mention id -> hashes of its last versions
    keys: dict[str, str] = Field(default_factory=dict)  # guid, address or title -> mention id


class FeedCursor(Record):
    """The cursor of the whole source: the state of each feed by the digest of its configured address."""

    feeds: dict[str, FeedState] = Field(default_factory=dict)


def read_cursor(text: str | None) -> FeedCursor:
    """The cursor in ``text``; an empty one when there is none or it is not ours."""
    try:
        return FeedCursor.model_validate_json(text) if text else FeedCursor()
    except ValidationError:
        return FeedCursor()


@dataclass(frozen=True, slots=True)
class Sifted:
    """What a document brings: mentions in order of time, items set aside, and the state after them."""

    mentions: tuple[Mention, ...]
    rejected: tuple[RejectedItem, ...]
    state: FeedState
    undated: int  # new entries without a date that can be used


@dataclass(frozen=True, slots=True)
class Moment:
    """When, and of which feed, a document was fetched. ``since``: older entries are late."""

    feed_key: str
    now: datetime
    since: timedelta
    payload_sha256: str = ""  # of the whole document, for entries whose own text cannot be told
    keep_raw: bool = True


def sift(feed: Feed, state: FeedState, moment: Moment) -> Sifted:
    """Tell new and edited entries from those already seen, by guid, and by address where guids change.

    An entry older than ``since`` is late, and so is one without a date in the first document ever seen: they are
    recorded, but nobody is paged for them.
    """
    seen, keys = dict(state.seen), dict(state.keys)
    mentions: list[Mention] = []
    rejected = list(feed.rejected)
    undated = 0
    for mention_id, entries in _by_id(feed, keys, moment).items():
        hashes = seen.pop(mention_id, ())
        candidates = entries if not hashes else entries[-1:]
        for entry in candidates:
            version = digest(entry.title, entry.text)[:12]
            if version in hashes:
                continue
            event: MentionEvent = "edited" if hashes else "new"
            undated += not _has_date(entry, moment)
            hashes = (*hashes, version)[-_VERSIONS:]
            try:
                mentions.append(_mention(mention_id, entry, feed, event, state.started, moment))
            except ValidationError as error:
                rejected.append(RejectedItem("invalid", describe(error), repr(entry).encode()[:100_000]))
        seen[mention_id] = hashes
    limit = max(REMEMBERED, 2 * len(feed.entries))
    seen = _newest(seen, limit)
    keys = {key: one for key, one in _newest(keys, 3 * limit).items() if one in seen}
    after = state.model_copy(update={"seen": seen, "keys": keys, "started": True})
    return Sifted(tuple(mentions), tuple(rejected), after, undated)


def _by_id(feed: Feed, keys: dict[str, str], moment: Moment) -> dict[str, list[Entry]]:
    """The entries of each mention id, oldest version first; ``keys`` learns where they are known by."""
    shared = _shared_addresses(feed)
    found: dict[str, list[Entry]] = {}
    for entry in sorted(feed.entries, key=lambda one: _created(one, moment)):
        own = _keys(entry, shared, moment.feed_key)
        mention_id = next((keys[key] for key in own if key in keys), None) or _new_id(entry, moment.feed_key)
        for key in own:
            keys.pop(key, None)
            keys[key] = mention_id
        found.setdefault(mention_id, []).append(entry)
    return found


def _shared_addresses(feed: Feed) -> set[str]:
    """Addresses that do not tell entries apart: the site's own, and those of several entries at once."""
    guids = {(entry.guid, canonical(entry.link)) for entry in feed.entries if entry.link}
    counts = Counter(address for _, address in guids)
    shared = {address for address, count in counts.items() if count > 1}
    return shared | ({canonical(feed.link)} if feed.link else set())


def _keys(entry: Entry, shared: set[str], feed_key: str) -> list[str]:
    keys = [f"g{digest(entry.guid)[:16]}"] if entry.guid else []
    if entry.link and canonical(entry.link) not in shared:
        keys.append(f"u{digest(canonical(entry.link))[:16]}")
    return keys or [f"h{digest(feed_key, entry.title)[:16]}"]


def _new_id(entry: Entry, feed_key: str) -> str:
    guid = entry.guid
    if guid.startswith(("tag:", "urn:")) and len(guid) <= _MAX_GUID and guid.isprintable():
        return f"{SOURCE}:{guid}"  # unique in the world by their own rules
    if guid.startswith(("http://", "https://")):
        return f"{SOURCE}:{digest('address', canonical(guid))}"
    if guid:
        return f"{SOURCE}:{digest('guid', feed_key, guid)}"
    if entry.link:
        return f"{SOURCE}:{digest('address', canonical(entry.link))}"
    date = entry.date.isoformat() if entry.date else ""
    return f"{SOURCE}:{digest('entry', feed_key, entry.title, date)}"


def _mention(
    mention_id: str, entry: Entry, feed: Feed, event: MentionEvent, started: bool, moment: Moment
) -> Mention:
    old = entry.date < moment.now - moment.since if entry.date else not started
    publisher = host_of(entry.link) or host_of(feed.link)
    return Mention(
        id=mention_id,
        source=SOURCE,
        kind="article",
        event=event,
        url=entry.link,
        author=Author(handle=publisher[:MAX_SHORT], name=entry.author or feed.title),
        title=entry.title,
        text=entry.text,
        links=entry.links,
        media=tuple(Media(url=address) for address in entry.media),
        language_hint=entry.language,
        created_at=_created(entry, moment),
        edited_at=moment.now if event == "edited" else None,
        fetched_at=moment.now,
        **_raw(entry, moment),
        late=old and (event == "new" or not started),
    )


def _raw(entry: Entry, moment: Moment) -> RawFields:
    if not entry.raw:
        return RawFields(raw="", raw_sha256=moment.payload_sha256)
    return raw_fields(entry.raw.encode(), keep=moment.keep_raw)


def _has_date(entry: Entry, moment: Moment) -> bool:
    return entry.date is not None and entry.date <= moment.now


def _created(entry: Entry, moment: Moment) -> datetime:
    return entry.date if entry.date is not None and entry.date <= moment.now else moment.now


def _newest(entries: dict[str, Value], limit: int) -> dict[str, Value]:
    return dict(list(entries.items())[-limit:])


def sha256(body: bytes) -> str:
    """The hash that mentions carry of the document they came in."""
    return hashlib.sha256(body).hexdigest()
