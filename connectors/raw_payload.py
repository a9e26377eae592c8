"""The payload of a mention as its source gave it, and its SHA-256. Pure.

The hash is that of the kept text in UTF-8, so that anyone can check one against the other. What cannot be kept
(too long, not UTF-8, or the source's ``keep_raw`` is off) leaves the text empty; its hash stays.
"""

import json
from hashlib import sha256
from typing import TypedDict

import orjson

from monitor.records import MAX_RAW, Mention


class RawFields(TypedDict):
    """The two fields of a mention."""

    raw: str
    raw_sha256: str


def raw_fields(payload: bytes, *, keep: bool = True) -> RawFields:
    """What a mention says of the bytes that it was read from."""
    return RawFields(raw=_text(payload) if keep else "", raw_sha256=sha256(payload).hexdigest())


def to_json(item: object) -> bytes:
    """The bytes of a decoded item that came inside a larger document; also of one with broken Unicode."""
    try:
        return orjson.dumps(item)
    except (orjson.JSONEncodeError, RecursionError):
        return json.dumps(item).encode()


def without_raw(mention: Mention) -> Mention:
    """The mention with the payload's hash alone."""
    return mention.model_copy(update={"raw": ""}) if mention.raw else mention


def is_honest(mention: Mention) -> bool:
    """Whether the kept payload is what the hash says; so is a mention without one."""
    return not mention.raw or sha256(mention.raw.encode("utf-8", "replace")).hexdigest() == mention.raw_sha256


def _text(payload: bytes) -> str:
    if len(payload) > 4 * MAX_RAW:  # a character has at most four bytes
        return ""
    try:
        text = payload.decode()
    except UnicodeDecodeError:
        return ""
    return text if len(text) <= MAX_RAW else ""
