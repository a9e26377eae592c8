"""Markdown as a chat shows it: what people read, and what of it is live. For the doubles."""

import re

ANY_MARK = re.compile(r"\\([^0-9A-Za-z\s])")
USUAL_MARKS = re.compile(r"\\([\\`*_{}\[\]()#+\-.!|>~])")  # a backslash before any other is shown
_LINK = re.compile(r"!?\[([^\]\n]*)\]\(<?([^)\s>]*)>?\)")
_POINTED = re.compile(r"<(@[!&]?\w+|#\w+|a?:\w+:\d+|https?://[^>\s]*|mailto:[^>\s]*@[^>\s]*)>")
_ADDRESS = re.compile(r"(?i)\b(?:https?|ftp)://[^\s<>|)\]]+|\bwww\.\w[^\s]*")
_MENTION = re.compile(r"(?<![\w.])@\w[\w.-]*")
_MARKS = re.compile(r"(?m)^(?:> |#{1,3} |-# )|\*\*|__|~~|\|\||`+")
_KEPT = 0xE000  # escaped marks travel as private characters while the markup is looked for


def read_markdown(text: str, escaped: re.Pattern[str] = ANY_MARK) -> tuple[str, list[str]]:
    """What is shown, and the targets of links, pictures and mentions that are live in it."""
    hidden = escaped.sub(lambda match: chr(_KEPT + ord(match[1])), text)
    live = [_plain(match[2]) for match in _LINK.finditer(hidden)]
    hidden = _LINK.sub(lambda match: match[1], hidden)
    live += [_plain(match[1]) for match in _POINTED.finditer(hidden)]
    rest = _POINTED.sub("", hidden)
    live += [_plain(match.group()) for pattern in (_ADDRESS, _MENTION) for match in pattern.finditer(rest)]
    return _plain(_MARKS.sub("", _POINTED.sub(lambda match: match[1], hidden))), live


def _plain(text: str) -> str:
    return "".join(chr(ord(one) - _KEPT) if _KEPT <= ord(one) < _KEPT + 128 else one for one in text)
