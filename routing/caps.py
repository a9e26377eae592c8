"""How many messages a person gets within a while, by kind of channel. Pure."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Annotated

from pydantic import Field

from monitor.settings import Settings

CRITICAL_WAIT = timedelta(minutes=1)  # the longest that a cap holds a critical page

_MINUTES = timedelta(minutes=1)


class CapSettings(Settings):
    """At most so many messages within a while."""

    most: Annotated[int, Field(ge=1, le=1_000)]
    per: Annotated[timedelta, Field(ge=timedelta(seconds=10), le=timedelta(hours=24))]


Caps = tuple[CapSettings, ...]

USUAL: Caps = (CapSettings(most=20, per=10 * _MINUTES),)
BY_KIND: Mapping[str, Caps] = {
    "twilio_sms": (CapSettings(most=5, per=15 * _MINUTES), CapSettings(most=11, per=60 * _MINUTES)),
    "twilio_voice": (CapSettings(most=3, per=15 * _MINUTES), CapSettings(most=7, per=60 * _MINUTES)),
    "terminal": (),  # a file or a screen is nobody's phone
}


def caps_of(configured: Mapping[str, Caps], target: str, kind: str) -> Caps:
    """What holds for a target: what is configured for its name, else for its kind, else what is usual."""
    for name in (target, kind):
        if name in configured:
            return configured[name]
    return BY_KIND.get(kind, USUAL)


def free_slots(caps: Caps, sent: Sequence[datetime], now: datetime) -> int | None:
    """How many more messages may go at ``now``, given when earlier ones went; None: any number."""
    free = [cap.most - sum(at > now - cap.per for at in sent) for cap in caps]
    return max(0, min(free)) if free else None


def free_at(caps: Caps, sent: Sequence[datetime], now: datetime) -> datetime:
    """When the next message may go."""
    at = now
    for cap in caps:
        recent = sorted(one for one in sent if one > now - cap.per)
        if len(recent) >= cap.most:
            at = max(at, recent[len(recent) - cap.most] + cap.per)
    return at
