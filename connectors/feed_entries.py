"""RSS and Atom documents as entries. Pure: bytes in, entries out; nothing is ever fetched or resolved outside."""

import io
import json
import re
import xml.sax
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import feedparser

from connectors.feed_dates import parse_feed_date
from connectors.feed_items import item_texts
from connectors.feed_links import unwrap
from connectors.html_text import html_to_text, links_in_html, web_address
from connectors.protocol import RejectedItem
from monitor.records import MAX_SHORT, MAX_TEXT

MAX_ENTRIES = 1_000
_MAX_ORIGINAL = 100_000
_MARKUP = re.compile(r"</?[a-zA-Z][^<>]*>|&(#\d+|#x[0-9a-fA-F]+|[a-zA-Z]+);")
# What calls itself Latin-1 is Windows-1252 in the wild (œ, –, …, €), and the two agree on all else.
_LATIN = re.compile(r"iso-8859-1\b(?!-)|latin-?1\b", re.IGNORECASE)
_DECLARED_LATIN = re.compile(
    rb"""\A(\s{0,100}<\?xml[^>]{0,100}encoding=["'])(?:iso-8859-1|latin-?1)(?=["'])""", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Entry:
    """One item of a feed as plain text. ``date`` is None when missing or not understood."""

    guid: str
    link: str | None
    title: str
    text: str
    author: str
    language: str | None
    date: datetime | None
    links: tuple[str, ...]
    media: tuple[str, ...]
    raw: str = ""  # its own text in the document, where that can be told


@dataclass(frozen=True, slots=True)
class Feed:
    """A document. ``is_feed`` is False for a page of HTML; ``damaged``: it broke XML's rules and was mended."""

    is_feed: bool
    damaged: bool = False
    title: str = ""
    link: str | None = None
    ttl_s: float | None = None
    entries: tuple[Entry, ...] = ()
    rejected: tuple[RejectedItem, ...] = ()


def parse_feed(body: bytes, *, content_type: str, url: str) -> Feed:
    """The feed in ``body``, whose encoding is found from its bytes; ``url`` is where it came from."""
    headers = {"content-type": _LATIN.sub("windows-1252", content_type), "content-location": url}
    try:
        document: Any = feedparser.parse(
            io.BytesIO(_DECLARED_LATIN.sub(rb"\1windows-1252", body, count=1)),
            response_headers=headers,
            sanitize_html=False,
            resolve_relative_uris=False,
        )
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError, xml.sax.SAXException):
        return Feed(is_feed=False)
    if not document.get("version"):
        return Feed(is_feed=False)
    head = document.get("feed") or {}
    language = head.get("language")
    is_rss = str(document["version"]).startswith(("rss", "cdf"))
    entries: list[Entry] = []
    rejected: list[RejectedItem] = []
    items = document.get("entries", [])
    texts = item_texts(body, str(document.get("encoding") or ""), len(items)) or ("",) * len(items)
    for raw, text in list(zip(items, texts, strict=True))[:MAX_ENTRIES]:
        entry = replace(_entry(raw, url, language, is_rss), raw=text)
        if entry.title or entry.text:
            entries.append(entry)
        else:
            rejected.append(RejectedItem("empty_item", "the item has neither title nor text", _original(raw)))
    return Feed(
        is_feed=True,
        damaged=bool(document.get("bozo")),
        title=_plain(_first(head, "title"), is_rss)[:MAX_SHORT],
        link=web_address(_first(head, "link"), url),
        ttl_s=_ttl(head.get("ttl")),
        entries=tuple(entries),
        rejected=tuple(rejected),
    )


def _entry(raw: Mapping[str, Any], url: str, feed_language: str | None, is_rss: bool) -> Entry:
    html, kind, language = _body(raw)
    is_html = kind != "text/plain" or (is_rss and bool(_MARKUP.search(html)))
    title_detail = raw.get("title_detail") or {}
    literal_title = not is_rss and title_detail.get("type") == "text/plain"
    title = _first(raw, "title")
    link = web_address(_first(raw, "link"), url)
    # Asked by "in": the parser gives one for the other when it lacks, with a warning.
    dated = "published" if "published" in raw else "updated" if "updated" in raw else ""
    return Entry(
        guid=_first(raw, "id")[:2_000],
        link=unwrap(link) if link else None,
        title=(title if literal_title else _plain(title, is_rss)).strip()[:MAX_SHORT],
        text=(html_to_text(html) if is_html else html.strip())[:MAX_TEXT],
        author=_author(raw)[:MAX_SHORT],
        language=_language(language, title_detail.get("language"), feed_language),
        date=parse_feed_date(_first(raw, dated), raw.get(f"{dated}_parsed")) if dated else None,
        links=links_in_html(html, link or url) if is_html else (),
        media=tuple(dict.fromkeys(_media(raw, url)))[:50],
    )


def _body(raw: Mapping[str, Any]) -> tuple[str, str, str | None]:
    """The fullest text of an item, its media type and its language."""
    for detail in [*(raw.get("content") or []), raw.get("summary_detail") or {}]:
        value = detail.get("value")
        if isinstance(value, str) and value.strip():
            return value, str(detail.get("type") or "text/html"), detail.get("language")
    return _first(raw, "summary"), "text/html", None


def _plain(text: str, is_rss: bool) -> str:
    # RSS has no way to say whether a title is HTML; most with a tag or an entity left in them are.
    return html_to_text(text) if not is_rss or _MARKUP.search(text) else " ".join(text.split())


def _author(raw: Mapping[str, Any]) -> str:
    detail = raw.get("author_detail") or {}
    name = detail.get("name") or ("" if detail.get("email") else raw.get("author"))
    return " ".join(str(name or "").split())


def _language(*languages: object) -> str | None:
    return next((one[:35] for one in languages if isinstance(one, str) and one), None)


def _media(raw: Mapping[str, Any], url: str) -> Iterator[str]:
    for one in [*(raw.get("media_content") or []), *(raw.get("enclosures") or [])]:
        link = web_address(str(one.get("url") or one.get("href") or ""), url)
        if link:
            yield link


def _first(raw: Mapping[str, Any], name: str) -> str:
    value = raw.get(name)
    return value if isinstance(value, str) else ""


def _ttl(value: object) -> float | None:
    text = str(value or "").strip()
    return int(text) * 60.0 if text.isascii() and text.isdigit() and len(text) < 7 else None


def _original(raw: Mapping[str, Any]) -> bytes:
    # The parser does not keep the item's own bytes: what it understood is kept instead.
    return json.dumps(raw, default=str, ensure_ascii=True).encode()[:_MAX_ORIGINAL]
