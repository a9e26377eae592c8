"""Leaves a target alone that asked for a pause, or that fails again and again. Pure."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from routing.outcome import Ambiguous, DeadTarget, Delivered, Outcome, RetryLater

TOLERATED = 2  # failures in a row; from the next one on a target gets a pause, and each is twice the last
FIRST_PAUSE_S = 5.0
LONGEST_PAUSE_S = 60.0  # a target that works again is noticed within a minute
LONGEST_WISH_S = 900.0
DEAD = "dead: "  # begins the reason of a target that refused for good, such as a revoked token


@dataclass(frozen=True, slots=True)
class TargetHealth:
    """How a target has answered lately. ``failures`` counts those in a row."""

    failures: int = 0
    paused_until: datetime | None = None
    reason: str = ""

    def is_paused(self, now: datetime) -> bool:
        """True while nothing may be sent to the target."""
        return self.paused_until is not None and self.paused_until > now

    @property
    def is_dead(self) -> bool:
        """True from when the target refused for good until it is known to take messages again."""
        return self.reason.startswith(DEAD) and self.failures > 0


def after_outcome(health: TargetHealth, outcome: Outcome, now: datetime) -> TargetHealth:
    """The target's health after one attempt. An answer about the content says nothing about the target."""
    match outcome:
        case Delivered() if health.is_dead:
            return TargetHealth()  # mended: nobody asked for this pause
        case Delivered():
            # A pause stays: what was accepted had left before somebody else was told to wait.
            return replace(health, failures=0)
        case RetryLater(reason=reason, after_s=after_s):
            return _failed(health, reason, min(max(after_s, 0.0), LONGEST_WISH_S), now)
        case Ambiguous(reason=reason):
            return _failed(health, reason, 0.0, now)
        case DeadTarget(reason=reason):
            return _dead(health, reason, now)
        case _:
            return health


def pause_s(failures: int) -> float:
    """Seconds of pause after so many failures in a row."""
    beyond = failures - TOLERATED
    return min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2.0 ** min(beyond - 1, 10)) if beyond > 0 else 0.0


def _failed(health: TargetHealth, reason: str, wish_s: float, now: datetime) -> TargetHealth:
    # Attempts that ran at once and failed together are one failure: the first of them started the pause.
    failures = health.failures if health.is_paused(now) else health.failures + 1
    until = now + timedelta(seconds=max(wish_s, pause_s(failures)))
    if health.paused_until is not None:
        until = max(until, health.paused_until)
    return TargetHealth(failures, until, reason[:500])


def _dead(health: TargetHealth, reason: str, now: datetime) -> TargetHealth:
    """The longest pause at once: worth another target, and over soon enough to see that it was mended."""
    failures = max(health.failures, TOLERATED)
    until = now + timedelta(seconds=LONGEST_PAUSE_S)
    if health.paused_until is not None and health.paused_until > until:
        return replace(health, failures=failures)  # the pause that the target itself asked for stays
    return TargetHealth(failures, until, f"{DEAD}{reason}"[:500])
