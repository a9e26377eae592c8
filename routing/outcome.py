"""The five things that can come of sending. A sender returns one of them; it never raises, never a bare bool."""

from dataclasses import dataclass
from typing import Literal

RetryScope = Literal["target", "token", "account"]


@dataclass(frozen=True, slots=True)
class Delivered:
    """The channel said yes in its own way. ``remote_id`` names the message there, ``thread`` its conversation."""

    remote_id: str = ""
    thread: str = ""


@dataclass(frozen=True, slots=True)
class RetryLater:
    """Surely not accepted: try again in ``after_s`` seconds at the earliest."""

    reason: str
    after_s: float
    scope: RetryScope = "target"


@dataclass(frozen=True, slots=True)
class Ambiguous:
    """Bytes left, no usable answer came: it may have arrived."""

    reason: str
    after_s: float = 1.0


@dataclass(frozen=True, slots=True)
class RejectedPayload:
    """This content will never pass: degrade once to a minimal plain message, then fail over."""

    reason: str


@dataclass(frozen=True, slots=True)
class DeadTarget:
    """This target will never pass (revoked, gone, forbidden): fail over at once and tell an operator."""

    reason: str


Outcome = Delivered | RetryLater | Ambiguous | RejectedPayload | DeadTarget
