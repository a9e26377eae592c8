"""Who is on call, found the slow and obvious way: by watching the clock on the wall, minute by minute.

A turn has begun once the wall has shown its start or a later time; it runs as long as its end is yet to come.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from routing.schedule import Layer, Schedule

MINUTE = timedelta(minutes=1)
LONGEST_CHANGE = 240  # minutes; no clock of our zones changes by more


@dataclass(frozen=True)
class Watched:
    """What the wall shows now, the latest time that it has shown so far, and the earliest that is yet to come."""

    latest: datetime
    now: datetime
    to_come: datetime

    @classmethod
    def at(cls, at: datetime, layer: Layer) -> "Watched":
        def shown(minutes: int) -> datetime:
            return (at + minutes * MINUTE).astimezone(layer.zone).replace(tzinfo=None, fold=0)

        before = max(shown(-n) for n in range(LONGEST_CHANGE))
        return cls(before, shown(0), min(shown(n) for n in range(1, LONGEST_CHANGE)))

    def will_end(self, end: datetime) -> bool:
        """Whether it has yet to become ``end``, for the first time or once more."""
        return self.now < end or self.to_come <= end

    def may_be_between(self, start: datetime, end: datetime) -> bool:
        """Whether ``start`` has come once, and ``end`` not yet for the last time."""
        return start <= self.latest and self.will_end(end)

    def is_surely_between(self, start: datetime, end: datetime) -> bool:
        """Whether ``start`` has come for the last time, and ``end`` not once."""
        return not self.will_end(start) and self.latest < end


def obviously_on_call(schedule: Schedule, at: datetime) -> tuple[str, ...]:
    """The people on call at ``at``, a whole minute."""
    people: list[str] = []
    for layer in schedule.layers:
        people = _of_layer(layer, at) or people
    for override in schedule.overrides:
        if override.start <= at < override.end:
            if override.replaces is None:
                people = [override.person]
            people = [override.person if one == override.replaces else one for one in people]
    return tuple(one for number, one in enumerate(people) if one not in people[:number])


def _of_layer(layer: Layer, at: datetime) -> list[str]:
    watched = Watched.at(at, layer)
    if not layer.people or not _is_open(layer, watched):
        return []
    earliest = min(watched.now, watched.to_come)
    number = max(0, (earliest - layer.first_turn) // layer.length - 2)
    found = []
    while (start := layer.first_turn + number * layer.length) <= watched.latest:
        if watched.may_be_between(start, start + layer.length):
            found.append(layer.swapped.get(number, layer.people[number % len(layer.people)]))
        number += 1
    return found


def _is_open(layer: Layer, watched: Watched) -> bool:
    days = [watched.now.date() + timedelta(days=n) for n in range(-3, 4)]
    in_hours = not layer.windows or any(
        watched.may_be_between(_midnight(day) + window.start, _midnight(day) + window.end)
        for window in layer.windows
        for day in days
        if day.weekday() in window.days
    )
    off = any(
        watched.is_surely_between(_midnight(first), _midnight(after))
        for first, after in _following(days, layer.off_on)
    )
    on = layer.only_on is None or any(
        watched.may_be_between(_midnight(first), _midnight(after))
        for first, after in _following(days, layer.only_on)
    )
    return in_hours and on and not off


def _following(days: list[date], chosen: Iterable[date]) -> list[tuple[date, date]]:
    """Every way to take chosen days that follow each other: the first one and the day after the last."""
    wanted = set(chosen)
    return [
        (first, after)
        for first in days
        for after in days
        if first < after and all(first + timedelta(days=n) in wanted for n in range((after - first).days))
    ]


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min)
