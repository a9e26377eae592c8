"""The signature scheme of the Standard Webhooks specification, version ``v1`` (symmetric)."""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Iterable, Mapping

_PREFIX = "whsec_"
_TOLERANCE_S = 300


def decode_secret(secret: str) -> bytes:
    """The key in ``whsec_…``. Raises ValueError that says what is wrong without repeating the secret."""
    try:
        key = base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        raise ValueError('the signing secret is not "whsec_" followed by base64') from None
    if not 24 <= len(key) <= 64:
        raise ValueError(f"the signing secret holds {len(key)} bytes; it needs 24 to 64")
    return key


def sign(key: bytes, message_id: str, timestamp: int, body: bytes) -> str:
    """One ``v1`` signature over id, time of the attempt (Unix seconds) and the very bytes that are sent."""
    signed = f"{message_id}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


def signed_headers(keys: Iterable[bytes], message_id: str, timestamp: int, body: bytes) -> dict[str, str]:
    """The three headers, one signature for each key: two while a secret is being rotated."""
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(sign(key, message_id, timestamp, body) for key in keys),
    }


def is_genuine(key: bytes, headers: Mapping[str, str], body: bytes, now: float) -> bool:
    """What a receiver checks: one signature matches and the attempt is at most five minutes away from ``now``."""
    stamp = headers.get("webhook-timestamp", "")
    if not stamp.isdecimal() or abs(now - int(stamp)) > _TOLERANCE_S:
        return False
    expected = sign(key, headers.get("webhook-id", ""), int(stamp), body)
    given = headers.get("webhook-signature", "").split()
    return any(hmac.compare_digest(expected.encode(), one.encode()) for one in given)
