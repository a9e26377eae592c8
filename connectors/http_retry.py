"""When to try again: Retry-After, the sources' own rate headers, and back-off. Pure; the time is an argument."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from random import Random

MIN_WAIT_S = 1.0
MAX_WAIT_S = 900.0  # a source that says "tomorrow" is asked again after a quarter of an hour

_SECONDS = re.compile(r"\d{1,15}(\.\d{1,9})?")
_FAMILIES = ("x-ratelimit-", "ratelimit-", "x-rate-limit-")
_EPOCH = 1_000_000_000  # a reset above this many seconds is a moment, below it is a wait
_EPOCH_MS = 1_000_000_000_000


@dataclass(frozen=True, slots=True)
class RateBudget:
    """Requests left in the source's window, and the seconds until the window starts anew. None: not said."""

    remaining: float | None = None
    reset_s: float | None = None

    @property
    def spent(self) -> bool:
        return self.remaining is not None and self.remaining < 1


def clamp_wait(seconds: float) -> float:
    """A wait between one second and fifteen minutes, whatever the other side asked for."""
    return min(MAX_WAIT_S, max(MIN_WAIT_S, seconds))


def parse_retry_after(value: str | None, now: datetime) -> float | None:
    """Seconds to wait, clamped, from seconds, decimals or an HTTP date; None when missing or junk."""
    text = (value or "").strip()
    if _SECONDS.fullmatch(text):
        return clamp_wait(float(text))
    moment = _http_date(text)
    return None if moment is None else clamp_wait((moment - now).total_seconds())


def read_budget(headers: Mapping[str, str], now: datetime) -> RateBudget:
    """The rate headers of an answer: ``x-ratelimit-*``, ``ratelimit-*`` or ``x-rate-limit-*``.

    The reset may be seconds left, epoch seconds, epoch milliseconds or an ISO timestamp. Junk counts as not said.
    """
    for family in _FAMILIES:
        remaining = _number(headers.get(f"{family}remaining"))
        reset_s = _reset(headers.get(f"{family}reset"), now)
        if remaining is not None or reset_s is not None:
            return RateBudget(remaining, reset_s)
    return RateBudget()


def full_jitter(attempt: int, random: Random, *, base_s: float = 1.0, cap_s: float = 60.0) -> float:
    """A random wait in 0..base·2^attempt seconds (at most ``cap_s``), so that many clients do not return at once.

    ``attempt`` counts from 0.
    """
    return random.uniform(0.0, min(cap_s, base_s * 2.0 ** min(attempt, 30)))


def _number(value: str | None) -> float | None:
    text = (value or "").strip()
    return float(text) if _SECONDS.fullmatch(text) else None


def _reset(value: str | None, now: datetime) -> float | None:
    number = _number(value)
    if number is None:
        moment = _iso(value or "")
        return None if moment is None else clamp_wait((moment - now).total_seconds())
    if number >= _EPOCH_MS:
        number /= 1_000
    return clamp_wait(number - now.timestamp() if number >= _EPOCH else number)


def _iso(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _http_date(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
