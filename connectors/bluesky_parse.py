"""One frame of Bluesky's Jetstream (version 1) as what it means to Tocsin. Pure; the time is an argument."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from pydantic import ValidationError

from connectors.bluesky_post import (
    POST,
    REPOST,
    created_time,
    declared_languages,
    mention_id,
    post_kind,
    post_language,
    post_links,
    post_media,
    post_text,
    post_thread,
    repost_thread,
)
from connectors.loose_json import Json, as_dict
from connectors.raw_payload import RawFields, raw_fields, to_json
from connectors.tape import load_json
from monitor.codec import describe
from monitor.errors import InvalidPayload
from monitor.records import Author, Mention, MentionEvent, MentionKind

Collection = Literal["app.bsky.feed.post", "app.bsky.feed.repost"]
IgnoredReason = Literal[
    "identity", "account_active", "collection", "language", "unknown_kind", "unknown_operation"
]

_DID = re.compile(r"did:[a-z0-9]{1,20}:[A-Za-z0-9._:%-]{1,200}")
_RKEY = re.compile(r"[A-Za-z0-9._:~-]{1,512}")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LATEST_US = 253_000_000_000_000_000  # in the year 9987
_EVENTS: Mapping[object, MentionEvent] = {"create": "new", "update": "edited", "delete": "deleted"}


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which posts to keep: collections, and languages (empty: all; posts that declare none always pass).

    ``keep_raw``: mentions carry the frame that they came in.
    """

    collections: frozenset[str] = frozenset({POST})
    languages: frozenset[str] = frozenset()
    keep_raw: bool = True


@dataclass(frozen=True, slots=True)
class Seen:
    """A post or repost that is new, edited or deleted. ``time_us``: microseconds since 1970, as in all frames."""

    mention: Mention
    time_us: int


@dataclass(frozen=True, slots=True)
class AccountGone:
    """Everything of an account was deleted or hidden: the network tells it once, not per post."""

    did: str
    time_us: int


@dataclass(frozen=True, slots=True)
class Ignored:
    """A frame that says nothing about a post; it still moves the cursor."""

    reason: IgnoredReason
    time_us: int | None


Frame = Seen | AccountGone | Ignored


def parse_frame(frame: bytes | Json, fetched_at: datetime, wanted: Wanted) -> Frame:
    """What a frame means. Raises InvalidPayload when it is not what the network's contract says."""
    item = frame if isinstance(frame, dict) else _decode(frame)
    kind, time_us = item.get("kind"), _time_us(item)
    if kind == "commit":
        return _commit(item, _required(time_us), frame, fetched_at, wanted)
    if kind == "account":
        return _account(item, _required(time_us))
    return Ignored("identity" if kind == "identity" else "unknown_kind", time_us)


def deletion(uri_id: str, time_us: int, fetched_at: datetime, kind: MentionKind = "post") -> Mention:
    """The deletion of a mention of which only the id is known. Its time is that of the deletion."""
    did = uri_id.removeprefix("bluesky:at://").partition("/")[0]
    return Mention(
        id=uri_id,
        source="bluesky",
        kind=kind,
        event="deleted",
        url=post_url(uri_id.removeprefix("bluesky:")),
        author=_author(did),
        created_at=min(_instant(time_us), fetched_at),
        fetched_at=fetched_at,
    )


def post_url(uri: str) -> str | None:
    """Where people see the post of an ``at://`` address; None for what is no post. The handle may change."""
    did, _, rest = uri.removeprefix("at://").partition("/")
    collection, _, rkey = rest.partition("/")
    return f"https://bsky.app/profile/{did}/post/{rkey}" if collection == POST and rkey else None


def _decode(frame: bytes) -> Json:
    try:
        item = load_json(frame)
    except ValueError:
        raise InvalidPayload("not_json", "the frame is not JSON") from None
    if not isinstance(item, dict):
        raise InvalidPayload("invalid", "the frame is not a JSON object")
    return item


def _time_us(item: Json) -> int | None:
    value = item.get("time_us")
    return value if type(value) is int and 0 < value < _LATEST_US else None


def _required(time_us: int | None) -> int:
    if time_us is None:
        raise InvalidPayload("invalid", "time_us: microseconds since 1970 are expected")
    return time_us


def _commit(
    item: Json, time_us: int, frame: bytes | Json, fetched_at: datetime, wanted: Wanted
) -> Seen | Ignored:
    commit = as_dict(item.get("commit"))
    if commit.get("collection") not in wanted.collections:
        return Ignored("collection", time_us)
    event = _EVENTS.get(_word(commit.get("operation")))
    if event is None:
        return Ignored("unknown_operation", time_us)
    uri = _uri(item.get("did"), commit)
    is_repost = commit["collection"] == REPOST
    if event == "deleted":
        gone = deletion(mention_id(uri), time_us, fetched_at, "repost" if is_repost else "post")
        return Seen(gone.model_copy(update={**_raw(frame, wanted)}), time_us)
    record = commit.get("record")
    if not isinstance(record, dict):
        raise InvalidPayload("invalid", "commit.record: a JSON object is expected")
    if not is_repost and _is_unwanted_language(record, wanted):
        return Ignored("language", time_us)
    told = _instant(time_us)
    fields = {
        **(_repost_fields(record) if is_repost else _post_fields(record, uri, str(item["did"]))),
        "id": mention_id(uri),
        "source": "bluesky",
        "event": event,
        "author": _author(str(item["did"])),
        "created_at": min(created_time(record) or told, told, fetched_at),
        "edited_at": told if event == "edited" else None,
        "fetched_at": fetched_at,
        **_raw(frame, wanted),
    }
    return Seen(_mention(fields), time_us)


def _mention(fields: dict[str, Any]) -> Mention:
    try:
        return Mention.model_validate(fields)
    except ValidationError as error:
        raise InvalidPayload("invalid", describe(error)) from None


def _post_fields(record: Json, uri: str, did: str) -> dict[str, Any]:
    if not isinstance(record.get("text"), str):
        raise InvalidPayload("invalid", "commit.record.text: text is expected")
    thread = post_thread(record)
    return {
        "kind": post_kind(thread),
        "url": post_url(uri),
        "text": post_text(record),
        "links": post_links(record),
        "media": post_media(record, did),
        "language_hint": post_language(record),
        "thread": thread,
    }


def _repost_fields(record: Json) -> dict[str, Any]:
    thread = repost_thread(record)
    if thread.repost_of is None:
        raise InvalidPayload("invalid", "commit.record.subject.uri: the address of a post is expected")
    return {
        "kind": "repost",
        "url": post_url(thread.repost_of.removeprefix("bluesky:")),
        "thread": thread,
    }


def _account(item: Json, time_us: int) -> AccountGone | Ignored:
    account = as_dict(item.get("account"))
    if account.get("active") is not False:
        return Ignored("account_active", time_us)
    return AccountGone(_did(item.get("did") or account.get("did")), time_us)


def _is_unwanted_language(record: Json, wanted: Wanted) -> bool:
    if not wanted.languages:
        return False
    declared = {one.partition("-")[0].lower() for one in declared_languages(record)}
    return bool(declared) and not declared & wanted.languages


def _uri(did: object, commit: Json) -> str:
    rkey = commit.get("rkey")
    if not isinstance(rkey, str) or not _RKEY.fullmatch(rkey):
        raise InvalidPayload("invalid", "commit.rkey: a record key is expected")
    return f"at://{_did(did)}/{commit['collection']}/{rkey}"


def _did(value: object) -> str:
    if not isinstance(value, str) or not _DID.fullmatch(value):
        raise InvalidPayload("invalid", "did: a decentralised identifier is expected")
    return value


def _author(did: str) -> Author:
    # The stream gives no handle and no counts: unknown stays None, and the identifier stands for the handle.
    return Author(handle=did, id=did, url=f"https://bsky.app/profile/{did}")


def _instant(time_us: int) -> datetime:
    return _EPOCH + timedelta(microseconds=time_us)


def _word(value: object) -> str:
    return value if isinstance(value, str) else ""


def _raw(frame: bytes | Json, wanted: Wanted) -> RawFields:
    return raw_fields(frame if isinstance(frame, bytes) else to_json(frame), keep=wanted.keep_raw)
