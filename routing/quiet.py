"""Hours in which a person is left alone, by the clock on the wall of their zone. Pure.

A quiet time starts at the first and ends at the last occurrence of its local time, so that a change of the clocks can
make it longer, and never leaves a hole in the night.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from pydantic import Field, model_validator

from monitor.settings import Settings
from routing.schedule_rules import Window, parse_window
from routing.schedule_times import first_instant, last_instant, wall_time

_WEEK_MINUTES = 7 * 24 * 60
_JOINED = 30  # quiet times that follow on each other without a pause


class QuietSettings(Settings):
    """Quiet from one time of day to another; the days are those on which it begins."""

    days: str = "daily"  # for example monday-friday, weekends, daily
    from_: str = Field(alias="from")
    to: str

    @model_validator(mode="after")
    def _can_be_read(self) -> "QuietSettings":
        parse_window(f"{self.days} {self.from_}-{self.to}")
        return self

    @property
    def window(self) -> Window:
        return parse_window(f"{self.days} {self.from_}-{self.to}")


def never_free(quiet: Iterable[QuietSettings]) -> bool:
    """True when the quiet times leave no minute of the week."""
    minutes: set[int] = set()
    for one in quiet:
        start, end = (int(at.total_seconds()) // 60 for at in (one.window.start, one.window.end))
        for day in one.window.days:
            minutes.update((day * 1440 + minute) % _WEEK_MINUTES for minute in range(start, end))
    return len(minutes) == _WEEK_MINUTES


def quiet_until(quiet: Iterable[QuietSettings], time_zone: str, now: datetime) -> datetime | None:
    """When the quiet time that ``now`` falls into ends, together with those that follow on it; None: not quiet."""
    windows, zone = [one.window for one in quiet], ZoneInfo(time_zone)
    until: datetime | None = None
    for _ in range(_JOINED if windows else 0):
        later = max(_ends(windows, zone, until or now), default=None)
        if later is None:
            break
        until = later
    return until


def _ends(windows: Iterable[Window], zone: ZoneInfo, at: datetime) -> Iterator[datetime]:
    today = wall_time(at, zone).date()
    for window in windows:
        # A clock that goes back can show yesterday again, so tomorrow's start is looked at too.
        for day in (today + timedelta(days=n) for n in (-2, -1, 0, 1)):
            if day.weekday() not in window.days:
                continue
            midnight = datetime.combine(day, time.min)
            end = last_instant(midnight + window.end, zone)
            if first_instant(midnight + window.start, zone) <= at < end:
                yield end
