"""When somebody gets what was only for their information, in one message. Pure."""

import re
from datetime import datetime, time, timedelta
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator

from monitor.settings import Settings
from routing.schedule_times import first_instant, wall_time

_CLOCK = re.compile(r"([01]?[0-9]|2[0-3]):([0-5][0-9])")
_HOUR = timedelta(hours=1)


def _time_of_day(text: str) -> str:
    if _CLOCK.fullmatch(text) is None:
        raise ValueError(f'{text[:40]!r} is no time of day; write at: "08:00", on the 24-hour clock')
    return text


class DailySettings(Settings):
    """Once a day, at a time of the person's own clock."""

    at: Annotated[str, AfterValidator(_time_of_day)]


DigestSettings = DailySettings | Literal["hourly", "off"]


def next_digest(digest: DigestSettings, time_zone: str, after: datetime) -> datetime | None:
    """The first digest later than ``after``; None: there is none, everything goes at once."""
    if digest == "off":
        return None
    if digest == "hourly":
        return after.replace(minute=0, second=0, microsecond=0) + _HOUR
    zone = ZoneInfo(time_zone)
    today = wall_time(after, zone).date()
    clock = time.fromisoformat(digest.at.zfill(5))
    days = (today + timedelta(days=n) for n in (-1, 0, 1, 2))
    times = (first_instant(datetime.combine(day, clock), zone) for day in days)
    return min(at for at in times if at > after)
