"""A short title for a story, from its first post."""

import re
from itertools import islice

import regex

from monitor.records import Mention

MAX_TITLE = 120  # characters as a reader counts them
MAX_POINTS = 900  # code points: one character can be built of any number of them
_MANUAL_REPOST = re.compile(r"^RT\s+@[\w@.\-]+:?\s*", re.IGNORECASE)
_SENTENCE_END = re.compile(r"[.!?…](?=\s|$)")
_CHARACTER = regex.compile(r"\X")


def story_title(mention: Mention) -> str:
    """The title of the mention or the first sentence of its text, on one line, never cut within a character."""
    if mention.title.strip():
        return cut(" ".join(mention.title.split()))
    start = _MANUAL_REPOST.sub("", mention.text[:2_000].lstrip(), count=1).lstrip()
    first_line = " ".join(start.partition("\n")[0].split())
    end = _SENTENCE_END.search(first_line)
    return cut(first_line[: end.end()] if end else first_line)


def cut(text: str) -> str:
    """At most ``MAX_TITLE`` characters and ``MAX_POINTS`` code points, with an ellipsis where some are missing."""
    if len(text) <= MAX_TITLE:
        return text
    if text.isascii():
        return text[: MAX_TITLE - 1].rstrip() + "…"
    found = islice(_CHARACTER.finditer(text[: MAX_POINTS + 1]), MAX_TITLE)
    ends = [character.end() for character in found]
    if ends[-1] == len(text) <= MAX_POINTS:
        return text
    end = max((end for end in ends[: MAX_TITLE - 1] if end <= MAX_POINTS), default=MAX_POINTS)
    return text[:end].rstrip() + "…"
