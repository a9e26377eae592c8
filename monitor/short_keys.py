"""Short keys stand for ids, authors and links where thousands must be remembered in little room.

A key is 64 bits of BLAKE2b: the same on every machine and after every restart. Among 200,000 remembered keys, a
new one is taken for a known one about once in 10^14 times.
"""

import base64
import hashlib
import struct
from collections.abc import Iterable

KEY_SPACE = 2**64


def short_key(kind: str, text: str) -> int:
    """A number from 0 to 2^64 - 1. ``kind`` keeps apart keys of different things with the same text."""
    framed = f"{kind}:{text}".encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.blake2b(framed, digest_size=8).digest(), "big")


def pack_keys(keys: Iterable[int]) -> str:
    """Keys as base64 text, in order; 8 bytes each before encoding."""
    listed = list(keys)
    if not listed:
        return ""
    return base64.b64encode(struct.pack(f">{len(listed)}Q", *listed)).decode("ascii")


def unpack_keys(text: str) -> tuple[int, ...]:
    """The keys of ``pack_keys``. Raises ValueError when the text is not of its making."""
    data = base64.b64decode(text, validate=True)
    if len(data) % 8:
        raise ValueError("packed keys are cut short")
    return struct.unpack(f">{len(data) // 8}Q", data)
