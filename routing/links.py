"""Personal links on pages: signed, expiring, bound to one person, incident, cycle, department and step.

A link is ``base_url/p/TOKEN``; the token is ``base64url(payload) "." base64url(HMAC-SHA256)``. Reading a link
changes nothing; whoever holds it may acknowledge or resolve *its own* incident, as the person it was made for.
"""

import base64
import binascii
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Literal
from urllib.parse import urlsplit

from pydantic import TypeAdapter, ValidationError

from monitor.clock import Clock
from monitor.errors import ConfigErrors, ConfigProblem
from monitor.records import Count, Department, Id
from monitor.secret import read_secret
from routing.settings import LinkSettings

MIN_SECRET_BYTES = 16
MAX_TOKEN = 8_000  # characters
_MAX_LIFE = timedelta(hours=24)

BadLinkReason = Literal["malformed", "forged", "expired"]


@dataclass(frozen=True, slots=True)
class LinkClaims:
    """What a link says: who may answer what until when (aware UTC, whole seconds)."""

    incident: Id
    cycle: Count
    department: Department
    person: Id
    step: Count
    expires: datetime


_CLAIMS = TypeAdapter(LinkClaims)


@dataclass(frozen=True, slots=True)
class BadLink:
    """Why a link is not accepted. All reasons deserve the same answer to the reader."""

    reason: BadLinkReason


@dataclass(frozen=True, slots=True, repr=False)
class _Key:
    id: str
    secret: bytes

    def mac(self, payload: bytes) -> bytes:
        return hmac.digest(self.secret, payload, "sha256")


class LinkSigner:
    """Signs and verifies links. While a secret is being rotated, both secrets verify and the new one signs.

    Raises ConfigErrors when a secret is missing or shorter than 16 bytes, or the base URL is no http(s) URL.
    """

    def __init__(
        self, settings: LinkSettings, clock: Clock, environ: Mapping[str, str] | None = None
    ) -> None:
        self._base_url = settings.base_url.rstrip("/")
        self._valid_for = min(settings.valid_for, _MAX_LIFE)
        self._clock = clock
        self._keys = _read_keys(settings, environ)

    def sign(self, claims: LinkClaims) -> str:
        """The URL of a link. It expires when the claims say, and never later than the configured life."""
        expires = min(claims.expires, self._clock.now() + self._valid_for)
        key = self._keys[0]
        payload = _encode(replace(claims, expires=expires), key.id)
        return f"{self._base_url}/p/{_base64(payload)}.{_base64(key.mac(payload))}"

    def expires(self) -> datetime:
        """When a link signed now expires at the latest."""
        return self._clock.now() + self._valid_for

    def macs(self, purpose: str, payload: bytes) -> tuple[bytes, ...]:
        """32 bytes for each active secret, the new one's first: proof of a payload made for one purpose alone."""
        return tuple(hmac.digest(key.mac(purpose.encode()), payload, "sha256") for key in self._keys)

    def verify(self, token: str) -> LinkClaims | BadLink:
        """The claims of a token (the part after ``/p/``), or why it is not accepted. Never raises."""
        parts = token.split(".") if len(token) <= MAX_TOKEN else []
        decoded = [_from_base64(part) for part in parts]
        if len(decoded) != 2:
            return BadLink("malformed")
        payload, mac = decoded
        if payload is None or mac is None:
            return BadLink("malformed")
        genuine = [hmac.compare_digest(key.mac(payload), mac) for key in self._keys]  # all: constant time
        if not any(genuine):
            return BadLink("forged")
        claims = _decode(payload, self._keys[genuine.index(True)].id)
        if claims is None:
            return BadLink("malformed")
        return claims if self._clock.now() < claims.expires else BadLink("expired")


def _read_keys(settings: LinkSettings, environ: Mapping[str, str] | None) -> tuple[_Key, ...]:
    problems: list[ConfigProblem] = []
    keys: list[_Key] = []
    base = urlsplit(settings.base_url)
    if base.scheme not in {"http", "https"} or not base.hostname:
        problems.append(
            _problem("base_url", "is no http or https URL", "write one such as https://tocsin.example")
        )
    references = {"secret": settings.secret, "previous_secret": settings.previous_secret}
    for field, reference in references.items():
        if reference is None:
            continue
        try:
            secret = read_secret(reference, environ).get_secret_value().encode()
        except ValueError as error:
            problems.append(_problem(field, str(error), ""))
            continue
        if len(secret) < MIN_SECRET_BYTES:
            problems.append(_problem(field, f"is shorter than {MIN_SECRET_BYTES} bytes", "use a random one"))
        keys.append(_Key(hmac.digest(secret, b"tocsin link key id", "sha256").hex()[:8], secret))
    if problems:
        raise ConfigErrors(problems)
    return tuple(keys)


def _problem(field: str, message: str, mend: str) -> ConfigProblem:
    return ConfigProblem("tocsin.yaml", 1, 1, f"routing.links.{field}", message, mend)


def _encode(claims: LinkClaims, key_id: str) -> bytes:
    fields = {
        "k": key_id,
        "i": claims.incident,
        "c": claims.cycle,
        "d": claims.department,
        "p": claims.person,
        "s": claims.step,
        "e": int(claims.expires.timestamp()),
    }
    return json.dumps(fields, separators=(",", ":")).encode()


def _decode(payload: bytes, key_id: str) -> LinkClaims | None:
    try:
        fields: Any = json.loads(payload)
        if fields["k"] != key_id:
            return None
        return _CLAIMS.validate_python(
            {
                "incident": fields["i"],
                "cycle": fields["c"],
                "department": fields["d"],
                "person": fields["p"],
                "step": fields["s"],
                "expires": datetime.fromtimestamp(fields["e"], UTC),
            }
        )
    except (ValueError, KeyError, TypeError, OverflowError, OSError, ValidationError):
        return None


def _base64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def _from_base64(text: str) -> bytes | None:
    try:
        data = base64.urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
    except (ValueError, binascii.Error):
        return None
    return data if _base64(data) == text else None  # one spelling per link: no second one that also verifies
