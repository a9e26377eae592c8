"""Decoded JSON of strangers, where every field may be missing or of another type. Pure."""

from typing import Any

Json = dict[str, Any]

LONGEST = 400_000  # characters of one text; ten times what is kept of it


def as_dict(value: object) -> Json:
    """``value`` when it is a JSON object, an empty one otherwise."""
    return value if isinstance(value, dict) else {}


def as_list(value: object) -> list[Any]:
    """``value`` when it is a JSON list, an empty one otherwise."""
    return value if isinstance(value, list) else []


def as_text(value: object) -> str:
    """``value`` when it is text, cut to a bearable length; nothing otherwise."""
    return value[:LONGEST] if isinstance(value, str) else ""
