"""What an answer is bound to: signed tokens on buttons and in addresses, and codes short enough to type.

None of them is stored. A code or a mail token is recognised by computing those of the incidents that its person was
paged about. All are bound to the incident's cycle, so none answers what happens after a reopening.
"""

import base64
import binascii
import hmac
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

from pydantic import TypeAdapter, ValidationError

from monitor.records import Count, Department, Id
from routing.links import LinkSigner

Purpose = Literal["slack", "voice", "status"]

MAIL_TOKEN = 29  # characters, of which lower case alone survives every mail server
_MAC = 16
_HOUR = timedelta(hours=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Bound:
    """An incident's cycle, a department's part in it, and whom or which message a token was made for."""

    incident: Id
    cycle: Count
    department: Department
    subject: Id


_BOUND = TypeAdapter(Bound)


def signed(signer: LinkSigner, purpose: Purpose, bound: Bound, expires: datetime) -> str:
    """A token of about 150 characters, good in a URL, until ``expires`` (aware UTC)."""
    fields = [bound.incident, bound.cycle, bound.department, bound.subject, int(expires.timestamp())]
    payload = json.dumps(fields, separators=(",", ":")).encode()
    return f"{_base64(payload)}.{_base64(signer.macs(purpose, payload)[0][:_MAC])}"


def opened(signer: LinkSigner, purpose: Purpose, token: str, now: datetime) -> Bound | None:
    """What a token is bound to; None when it is not ours, for another purpose, or too old. Never raises."""
    try:
        first, second = token[:2_000].split(".")
        payload, mac = _unbase64(first), _unbase64(second)
        genuine = [hmac.compare_digest(one[:_MAC], mac) for one in signer.macs(purpose, payload)]
        if not any(genuine):
            return None
        incident, cycle, department, subject, expires = json.loads(payload)
        fields = {"incident": incident, "cycle": cycle, "department": department, "subject": subject}
        return _BOUND.validate_python(fields) if now.timestamp() < expires else None
    except (ValueError, TypeError, ValidationError, binascii.Error):
        return None


def sms_codes(signer: LinkSigner, person: str, incident: str, cycle: int) -> tuple[str, ...]:
    """The four digits that acknowledge for one person, one for each active secret, the one to send first."""
    payload = json.dumps([person, incident, cycle]).encode()
    return tuple(f"{int.from_bytes(mac[:8], 'big') % 10_000:04d}" for mac in signer.macs("sms code", payload))


def mail_token(signer: LinkSigner, bound: Bound, expires: datetime) -> str:
    """29 lower-case letters and digits; good until the end of the hour of ``expires``."""
    hour = -((_EPOCH - expires) // _HOUR)
    return next(_mail_tokens(signer, bound, hour))


def mail_token_fits(signer: LinkSigner, bound: Bound, token: str, now: datetime) -> bool:
    """Whether a token was made for exactly this, and is not too old."""
    if len(token) != MAIL_TOKEN or not token.isascii():
        return False
    try:
        hour = int.from_bytes(base64.b32decode(token[:5].upper() + "AAA"), "big") >> 15
    except binascii.Error:
        return False
    fits = [hmac.compare_digest(one, token.lower()) for one in _mail_tokens(signer, bound, hour)]
    return any(fits) and now <= _EPOCH + hour * _HOUR


def _mail_tokens(signer: LinkSigner, bound: Bound, hour: int) -> Iterator[str]:
    hours = base64.b32encode((hour << 15).to_bytes(5, "big"))[:5]
    payload = json.dumps([bound.incident, bound.cycle, bound.department, bound.subject, hour]).encode()
    for mac in signer.macs("mail reply", payload):
        yield (hours + base64.b32encode(mac[:15])).decode().lower()


def _base64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def _unbase64(text: str) -> bytes:
    return base64.urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
