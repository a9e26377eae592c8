"""What an auditor looks for in the router's tables: whatever should have moved on and did not. Pure.

A check never asks why; it says what stands still and since when, so that nothing that hides a fault hides it too.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, get_args

Check = Literal[
    "timer_overdue",
    "lease_expired",
    "pending_overdue",
    "result_missing",
    "possibly_lost",
    "chain_stopped",
    "nobody_told",
    "closing_stuck",
    "no_channel",
    "router_silent",
    "canary_late",
    "history_broken",
    "database_away",
]
CHECKS: tuple[Check, ...] = get_args(Check)

TIMER_LATE = timedelta(seconds=60)
LEASE_LATE = timedelta(seconds=30)
PENDING_LATE = timedelta(seconds=120)
AMBIGUOUS_LATE = timedelta(minutes=15)
TOLD_WITHIN = timedelta(seconds=60)
CLOSING_LATE = timedelta(minutes=5)
ROUTER_LATE = timedelta(seconds=60)
CANARY_LATE = timedelta(seconds=60)  # beyond three times its interval


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that stands still. ``subject`` names it, safe to show; ``since`` is when it should have moved."""

    check: Check
    subject: str
    since: datetime | None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class TimerSeen:
    """A part of an open incident. ``next_at`` is the earliest timer, ``ended_early`` an unanswered chain without
    one that never came to its last step."""

    subject: str
    next_at: datetime | None
    ended_early: bool
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class MessageSeen:
    """A message as the outbox has it; ``target_pauses``: a reason to wait that others already tell."""

    subject: str
    state: str
    severity: str
    queued_at: datetime
    due_at: datetime
    sent_at: datetime | None
    lease_until: datetime | None
    reason: str
    target_pauses: bool = False


@dataclass(frozen=True, slots=True)
class ClosingSeen:
    """Somebody who is still to be told that it was answered or is over."""

    subject: str
    state: str
    due_at: datetime
    lease_until: datetime | None
    target_pauses: bool = False


@dataclass(frozen=True, slots=True)
class CanarySeen:
    """``last`` is when a canary last came to its end, or, before the first one, since when one is waited for."""

    every: timedelta
    last: datetime


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The tables at one moment. ``untold``: open incidents without any message, and when they were opened.

    ``unreachable``: who is on call without a target that works. ``router_looked`` None: no router
    ever was at work. ``broken``: chains of the history that do not verify. ``canary`` None: it is off.
    """

    now: datetime
    timers: tuple[TimerSeen, ...] = ()
    messages: tuple[MessageSeen, ...] = ()
    closings: tuple[ClosingSeen, ...] = ()
    untold: tuple[tuple[str, datetime], ...] = ()
    router_looked: datetime | None = None
    unreachable: tuple[tuple[str, str], ...] = ()  # person and rotation
    broken: tuple[tuple[str, str], ...] = ()
    canary: CanarySeen | None = None


def problems_of(seen: Snapshot) -> tuple[Problem, ...]:
    """Everything that stands still, in the order of ``CHECKS``."""
    found = [
        *_of_timers(seen),
        *(problem for one in seen.messages for problem in _of_message(one, seen.now)),
        *(problem for one in seen.closings for problem in _of_closing(one, seen.now)),
        *(Problem("nobody_told", who, at) for who, at in seen.untold if seen.now - at > TOLD_WITHIN),
        *(Problem("no_channel", who, None, f"on call in {where}") for who, where in seen.unreachable),
        *_of_router(seen),
        *_of_canary(seen),
        *(Problem("history_broken", subject, None, detail) for subject, detail in seen.broken),
    ]
    return tuple(sorted(found, key=lambda one: CHECKS.index(one.check)))


def _of_timers(seen: Snapshot) -> Iterator[Problem]:
    for timer in seen.timers:
        if timer.next_at is not None and seen.now - timer.next_at > TIMER_LATE:
            yield Problem("timer_overdue", timer.subject, timer.next_at)
        if timer.ended_early and seen.now - timer.changed_at > TIMER_LATE:
            yield Problem("chain_stopped", timer.subject, timer.changed_at)


def _of_message(one: MessageSeen, now: datetime) -> Iterator[Problem]:
    if one.state == "sending" and one.lease_until is None:
        yield Problem("lease_expired", one.subject, one.queued_at, "sending without a lease")
    elif one.state == "sending" and one.lease_until is not None and now - one.lease_until > LEASE_LATE:
        yield Problem("lease_expired", one.subject, one.lease_until)
    if one.state == "pending" and now - one.due_at > PENDING_LATE and not one.target_pauses:
        yield Problem("pending_overdue", one.subject, one.due_at)
    if one.state == "sent" and one.sent_at is None:
        yield Problem("result_missing", one.subject, one.queued_at, "sent, and nobody knows when")
    if one.state == "failed" and not one.reason:
        yield Problem("result_missing", one.subject, one.queued_at, "failed without a reason")
    if one.state == "ambiguous" and one.severity != "info" and now - one.queued_at > AMBIGUOUS_LATE:
        yield Problem("possibly_lost", one.subject, one.queued_at)


def _of_closing(one: ClosingSeen, now: datetime) -> Iterator[Problem]:
    if one.state == "sending" and (one.lease_until is None or now - one.lease_until > LEASE_LATE):
        yield Problem("closing_stuck", one.subject, one.lease_until or one.due_at)
    if one.state == "pending" and now - one.due_at > CLOSING_LATE and not one.target_pauses:
        yield Problem("closing_stuck", one.subject, one.due_at)


def _of_router(seen: Snapshot) -> Iterator[Problem]:
    if seen.router_looked is None:
        yield Problem("router_silent", "router", None, "no router has ever been at work on this database")
    elif seen.now - seen.router_looked > ROUTER_LATE:
        yield Problem("router_silent", "router", seen.router_looked)


def _of_canary(seen: Snapshot) -> Iterator[Problem]:
    canary = seen.canary
    if canary is not None and seen.now - canary.last > 3 * canary.every + CANARY_LATE:
        yield Problem("canary_late", "canary", canary.last + canary.every)
