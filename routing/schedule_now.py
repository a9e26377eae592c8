"""Who is on call now, until when, and who is next; and what should be known of a rotation beforehand. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from monitor.errors import ConfigProblem
from monitor.yaml_document import Document
from routing.schedule import Schedule, on_call
from routing.schedule_build import build_schedule
from routing.schedule_settings import RotationSettings
from routing.schedule_shifts import Stretch, gaps, stretches
from routing.schedule_times import wall_time
from routing.settings import RoutingSettings

HORIZON = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class NowAndNext:
    """``people`` are on call until ``until``; ``next`` is the first stretch after it with somebody, ``relief`` the
    first one with somebody else.

    Each is None where nothing changes, or nobody comes, within ``HORIZON``.
    """

    people: tuple[str, ...]
    until: datetime | None
    next: Stretch | None
    relief: Stretch | None


def now_and_next(schedule: Schedule, at: datetime) -> NowAndNext:
    """Who is on call at ``at`` (aware), and what follows within ``HORIZON``."""
    _, *later = stretches(schedule, at, at + HORIZON)
    until = later[0].start if later else None
    people = on_call(schedule, at)
    following = next((one for one in later if one.people), None)
    relief = next((one for one in later if set(one.people) - set(people)), None)
    return NowAndNext(people, until, following, relief)


def nobody_ever(document: Document, settings: RoutingSettings, now: datetime) -> tuple[ConfigProblem, ...]:
    """A problem for every rotation that has nobody on call in all of ``HORIZON`` from ``now``."""
    message = f"nobody is on call in the next {HORIZON.days} days"
    return tuple(
        _problem(document, number, message, "add people to its layers, or look at since and holidays")
        for number, _, found in _gaps(settings, now)
        if [one.end - one.start for one in found] == [HORIZON]
    )


def gaps_ahead(document: Document, settings: RoutingSettings, now: datetime) -> tuple[ConfigProblem, ...]:
    """A problem for every rotation that has nobody for a part of ``HORIZON``, unless its gaps are meant."""
    problems = []
    for number, rotation, found in _gaps(settings, now):
        if rotation.gaps_are_meant or not found or found[0].end - found[0].start == HORIZON:
            continue
        more = f", and {len(found) - 1} times more" if len(found) > 1 else ""
        message = f"nobody is on call {_shown(found[0], rotation)}{more}, in the next {HORIZON.days} days"
        mend = "the next step comes at once then; fill the hours, or write gaps_are_meant: true"
        problems.append(_problem(document, number, message, mend))
    return tuple(problems)


def _gaps(
    settings: RoutingSettings, now: datetime
) -> Iterator[tuple[int, RotationSettings, tuple[Stretch, ...]]]:
    for number, rotation in enumerate(settings.rotations):
        schedule = build_schedule(rotation, settings.holidays)
        yield number, rotation, gaps(schedule, now, now + HORIZON)


def _problem(document: Document, number: int, message: str, mend: str) -> ConfigProblem:
    return document.problem(("routing", "rotations", number), message, mend)


def _shown(gap: Stretch, rotation: RotationSettings) -> str:
    zone = ZoneInfo(rotation.time_zone)
    start, end = (f"{wall_time(at, zone):%Y-%m-%d %H:%M}" for at in (gap.start, gap.end))
    return f"from {start} to {end} ({rotation.time_zone})"
