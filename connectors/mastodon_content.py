"""The words and links of a Mastodon status: HTML of a stranger as the plain text that a reader sees. Pure."""

import re
from collections.abc import Iterator

from selectolax.lexbor import LexborHTMLParser, LexborNode

from connectors.html_text import MAX_LINKS, html_to_text, web_address
from connectors.loose_json import Json, as_dict, as_list, as_text
from monitor.records import MAX_TEXT, Media

MAX_MEDIA = 20
MAX_OPTIONS = 20

_MEDIA_URLS = ("url", "remote_url", "preview_url")
_MARKED = ("quote-inline", "invisible", "ellipsis")
_ONLY_A_LINK = re.compile(r"RE:\s*https?://\S+", re.IGNORECASE)


def status_text(status: Json) -> str:
    """Warning, text, poll options, link card and descriptions of pictures, one under the other.

    The copy of a quoted post's address at the beginning is left out: the quoted post is not this author's words.
    """
    text = html_to_text(_cleaned(as_text(status.get("content"))))
    parts = [as_text(status.get("spoiler_text")).strip(), text]
    parts += [part for part in _around(status) if part.strip() and part not in text]
    return "\n".join(part for part in parts if part)[:MAX_TEXT]


def status_links(status: Json, base: str) -> tuple[str, ...]:
    """The addresses that the status links to, whole; not those of people and hashtags, nor of a quoted post."""
    body = LexborHTMLParser(_cleaned(as_text(status.get("content")), keep_anchors=True)).body
    found: dict[str, None] = {}
    for node in body.css("a[href]") if body is not None else []:
        if "mention" not in _classes(node):
            found[_address(node, base) or ""] = None
    found[web_address(as_text(as_dict(status.get("card")).get("url"))) or ""] = None
    return tuple(link for link in found if link)[:MAX_LINKS]


def status_media(status: Json) -> tuple[Media, ...]:
    """Pictures, videos and sounds with the descriptions that their author gave."""
    found = []
    for item in _attachments(status):
        url = next(filter(None, (web_address(as_text(item.get(name))) for name in _MEDIA_URLS)), None)
        if url:
            found.append(Media(url=url, alt=as_text(item.get("description"))[:MAX_TEXT]))
    return tuple(found)


def _around(status: Json) -> Iterator[str]:
    for option in as_list(as_dict(status.get("poll")).get("options"))[:MAX_OPTIONS]:
        yield as_text(as_dict(option).get("title"))
    card = as_dict(status.get("card"))
    yield as_text(card.get("title"))
    yield as_text(card.get("description"))
    for item in _attachments(status):
        yield as_text(item.get("description"))[:MAX_TEXT]


def _attachments(status: Json) -> Iterator[Json]:
    for item in as_list(status.get("media_attachments"))[:MAX_MEDIA]:
        yield as_dict(item)


def _cleaned(content: str, *, keep_anchors: bool = False) -> str:
    """HTML without the copy of a quoted address; links whose words are cut or partly hidden become addresses."""
    if not any(mark in content for mark in _MARKED):
        return content
    body = LexborHTMLParser(content).body
    if body is None:
        return content
    for node in body.css(".quote-inline"):
        # Only the copied address goes. Anything more is the author's words, which must not escape the reader.
        if _ONLY_A_LINK.fullmatch(node.text().strip()):
            node.decompose()
    for node in [] if keep_anchors else body.css("a[href]"):
        address = _address(node, "") if node.css_first(".invisible, .ellipsis") else None
        if address:
            node.replace_with(address)
    return body.html or ""


def _address(node: LexborNode, base: str) -> str | None:
    return web_address(node.attributes.get("href") or "", base)


def _classes(node: LexborNode) -> list[str]:
    return (node.attributes.get("class") or "").split()
