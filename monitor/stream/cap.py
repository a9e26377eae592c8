"""A cap on dead letters: when nearly everything is rejected, the fault is ours and the worker must stop."""

from collections import deque
from datetime import datetime, timedelta


class DeadLetterCap:
    """At most ``limit`` dead letters within ``window``; one more means stop."""

    def __init__(self, limit: int, window: timedelta = timedelta(minutes=10)) -> None:
        self._limit = limit
        self._window = window
        self._times: deque[datetime] = deque()

    def exceeded(self, count: int, now: datetime) -> bool:
        """Count ``count`` more dead letters at ``now``; True when the cap is passed."""
        self._times.extend([now] * min(count, self._limit + 1))
        while self._times and now - self._times[0] >= self._window:
            self._times.popleft()
        return len(self._times) > self._limit
