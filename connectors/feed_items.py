"""The items of a feed as their own text, cut out of the document. Pure; one pass, whatever the document holds."""

import re

from monitor.records import MAX_RAW

_TAG = re.compile(r"<(/?)((?:[A-Za-z][\w.-]{0,40}:)?(?:item|entry))(?=[\s/>])[^<>]{0,2000}>")
_SKIPPED = (("<![CDATA[", "]]>"), ("<!--", "-->"))  # whatever looks like a tag in there is none


def item_texts(body: bytes, encoding: str, wanted: int) -> tuple[str, ...]:
    """The text of each item in order; none at all unless exactly ``wanted`` of them can be told apart.

    An item that is too long to be kept is empty.
    """
    try:
        text = body.decode("utf-8-sig" if encoding.lower() in {"utf-8", ""} else encoding)
    except (UnicodeDecodeError, LookupError):
        return ()
    found = _cut(text, wanted)
    return tuple(one if len(one) <= MAX_RAW else "" for one in found) if len(found) == wanted else ()


def _cut(text: str, most: int) -> list[str]:
    found: list[str] = []
    start = -1
    for closing, begin, end in _tags(text):
        if not closing:
            if start >= 0:
                return []  # one within another: not what a feed looks like
            start = begin
        elif start >= 0:
            found.append(text[start:end])
            start = -1
            if len(found) > most:
                return []
    return found


def _tags(text: str) -> list[tuple[bool, int, int]]:
    tags: list[tuple[bool, int, int]] = []
    skipped = _skipped(text)
    at = 0
    for match in _TAG.finditer(text):
        while at < len(skipped) and skipped[at][1] <= match.start():
            at += 1
        if at < len(skipped) and skipped[at][0] <= match.start():
            continue
        if not match[0].endswith("/>"):
            tags.append((bool(match[1]), match.start(), match.end()))
    return tags


def _skipped(text: str) -> list[tuple[int, int]]:
    spans: list[tuple[int, int]] = []
    place = 0
    opening = re.compile("|".join(re.escape(start) for start, _ in _SKIPPED))
    while (match := opening.search(text, place)) is not None:
        end = text.find(dict(_SKIPPED)[match[0]], match.end())
        place = len(text) if end < 0 else end
        spans.append((match.start(), place))
    return spans
