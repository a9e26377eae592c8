"""Shifts that have just started, and whom to tell when their person cannot be reached. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from routing.escalate import called, freeze_chain
from routing.schedule import Schedule, on_call
from routing.schedule_build import build_schedule
from routing.schedule_now import now_and_next
from routing.schedule_shifts import Shift, shifts
from routing.settings import RoutingSettings

FARTHEST_BACK = timedelta(days=2)  # after a longer absence nobody needs to hear of what started before
FARTHEST_AHEAD = timedelta(days=35)  # how far the end of a shift is looked for
_INSTANT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class ShiftStart:
    """``person`` came on call in ``rotation`` at ``start`` and stays until ``until`` (UTC)."""

    rotation: str
    person: str
    start: datetime
    until: datetime


def shift_starts(settings: RoutingSettings, since: datetime, now: datetime) -> tuple[ShiftStart, ...]:
    """The shifts that started after ``since``, up to and with ``now`` (aware), and still run.

    Whoever was on call the instant before goes on: a new turn of the same person is no start.
    """
    since = max(since, now - FARTHEST_BACK)
    found: dict[tuple[str, str], ShiftStart] = {}
    for rotation in settings.rotations:
        schedule = build_schedule(rotation, settings.holidays)
        running = on_call(schedule, now)
        for shift in shifts(schedule, since, now + _INSTANT):
            if shift.person not in running or not since < shift.start <= now:
                continue
            if shift.person in on_call(schedule, shift.start - _INSTANT):
                continue
            start = ShiftStart(rotation.id, shift.person, shift.start, _until(schedule, shift, now))
            if start.until > now:
                found[rotation.id, shift.person] = start
    return tuple(found.values())


def others_to_tell(settings: RoutingSettings, start: ShiftStart, now: datetime) -> tuple[str, ...]:
    """Who hears that nobody can reach the person of ``start``, in the order in which they are tried.

    Whoever else is on call in the rotation, then who is next; the later steps of the departments that call the
    rotation; the people of last resort.
    """
    named = dict.fromkeys(
        (*_of_rotation(settings, start, now), *_of_later_steps(settings, start, now), *settings.catch_all)
    )
    people = {person.id for person in settings.people}
    return tuple(one for one in named if one in people and one != start.person)


def _of_rotation(settings: RoutingSettings, start: ShiftStart, now: datetime) -> Iterator[str]:
    for rotation in settings.rotations:
        if rotation.id == start.rotation:
            found = now_and_next(build_schedule(rotation, settings.holidays), now)
            yield from found.people
            yield from found.relief.people if found.relief else ()


def _of_later_steps(settings: RoutingSettings, start: ShiftStart, now: datetime) -> Iterator[str]:
    for department, configured in settings.departments.items():
        chain = configured.policy("warning").chain
        steps = freeze_chain(settings, department, "warning").steps[: len(chain)]
        at = next((number for number, step in enumerate(steps) if start.rotation in step.rotations), None)
        for step in steps[at + 1 :] if at is not None else ():
            yield from called(settings, step, now).people


def _until(schedule: Schedule, shift: Shift, now: datetime) -> datetime:
    """The end of the shift, and of those of the same person that follow without a break."""
    end = shift.end
    for one in shifts(schedule, shift.start, now + FARTHEST_AHEAD):
        if one.person == shift.person and one.start <= end:
            end = max(end, one.end)
    return end
