"""The words in which schedules are written: how long a turn is, when it is handed over, which hours count. Pure.

Every function raises ValueError that says how to write it instead.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Literal

Unit = Literal["hour", "day", "week"]

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
LONGEST_TURN = timedelta(days=366)

_GROUPS = {"daily": range(7), "weekdays": range(5), "weekends": range(5, 7)}
_UNITS: dict[Unit, timedelta] = {
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
    "week": timedelta(weeks=1),
}
_EVERY = re.compile(r"(?:([0-9]{1,4}) )?(hour|day|week)s?")
_CLOCK = re.compile(r"([0-9]{1,2}):([0-9]{2})")


@dataclass(frozen=True, slots=True)
class Every:
    """How long a turn is, by the clock on the wall."""

    unit: Unit
    length: timedelta


@dataclass(frozen=True, slots=True)
class Handover:
    """When turns change. ``weekday`` counts from Monday = 0; None where no day was named."""

    weekday: int | None
    clock: timedelta  # since midnight


@dataclass(frozen=True, slots=True)
class Window:
    """Hours of certain days. ``end`` may pass 24 hours: the window then ends on the next day."""

    days: frozenset[int]
    start: timedelta
    end: timedelta


def parse_every(text: str) -> Every:
    """``week``, ``2 weeks``, ``day``, ``12 hours``."""
    found = _EVERY.fullmatch(_plain(text))
    if found is None:
        raise ValueError(f"{text[:40]!r} is no length of a turn; write week, 2 weeks, day or 12 hours")
    unit: Unit = "hour" if found[2] == "hour" else "day" if found[2] == "day" else "week"
    length = int(found[1] or 1) * _UNITS[unit]
    if not timedelta(0) < length <= LONGEST_TURN:
        raise ValueError(
            f"a turn of {text[:40]} is not possible; from one hour to {LONGEST_TURN.days} days is"
        )
    return Every(unit, length)


def parse_handover(text: str) -> Handover:
    """``monday 09:00`` or ``09:00``."""
    *day, clock = _plain(text).split(" ")
    if len(day) > 1:
        raise ValueError(f"{text[:40]!r} is no handover; write monday 09:00 or 09:00")
    return Handover(_weekday(day[0]) if day else None, _clock(clock, latest=timedelta(hours=23, minutes=59)))


def parse_window(text: str) -> Window:
    """``monday-friday 08:00-18:00``, ``saturday,sunday 10:00-16:00``, ``18:00-08:00`` (every day)."""
    days, _, hours = _plain(text).replace(", ", ",").rpartition(" ")
    start, dash, end = hours.partition("-")
    if not dash:
        raise ValueError(f"{text[:60]!r} are no hours; write monday-friday 08:00-18:00 or 18:00-08:00")
    opens = _clock(start, latest=timedelta(hours=23, minutes=59))
    closes = _clock(end, latest=timedelta(hours=24))
    overnight = timedelta(days=1) if closes <= opens else timedelta(0)
    return Window(frozenset(_days(days or "daily")), opens, closes + overnight)


def first_handover(since: date, every: Every, handover: Handover) -> datetime:
    """The local time of the first handover on or after ``since``. Weekly turns change on Monday unless told."""
    day = since
    if every.unit == "week":
        day += timedelta(days=((handover.weekday or 0) - since.weekday()) % 7)
    return datetime.combine(day, time.min) + handover.clock


def _plain(text: str) -> str:
    return " ".join(text.lower().split())


def _days(text: str) -> set[int]:
    found: set[int] = set()
    for part in text.split(","):
        if part in _GROUPS:
            found.update(_GROUPS[part])
            continue
        first, dash, last = part.partition("-")
        low = _weekday(first.strip())
        high = _weekday(last.strip()) if dash else low
        found.update((low + n) % 7 for n in range((high - low) % 7 + 1))
    return found


def _weekday(text: str) -> int:
    if text not in WEEKDAYS:
        groups = ", ".join(_GROUPS)
        raise ValueError(f"{text[:40]!r} is no day of the week; write {', '.join(WEEKDAYS)}, or {groups}")
    return WEEKDAYS.index(text)


def _clock(text: str, *, latest: timedelta) -> timedelta:
    found = _CLOCK.fullmatch(text.strip())
    clock = timedelta(hours=int(found[1]), minutes=int(found[2])) if found and int(found[2]) < 60 else None
    if clock is None or clock > latest:
        raise ValueError(f"{text[:40]!r} is no time of day; write it as 09:00, on the 24-hour clock")
    return clock
