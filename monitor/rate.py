"""How many mentions came in the last 5 and 60 minutes, by the time of the posts themselves.

Counts are kept per minute of the clock, so "the last 5 minutes" are the minute under way and the four before it.
They depend on the set of events only, never on the order in which they came.
"""

from collections.abc import Mapping
from datetime import UTC, datetime

MINUTES = 60
SHORT_MINUTES = 5


def minute_of(time: datetime) -> int:
    """Whole minutes since 1970, UTC."""
    return int(time.timestamp() // 60)


def event_time(created_at: datetime, fetched_at: datetime, now: datetime) -> datetime:
    """When a post really came: sources' clocks run ahead, so never after it was fetched, nor after ``now``."""
    return min(created_at, fetched_at, now).astimezone(UTC)


class Rate:
    """A ring of counts for the last hour: at most 60 numbers, whatever comes."""

    __slots__ = ("_cached_at", "_counts", "_long", "_newest", "_short")

    def __init__(self, counts: Mapping[int, int] | None = None) -> None:
        self._counts = dict(counts or {})
        self._newest = max(self._counts, default=0)
        self._forget_old()
        self._cached_at = -1
        self._short = self._long = 0

    def add(self, at: datetime) -> None:
        """Count one event; what is an hour older than the newest event is left out."""
        minute = minute_of(at)
        if minute <= self._newest - MINUTES:
            return
        self._counts[minute] = self._counts.get(minute, 0) + 1
        if minute > self._newest:
            self._newest = minute
            self._forget_old()
        age = self._cached_at - minute
        if 0 <= age < MINUTES:
            self._long += 1
            self._short += age < SHORT_MINUTES

    def last_5_minutes(self, now: datetime) -> int:
        self._sum_up(minute_of(now))
        return self._short

    def last_60_minutes(self, now: datetime) -> int:
        self._sum_up(minute_of(now))
        return self._long

    def counts(self) -> dict[int, int]:
        """Events by minute since 1970: what ``Rate(counts)`` goes on from."""
        return dict(sorted(self._counts.items()))

    def _sum_up(self, minute: int) -> None:
        if minute == self._cached_at:
            return
        ages = [(minute - at, count) for at, count in self._counts.items()]
        self._long = sum(count for age, count in ages if 0 <= age < MINUTES)
        self._short = sum(count for age, count in ages if 0 <= age < SHORT_MINUTES)
        self._cached_at = minute

    def _forget_old(self) -> None:
        if len(self._counts) > MINUTES or min(self._counts, default=0) <= self._newest - MINUTES:
            oldest = self._newest - MINUTES
            self._counts = {minute: count for minute, count in self._counts.items() if minute > oldest}
