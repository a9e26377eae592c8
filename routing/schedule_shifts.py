"""The shifts of a schedule over a length of time, and who follows whom. Pure."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import pairwise

from routing.schedule import (
    DAY,
    Layer,
    Override,
    Schedule,
    days_without,
    on_call,
    turns_between,
    whole_days,
    window_on,
)
from routing.schedule_spans import Span, Spans, difference, intersection, union
from routing.schedule_times import wall_time


@dataclass(frozen=True, slots=True)
class Shift:
    """``person`` is on call from ``start`` up to ``end`` (UTC) without a break.

    ``layer`` and ``turn`` say where it comes from; ``override`` is the number of the override that put the person
    there, None for the person whose turn it is. An override outside any turn has no layer and turn 0.
    """

    start: datetime
    end: datetime
    person: str
    layer: str = ""
    turn: int = 0
    override: int | None = None


@dataclass(frozen=True, slots=True)
class Stretch:
    """The same people are on call from ``start`` up to ``end``; nobody where ``people`` is empty."""

    start: datetime
    end: datetime
    people: tuple[str, ...]


def shifts(schedule: Schedule, start: datetime, end: datetime) -> tuple[Shift, ...]:
    """Every shift that runs at some time from ``start`` up to ``end``, in order of time.

    Each is whole: it starts and ends where it really does, also before ``start`` and after ``end``, so that a
    shift looks the same whichever length of time is asked for.
    """
    if start >= end:
        return ()
    whole = _whole_turns(schedule, Span(start, end))
    found: list[Shift] = []
    for layer in schedule.layers:
        own = list(_of_layer(layer, whole))
        covered = union(Span(one.start, one.end) for one in own)
        found = [*_without(found, covered), *own]
    for number, override in enumerate(schedule.overrides):
        if override.start < whole.end and override.end > whole.start:
            found = _overridden(found, override, number)
    running = (one for one in found if one.start < end and one.end > start)
    return tuple(sorted(running, key=lambda one: (one.start, one.end, one.layer, one.turn, one.person)))


def stretches(schedule: Schedule, start: datetime, end: datetime) -> tuple[Stretch, ...]:
    """From ``start`` to ``end`` without a break: who is on call, with the times at which nobody is."""
    found: list[Stretch] = []
    edges = {start}
    for one in shifts(schedule, start, end):
        edges.update(edge for edge in (one.start, one.end) if start < edge < end)
    ordered = [*sorted(edges), end]
    for here, following in pairwise(ordered):
        people = on_call(schedule, here)
        if found and found[-1].people == people:
            found[-1] = replace(found[-1], end=following)
        else:
            found.append(Stretch(here, following, people))
    return tuple(found)


def gaps(schedule: Schedule, start: datetime, end: datetime) -> tuple[Stretch, ...]:
    """The stretches from ``start`` to ``end`` in which nobody is on call."""
    return tuple(one for one in stretches(schedule, start, end) if not one.people)


def _whole_turns(schedule: Schedule, span: Span) -> Span:
    """``span``, made longer until every turn that runs in it lies in it whole."""
    low, high = span
    for layer in schedule.layers:
        turns = turns_between(layer, *span)
        if layer.people and turns:
            low = min(low, layer.starts(turns[0]))
            high = max(high, layer.ends(turns[-1]))
    return Span(low, high)


def _of_layer(layer: Layer, span: Span) -> Iterator[Shift]:
    """The shifts of a layer as if it were alone."""
    turns = turns_between(layer, *span) if layer.people else range(0)
    if not turns:
        return
    open_hours = _open_hours(layer, Span(layer.starts(turns[0]), layer.ends(turns[-1])))
    for turn in turns:
        for start, end in intersection(union([Span(layer.starts(turn), layer.ends(turn))]), open_hours):
            yield Shift(start, end, layer.person(turn), layer.name, turn)


def _open_hours(layer: Layer, span: Span) -> Spans:
    low = wall_time(span.start, layer.zone).date() - 2 * DAY
    high = wall_time(span.end, layer.zone).date() + 2 * DAY
    hours: Spans = (span,)
    if layer.windows:
        windows = (
            window_on(window, day, layer.zone)
            for day in _days(low, high)
            for window in layer.windows
            if day.weekday() in window.days
        )
        hours = intersection(hours, union(windows))
    if layer.only_on is not None:
        hours = intersection(hours, union(whole_days(layer.only_on, layer.zone, low, high)))
    return difference(hours, union(days_without(layer.off_on, layer.zone, low, high)))


def _days(low: date, high: date) -> Iterator[date]:
    return (low + timedelta(days=n) for n in range((high - low).days + 1))


def _without(found: Iterable[Shift], covered: Spans) -> Iterator[Shift]:
    for one in found:
        for start, end in difference((Span(one.start, one.end),), covered):
            yield replace(one, start=start, end=end)


def _overridden(found: list[Shift], override: Override, number: int) -> list[Shift]:
    span = Span(override.start, override.end)
    concerned = [one for one in found if override.replaces in {None, one.person}]
    others = [one for one in found if override.replaces not in {None, one.person}]
    kept = [*others, *_without(concerned, (span,))]
    if override.replaces is None:
        return [*kept, Shift(span.start, span.end, override.person, override=number)]
    for one in concerned:
        for start, end in intersection((Span(one.start, one.end),), (span,)):
            kept.append(replace(one, start=start, end=end, person=override.person, override=number))
    return kept
