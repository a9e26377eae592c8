"""The record of a Bluesky post: its text, the links behind it, and what it answers or quotes. Pure.

Records are written by strangers: every field may be missing, of another type, or false.
"""

import re
from collections.abc import Iterable, Iterator
from datetime import datetime

from connectors.html_text import web_address
from connectors.iso_time import iso_time
from connectors.loose_json import Json, as_dict, as_list, as_text
from monitor.records import MAX_TEXT, Media, MentionKind, Thread

POST = "app.bsky.feed.post"
REPOST = "app.bsky.feed.repost"

MAX_LINKS = 100
MAX_MEDIA = 20
MAX_TAGS = 20
MAX_FACETS = 500

_CUT_MARKS = ("…", "...")
_BLOB = re.compile(r"[a-zA-Z0-9]{10,200}")
_POST_URI = re.compile(r"at://did:[A-Za-z0-9:._%-]{1,250}/[A-Za-z0-9.]{1,100}/[A-Za-z0-9._:~-]{1,500}")


def mention_id(uri: str) -> str:
    """The mention id of an ``at://`` address."""
    return f"bluesky:{uri}"


def post_kind(thread: Thread) -> MentionKind:
    """A reply that quotes is a reply."""
    return "reply" if thread.in_reply_to else "quote" if thread.quote_of else "post"


def post_thread(record: Json) -> Thread:
    """What the post answers, the first post of its conversation, and what it quotes."""
    reply = as_dict(record.get("reply"))
    return Thread(
        in_reply_to=_id_of(reply.get("parent")),
        conversation=_id_of(reply.get("root")),
        quote_of=_id_of(_quoted(as_dict(record.get("embed"))), of=POST),
    )


def repost_thread(record: Json) -> Thread:
    """What a repost points at."""
    return Thread(repost_of=_id_of(record.get("subject")))


def post_text(record: Json) -> str:
    """The text without its addresses, then the link card, the pictures' descriptions and the hidden tags.

    A post can name a brand only in its card or in a picture, so these are part of what is matched.
    """
    text = without_addresses(record["text"], record.get("facets"))
    more = (*_embedded_texts(as_dict(record.get("embed"))), _tags(record.get("tags")))
    parts = [text, *(part for part in more if part not in text)]
    return "\n".join(part for part in parts if part.strip())[:MAX_TEXT]


def post_links(record: Json) -> tuple[str, ...]:
    """The full addresses behind the text and of the card, each once."""
    uris = [_feature(facet, "#link", "uri") for facet in as_list(record.get("facets"))[:MAX_FACETS]]
    media = _media_embed(as_dict(record.get("embed")))
    uris.append(as_dict(media.get("external")).get("uri"))
    found = dict.fromkeys(link for uri in uris if isinstance(uri, str) and (link := web_address(uri)))
    return tuple(found)[:MAX_LINKS]


def post_media(record: Json, did: str) -> tuple[Media, ...]:
    """The pictures of the post, where the network shows them."""
    images = as_list(_media_embed(as_dict(record.get("embed"))).get("images"))[:MAX_MEDIA]
    found = []
    for image in map(as_dict, images):
        blob = as_dict(as_dict(image.get("image")).get("ref")).get("$link")
        if isinstance(blob, str) and _BLOB.fullmatch(blob):
            url = f"https://cdn.bsky.app/img/feed_fullsize/plain/{did}/{blob}@jpeg"
            found.append(Media(url=url, alt=as_text(image.get("alt"))[:MAX_TEXT]))
    return tuple(found)


def post_language(record: Json) -> str | None:
    """The language that the author's client declared, when it declared exactly one."""
    langs = declared_languages(record)
    return langs[0] if len(langs) == 1 else None


def declared_languages(record: Json) -> tuple[str, ...]:
    """The declared languages that could be some."""
    langs = as_list(record.get("langs"))[:MAX_TAGS]
    return tuple(one for one in langs if isinstance(one, str) and 0 < len(one) <= 35)


def without_addresses(text: str, facets: object) -> str:
    """``text`` without the (often shortened) addresses that link facets cover: the full ones are links.

    Facets count UTF-8 bytes. Those that overlap, lie outside or cut a character are left alone, and so are links
    behind ordinary words.
    """
    ranges = sorted(_link_ranges(as_list(facets)[:MAX_FACETS]))
    if not ranges:
        return text
    raw = text.encode("utf-8", "surrogatepass")
    kept, end = [], 0
    for start, stop, uri in ranges:
        if end <= start < stop <= len(raw) and _is_address(raw[start:stop], uri):
            kept.append(raw[end:start])
            end = stop
    return b"".join([*kept, raw[end:]]).decode("utf-8", "surrogatepass").strip()


def created_time(record: Json) -> datetime | None:
    """When the author's client says that the record was made, or None."""
    return iso_time(record.get("createdAt"))


def _link_ranges(facets: Iterable[object]) -> Iterator[tuple[int, int, str]]:
    for facet in facets:
        index = as_dict(as_dict(facet).get("index"))
        start, stop, uri = index.get("byteStart"), index.get("byteEnd"), _feature(facet, "#link", "uri")
        if type(start) is int and type(stop) is int and isinstance(uri, str):
            yield start, stop, uri


def _is_address(shown: bytes, uri: str) -> bool:
    """Whether the shown words are the address itself, whole or cut short."""
    try:
        words = shown.decode().strip()
    except UnicodeDecodeError:
        return False
    for mark in _CUT_MARKS:
        words = words.removesuffix(mark)
    words = _bare(words)
    return len(words) >= 4 and "." in words and _bare(uri).startswith(words)


def _bare(address: str) -> str:
    return address.casefold().removeprefix("https://").removeprefix("http://").removeprefix("www.")


def _feature(facet: object, kind: str, field: str) -> object:
    for feature in map(as_dict, as_list(as_dict(facet).get("features"))):
        if as_text(feature.get("$type")).endswith(kind):
            return feature.get(field)
    return None


def _media_embed(embed: Json) -> Json:
    # A quote with pictures or a card holds them one level deeper.
    is_both = as_text(embed.get("$type")).startswith("app.bsky.embed.recordWithMedia")
    return as_dict(embed.get("media")) if is_both else embed


def _quoted(embed: Json) -> Json:
    record = as_dict(embed.get("record"))
    return as_dict(record.get("record")) if "record" in record else record


def _embedded_texts(embed: Json) -> Iterator[str]:
    media = _media_embed(embed)
    card = as_dict(media.get("external"))
    yield as_text(card.get("title"))
    yield as_text(card.get("description"))
    for image in map(as_dict, as_list(media.get("images"))[:MAX_MEDIA]):
        yield as_text(image.get("alt"))
    yield as_text(media.get("alt"))  # of a video


def _tags(tags: object) -> str:
    words = [tag for tag in as_list(tags)[:MAX_TAGS] if isinstance(tag, str) and 0 < len(tag) <= 640]
    return " ".join(f"#{tag}" for tag in words)


def _id_of(reference: object, of: str = "") -> str | None:
    uri = as_dict(reference).get("uri")
    if not isinstance(uri, str) or not _POST_URI.fullmatch(uri) or f"/{of}" not in uri:
        return None
    return mention_id(uri)
