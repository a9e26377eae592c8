"""What comes alive in text that a service shows with its addresses as links: for the doubles."""

import re

_ADDRESS = re.compile(r"(?i)\b(?:https?|ftp)://[^\s\"'<>|)\]]+|\bmailto:[^\s@]+@\w+\.\w+|\bwww\.\w[^\s]*")
_TAG = re.compile(r"<[a-zA-Z/!][^>]*>?")


def addresses_in(text: str) -> list[str]:
    """Every address in a text that a service would make a link of."""
    return _ADDRESS.findall(text)


def tags_in(text: str) -> list[str]:
    """Everything in a text that a browser would take for a tag."""
    return _TAG.findall(text)
