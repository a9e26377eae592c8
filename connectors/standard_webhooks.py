"""Signatures of inbound webhooks after the Standard Webhooks specification. Pure; the time is an argument."""

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from pydantic import SecretStr

TOLERANCE_S = 300
MIN_KEY, MAX_KEY = 24, 64  # bytes
_MAX_SIGNATURES = 16
_ID = re.compile(r"[A-Za-z0-9_:/+=-]{1,256}")
_SECONDS = re.compile(r"\d{1,12}")

Refusal = Literal["missing_header", "bad_timestamp", "wrong_signature"]


@dataclass(frozen=True, slots=True)
class Verified:
    """A delivery that was signed with one of our secrets."""

    delivery_id: str


def decode_secret(secret: SecretStr) -> bytes:
    """The key in ``whsec_`` + base64. Raises ValueError that says what is wrong, without the secret."""
    text = secret.get_secret_value().strip()
    if not text.startswith("whsec_"):
        raise ValueError('a webhook secret starts with "whsec_"')
    try:
        key = base64.b64decode(text.removeprefix("whsec_"), validate=True)
    except binascii.Error:
        raise ValueError('what follows "whsec_" in a webhook secret is base64') from None
    if not MIN_KEY <= len(key) <= MAX_KEY:
        raise ValueError(f"a webhook secret holds {MIN_KEY} to {MAX_KEY} random bytes, this one {len(key)}")
    return key


def sign(key: bytes, delivery_id: str, timestamp: str, body: bytes) -> str:
    """The ``v1,...`` signature of a delivery."""
    content = delivery_id.encode() + b"." + timestamp.encode() + b"." + body
    return "v1," + base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode()


def verify(
    headers: Mapping[str, str], body: bytes, keys: Sequence[bytes], now: datetime
) -> Verified | Refusal:
    """Whether a delivery was signed with one of ``keys`` within the tolerance. ``body`` is as it came.

    The same work is done whatever is wrong, and signatures are compared in constant time.
    """
    delivery_id = headers.get("webhook-id", "")
    timestamp = headers.get("webhook-timestamp", "")
    given = headers.get("webhook-signature", "").split(" ")[:_MAX_SIGNATURES]
    is_whole = bool(_ID.fullmatch(delivery_id)) and bool(timestamp) and given != [""]
    is_number = bool(_SECONDS.fullmatch(timestamp))
    is_recent = is_number and abs(now.timestamp() - int(timestamp)) <= TOLERANCE_S
    matches = 0
    for key in keys:
        expected = sign(key, delivery_id[:256], timestamp[:20], body).encode()
        for one in given:
            matches += hmac.compare_digest(expected, one.encode("utf-8", "replace"))
    if not is_whole:
        return "missing_header"
    if not is_recent:
        return "bad_timestamp"
    return Verified(delivery_id) if matches else "wrong_signature"
