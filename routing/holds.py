"""Why a message that is wanted must wait, and until when it is decided again. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from routing.digest import next_digest
from routing.inhibit import InhibitSettings, Paged, inhibited_until, inhibitor_awaited_until
from routing.page import Transition
from routing.person_settings import PersonSettings
from routing.quiet import quiet_until
from routing.silences import Silence, silenced_until

HoldReason = Literal["silenced", "inhibited", "quiet_hours", "noise_cap", "digest", "inhibitor_wait"]
HOLD_REASONS: tuple[HoldReason, ...] = (
    "silenced",
    "inhibited",
    "quiet_hours",
    "noise_cap",
    "digest",
    "inhibitor_wait",
)


@dataclass(frozen=True, slots=True)
class Hold:
    """A message is held back for ``reason`` and decided again at ``until``."""

    reason: HoldReason
    until: datetime


@dataclass(frozen=True, slots=True)
class Waiting:
    """A message that is wanted. ``person`` is None for a room, which has no quiet hours."""

    page: Paged
    person: PersonSettings | None
    transition: Transition
    queued_at: datetime


@dataclass(frozen=True, slots=True)
class Context:
    """What holds at one moment for every message: read once."""

    silences: Sequence[Silence] = ()
    rules: Sequence[InhibitSettings] = ()
    inhibitors: Sequence[Paged] = ()


def hold_of(message: Waiting, context: Context, now: datetime) -> Hold | None:
    """Why a message waits; None: it may go. Critical pages wait for nothing but a silence of their own story."""
    if until := silenced_until(context.silences, message.page, now):
        return Hold("silenced", until)
    until = inhibited_until(context.rules, context.inhibitors, message.page, message.queued_at)
    if until is not None and until > now:
        return Hold("inhibited", until)
    until = inhibitor_awaited_until(context.rules, message.page, message.queued_at)
    if until is not None and until > now:
        return Hold("inhibitor_wait", until)
    return _hold_of_person(message, now)


def _hold_of_person(message: Waiting, now: datetime) -> Hold | None:
    person = message.person
    if person is None:
        return None
    informs = message.transition == "informed"
    until = next_digest(person.digest, person.time_zone, message.queued_at) if informs else None
    if until is not None and until > now:
        return Hold("digest", until)
    if message.page.severity == "critical" and not informs:
        return None
    until = quiet_until(person.quiet, person.time_zone, now)
    return None if until is None else Hold("quiet_hours", until)
