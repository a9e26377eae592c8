"""A Mastodon status as a mention. Pure; the time is an argument. Fields that newer servers add are ignored."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from pydantic import ValidationError

from connectors.html_text import web_address
from connectors.iso_time import iso_time
from connectors.loose_json import Json, as_dict, as_text
from connectors.mastodon_content import status_links, status_media, status_text
from connectors.raw_payload import raw_fields, to_json
from monitor.codec import describe
from monitor.errors import InvalidPayload
from monitor.records import MAX_SHORT, Author, Count, Engagement, Mention, MentionKind, Thread

_MAX_URI = MAX_SHORT - len("mastodon:")
_MAX_COUNT = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Home:
    """The server that is asked: what it calls local is of this host. ``lately``: mentions by its own ids.

    ``keep_raw``: mentions carry the status that they came in, as JSON.
    """

    host: str
    lately: Mapping[str, Mention] = field(default_factory=dict)
    keep_raw: bool = True


@dataclass(frozen=True, slots=True)
class Status:
    """A status with its id on the server that was asked, which deletions name."""

    local_id: str
    mention: Mention


@dataclass(frozen=True, slots=True)
class NotPublic:
    """A status that its author did not address to everyone; an unlisted one was kept out of searches on purpose."""

    reason: Literal["visibility"] = "visibility"


def read_status(
    item: object, home: Home, fetched_at: datetime, *, edited: bool = False
) -> Status | NotPublic:
    """The mention of a status. ``edited``: the server said so. Raises InvalidPayload that names what is wrong.

    A boost has the original's words and the booster as author, and points at the original.
    """
    if not isinstance(item, dict):
        raise InvalidPayload("invalid", "a status is a JSON object")
    original = item["reblog"] if isinstance(item.get("reblog"), dict) else None
    if any(one.get("visibility") != "public" for one in (item, original) if one is not None):
        return NotPublic()
    words = item if original is None else original
    fields = {
        **_words(words, home),
        **_ids_of(item),
        "source": "mastodon",
        "author": _author(item.get("account"), home),
        "fetched_at": fetched_at,
        "created_at": min(_created(item), fetched_at),
        **raw_fields(to_json(item), keep=home.keep_raw),
        **(_own(item, home, edited=edited) if original is None else _boost(original)),
    }
    try:
        return Status(local_id(item), Mention.model_validate(fields))
    except ValidationError as error:
        raise InvalidPayload("invalid", describe(error)) from None


def deletion(of: Mention, fetched_at: datetime) -> Mention:
    """The deletion of a mention; its words are not repeated. Its time is that of learning it."""
    return Mention(
        id=of.id,
        source=of.source,
        kind=of.kind,
        event="deleted",
        url=of.url,
        author=of.author,
        thread=of.thread,
        created_at=fetched_at,
        fetched_at=fetched_at,
    )


def local_id(item: Json) -> str:
    """The id of a status on the server that was asked. Raises InvalidPayload."""
    value = item.get("id")
    if not isinstance(value, str) or not is_local_id(value):
        raise InvalidPayload("invalid", "id: a text of letters and digits is expected")
    return value


def is_local_id(text: str) -> bool:
    """Whether ``text`` can be the id of a status on some server."""
    return 0 < len(text) <= 100 and text.isascii() and text.isalnum()


def mention_id(status: Json) -> str:
    """The id of a status that is the same on every server. Raises InvalidPayload."""
    uri = status.get("uri")
    if not isinstance(uri, str) or not 0 < len(uri) <= _MAX_URI or not uri.isprintable() or " " in uri:
        raise InvalidPayload("invalid", "uri: the address of the status is expected")
    return f"mastodon:{uri}"


def _ids_of(item: Json) -> dict[str, Any]:
    return {"id": mention_id(item), "url": _url(item)}


def _words(status: Json, home: Home) -> dict[str, Any]:
    if not isinstance(status.get("content"), str):
        raise InvalidPayload("invalid", "content: text is expected")
    language = status.get("language")
    return {
        "text": status_text(status),
        "links": status_links(status, f"https://{home.host}/"),
        "media": status_media(status),
        "language_hint": language if isinstance(language, str) and 0 < len(language) <= 35 else None,
    }


def _own(item: Json, home: Home, *, edited: bool) -> dict[str, Any]:
    edited_at = iso_time(item.get("edited_at"))
    thread = _thread(item, home)
    kind: MentionKind = "reply" if item.get("in_reply_to_id") else "quote" if item.get("quote") else "post"
    return {
        "kind": kind,
        "event": "edited" if edited or edited_at else "new",
        "edited_at": edited_at,
        "thread": thread,
        "engagement": Engagement(
            likes=_count(item.get("favourites_count")),
            reposts=_count(item.get("reblogs_count")),
            replies=_count(item.get("replies_count")),
            quotes=_count(item.get("quotes_count")),
        ),
    }


def _boost(original: Json) -> dict[str, Any]:
    # The counts are the original's: given again with every boost, they would be counted again.
    return {
        "kind": "repost",
        "thread": Thread(repost_of=mention_id(original)),
        "url": _url(original),
    }


def _thread(item: Json, home: Home) -> Thread:
    parent = item.get("in_reply_to_id")
    quote = as_dict(item.get("quote"))
    quoted = quote.get("quoted_status")
    quote_of = mention_id(quoted) if isinstance(quoted, dict) else _known(quote.get("quoted_status_id"), home)
    return Thread(in_reply_to=_known(parent, home), quote_of=quote_of)


def _known(value: object, home: Home) -> str | None:
    # Replies name their parent by this server's own id, which means nothing elsewhere.
    known = home.lately.get(value) if isinstance(value, str) else None
    return known.id if known else None


def _author(value: object, home: Home) -> Author:
    account = as_dict(value)
    acct = as_text(account.get("acct"))
    if not acct or len(acct) > 700:
        raise InvalidPayload("invalid", "account.acct: the name of the author is expected")
    is_remote = "@" in acct
    followers = _count(account.get("followers_count"))
    address = web_address(as_text(account.get("uri"))) or web_address(as_text(account.get("url")))
    return Author(
        handle=acct if is_remote else f"{acct}@{home.host}",
        name=as_text(account.get("display_name"))[:MAX_SHORT],
        id=address if address and len(address) <= MAX_SHORT else None,
        url=web_address(as_text(account.get("url"))) or address,
        # A server that never looked at a remote account says 0: that is unknown, not nobody.
        followers=None if is_remote and followers == 0 else followers,
        account_created=iso_time(account.get("created_at")),
        bot=account["bot"] if isinstance(account.get("bot"), bool) else None,
    )


def _created(item: Json) -> datetime:
    created = iso_time(item.get("created_at"))
    if created is None:
        raise InvalidPayload("invalid", "created_at: a time is expected")
    return created


def _url(status: Json) -> str | None:
    return web_address(as_text(status.get("url"))) or web_address(as_text(status.get("uri")))


def _count(value: object) -> Count | None:
    return value if type(value) is int and 0 <= value <= _MAX_COUNT else None
