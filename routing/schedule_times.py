"""Local times as instants, also where clocks change. Pure.

One rule for every shift, so that a clock change can make two people be on call, and never nobody: a shift starts
at the *first* and ends at the *last* occurrence of its local time. A local time that is skipped (clocks go
forward) is the first instant after the skipped part. Neither occurrence goes back when the local time goes on.
"""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo


def wall_time(at: datetime, zone: ZoneInfo) -> datetime:
    """What a clock on the wall of ``zone`` shows at the instant ``at`` (aware): a time without a zone."""
    return at.astimezone(zone).replace(tzinfo=None, fold=0)


def first_instant(wall: datetime, zone: ZoneInfo) -> datetime:
    """The UTC instant at which ``wall`` (whole seconds, without a zone) is first shown: where a shift starts."""
    return _instant(wall, zone, fold=0)


def last_instant(wall: datetime, zone: ZoneInfo) -> datetime:
    """The UTC instant at which ``wall`` (whole seconds, without a zone) is last shown: where a shift ends."""
    return _instant(wall, zone, fold=1)


def _instant(wall: datetime, zone: ZoneInfo, *, fold: int) -> datetime:
    at = wall.replace(tzinfo=zone, fold=fold).astimezone(UTC)
    if wall_time(at, zone) == wall:
        return at
    return _after_the_gap(wall, zone)


def _after_the_gap(wall: datetime, zone: ZoneInfo) -> datetime:
    """The instant of the clock change that skips ``wall``. No zone tells it, so it is searched for."""
    one, other = (wall.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    before, after = min(one, other), max(one, other)
    offset = before.astimezone(zone).utcoffset()
    seconds = int((after - before).total_seconds())
    low, high = 0, seconds  # the offset still holds at low, and no more at high
    while high - low > 1:
        middle = (low + high) // 2
        if (before + timedelta(seconds=middle)).astimezone(zone).utcoffset() == offset:
            low = middle
        else:
            high = middle
    return before + timedelta(seconds=high)
