"""HTML of strangers as plain text: parsed first, entities decoded once, hidden parts dropped. Pure."""

import re
from itertools import islice
from urllib.parse import urljoin, urlsplit

from selectolax.lexbor import LexborHTMLParser, LexborNode

from monitor.records import MAX_TEXT, MAX_URL

MAX_HTML = 400_000  # characters; ten times the longest text kept
MAX_TAGS = 6_000  # what follows is cut: deep nesting makes parsers slow
MAX_LINKS = 100

_HIDDEN = frozenset("""
    script style template noscript iframe object embed svg math head title select textarea audio video
""".split())  # fmt: skip
_BLOCKS = frozenset("""
    address article aside blockquote br dd details div dl dt fieldset figcaption figure footer form h1 h2 h3 h4
    h5 h6 header hr li main nav ol p pre section summary table tr ul
""".split())  # fmt: skip
_SPACE = re.compile(r"[^\S\n]+")
_BREAKS = re.compile(r" *\n[ \n]*")
_INVISIBLE = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)


def html_to_text(html: str) -> str:
    """What a reader sees of ``html``: block elements start a new line, runs of space become one space.

    Literal text such as ``&amp;amp;`` comes out as ``&amp;``. At most MAX_TEXT characters are given back.
    """
    pieces: list[str] = []
    size = 0
    stack: list[LexborNode | str] = [*_roots(html)]
    while stack and size <= 2 * MAX_TEXT:
        node = stack.pop()
        piece = node if isinstance(node, str) else _own_text(node)
        if piece:
            pieces.append(piece)
            size += len(piece)
        if not isinstance(node, str) and not _is_hidden(node):
            _push_children(stack, node)
    text = _BREAKS.sub("\n", _SPACE.sub(" ", "".join(pieces)))
    return text.strip()[:MAX_TEXT]


def links_in_html(html: str, base: str = "") -> tuple[str, ...]:
    """The web addresses that ``html`` links to, in order, each once, at most 100. Relative ones start at ``base``."""
    found: dict[str, None] = {}
    for root in _roots(html):
        for node in root.css("a[href]"):
            link = web_address(node.attributes.get("href") or "", base)
            if link and len(found) < MAX_LINKS:
                found[link] = None
    return tuple(found)


def web_address(link: str, base: str = "") -> str | None:
    """``link`` as an absolute http(s) address of bearable length, or None."""
    try:
        absolute = urljoin(base, link.strip())
        parts = urlsplit(absolute)
    except ValueError:
        return None
    usable = parts.scheme in {"http", "https"} and parts.hostname and len(absolute) <= MAX_URL
    return absolute if usable else None


def _roots(html: str) -> list[LexborNode]:
    html = html[:MAX_HTML]
    too_many = next(islice(re.finditer("<", html), MAX_TAGS, None), None)
    body = LexborHTMLParser(html[: too_many.start()] if too_many else html).body if html else None
    return [body] if body is not None else []


def _push_children(stack: list[LexborNode | str], node: LexborNode) -> None:
    is_block = node.tag in _BLOCKS
    if is_block:
        stack.append("\n")  # comes out after the children
    stack.extend(reversed(list(node.iter(include_text=True))))
    if is_block:
        stack.append("\n")


def _own_text(node: LexborNode) -> str:
    if node.tag == "-text":
        return (node.text_content or "").replace("\n", " ")
    if node.tag == "img":
        attributes = node.attributes
        # Blogs replace emoji by pictures; the emoji itself is in the alternative text.
        return (attributes.get("alt") or "")[:10] if "emoji" in (attributes.get("class") or "") else ""
    return " " if node.tag in {"td", "th"} else ""


def _is_hidden(node: LexborNode) -> bool:
    tag = node.tag or ""
    if tag in _HIDDEN or tag.startswith("-"):
        return True
    attributes = node.attributes
    return "hidden" in attributes or bool(_INVISIBLE.search(attributes.get("style") or ""))
