"""Who is on call at a given time. Pure.

A schedule has layers of people who take turns; a later layer overrides the earlier ones where it has somebody, and
overrides of single days come on top, a later one over an earlier one. What happens to local times where clocks
change is said in ``routing.schedule_times``: around a handover two people can be on call, never nobody.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from routing.schedule_rules import Window
from routing.schedule_spans import Span
from routing.schedule_times import first_instant, last_instant, wall_time

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Layer:
    """People who take turns of ``length``, by the clock on the wall, from ``first_turn`` (local time) on.

    Empty ``windows`` mean all hours. On the days ``off_on`` the layer has nobody; with ``only_on`` it has somebody
    on those days alone. ``swapped`` names who takes a turn, counted from 0, instead of whoever it would fall to.
    """

    name: str
    zone: ZoneInfo
    people: tuple[str, ...]
    first_turn: datetime
    length: timedelta
    windows: tuple[Window, ...] = ()
    off_on: frozenset[date] = frozenset()
    only_on: frozenset[date] | None = None
    swapped: Mapping[int, str] = field(default_factory=dict)

    def person(self, turn: int) -> str:
        """Who takes this turn."""
        return self.swapped.get(turn) or self.people[turn % len(self.people)]

    def turn_at(self, wall: datetime) -> int:
        """The number of the turn that a local time falls into; negative before the first one."""
        return (wall - self.first_turn) // self.length

    def starts(self, turn: int) -> datetime:
        """The instant at which a turn starts."""
        return first_instant(self.first_turn + turn * self.length, self.zone)

    def ends(self, turn: int) -> datetime:
        """The instant at which a turn ends: later than the next one starts where its local time comes twice."""
        return last_instant(self.first_turn + (turn + 1) * self.length, self.zone)


@dataclass(frozen=True, slots=True)
class Override:
    """``person`` is on call from ``start`` up to ``end``, alone or where ``replaces`` would be."""

    person: str
    start: datetime
    end: datetime
    replaces: str | None = None


@dataclass(frozen=True, slots=True)
class Schedule:
    """A rotation, ready to be asked."""

    id: str
    layers: tuple[Layer, ...]
    overrides: tuple[Override, ...] = ()


def on_call(schedule: Schedule, at: datetime) -> tuple[str, ...]:
    """The people on call at the instant ``at`` (aware); empty when there is nobody.

    Two at a handover whose local time comes twice: who leaves, then who takes over.
    """
    people: tuple[str, ...] = ()
    for layer in reversed(schedule.layers):
        people = _on_call_in(layer, at)
        if people:
            break
    for override in schedule.overrides:
        if not override.start <= at < override.end:
            continue
        if override.replaces is None:
            people = (override.person,)
        else:
            people = tuple(override.person if one == override.replaces else one for one in people)
    return tuple(dict.fromkeys(people))


def turns_between(layer: Layer, start: datetime, end: datetime) -> range:
    """The turns that run at any instant from ``start`` up to and with ``end``."""
    first = layer.turn_at(wall_time(start, layer.zone))
    while layer.ends(first - 1) > start:
        first -= 1
    last = layer.turn_at(wall_time(end, layer.zone))
    while layer.starts(last + 1) <= end:
        last += 1
    return range(max(0, first), last + 1)


def window_on(window: Window, day: date, zone: ZoneInfo) -> Span:
    """The hours of ``window`` that begin on ``day``."""
    midnight = datetime.combine(day, time.min)
    return Span(first_instant(midnight + window.start, zone), last_instant(midnight + window.end, zone))


def whole_days(days: frozenset[date], zone: ZoneInfo, low: date, high: date) -> Iterator[Span]:
    """Each run of ``days`` from ``low`` to ``high``, from its first midnight to the last occurrence of its last."""
    for first, after in _runs(days, low, high):
        yield Span(first_instant(_midnight(first), zone), last_instant(_midnight(after), zone))


def days_without(days: frozenset[date], zone: ZoneInfo, low: date, high: date) -> Iterator[Span]:
    """Each run of ``days`` as time that is taken away: what ends before it and starts after it overlaps into it."""
    for first, after in _runs(days, low, high):
        yield Span(last_instant(_midnight(first), zone), first_instant(_midnight(after), zone))


def _on_call_in(layer: Layer, at: datetime) -> tuple[str, ...]:
    if not layer.people or not _is_open(layer, at):
        return ()
    return tuple(layer.person(turn) for turn in turns_between(layer, at, at))


def _is_open(layer: Layer, at: datetime) -> bool:
    today = wall_time(at, layer.zone).date()
    around = (today - DAY, today, today + DAY)
    if layer.windows and not any(
        day.weekday() in window.days and _within(window_on(window, day, layer.zone), at)
        for window in layer.windows
        for day in around
    ):
        return False
    if any(_within(span, at) for span in days_without(layer.off_on, layer.zone, *around[::2])):
        return False
    if layer.only_on is None:
        return True
    return any(_within(span, at) for span in whole_days(layer.only_on, layer.zone, *around[::2]))


def _within(span: Span, at: datetime) -> bool:
    return span.start <= at < span.end


def _runs(days: frozenset[date], low: date, high: date) -> Iterator[tuple[date, date]]:
    """Days that follow each other, as the first one and the day after the last; whole runs that touch the bounds."""
    day = low
    while day <= high:
        if day not in days:
            day += DAY
            continue
        first = after = day
        while first - DAY in days:
            first -= DAY
        while after in days:
            after += DAY
        yield first, after
        day = after


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min)
