"""Calendar events as overrides of rotations, in the words of the configuration. Pure."""

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from monitor.errors import ConfigErrors, ConfigProblem
from routing.ical_reading import ReadEvent, Refused
from routing.schedule_settings import LAST_YEAR, RotationSettings, ending, starting
from routing.schedule_times import wall_time
from routing.settings import RoutingSettings

_NOTE = re.compile(r"\s*\([^()]*\)$")  # what follows a name in a title: Ana (holidays)


class Imported(NamedTuple):
    """Somebody is on call for a rotation from ``start`` up to ``end`` (UTC)."""

    rotation: str
    start: datetime
    end: datetime
    person: str


def overrides_of(
    events: Sequence[ReadEvent], settings: RoutingSettings, file: str, rotation: str | None = None
) -> tuple[Imported, ...]:
    """The overrides that the configuration does not have yet, in order of time.

    ``rotation`` is meant where an event names none. Raises ConfigErrors with the line of every event that names
    nobody, no rotation, or no time.
    """
    found: set[Imported] = set()
    problems: list[ConfigProblem] = []
    for event in events:
        try:
            found.add(_imported(event, settings, rotation))
        except Refused as error:
            problems.append(ConfigProblem(file, error.line, 1, "", str(error)))
    if problems:
        raise ConfigErrors(problems)
    return tuple(sorted(found - set(_configured(settings))))


def as_yaml(rotation: RotationSettings, overrides: Sequence[Imported]) -> str:
    """Lines to put under the rotation's ``overrides:``; local times unless those would say something else."""
    zone = rotation.time_zone
    lines = []
    for one in overrides:
        start, end = (wall_time(at, ZoneInfo(zone)) for at in (one.start, one.end))
        lines += [
            f"- person: {one.person}",
            f"  start: {_shown(start) if starting(start, zone) == one.start else _told(one.start)}",
            f"  end: {_shown(end) if ending(end, zone) == one.end else _told(one.end)}",
        ]
    return "".join(f"{line}\n" for line in lines)


def _imported(event: ReadEvent, settings: RoutingSettings, rotation: str | None) -> Imported:
    known = {one.id: one for one in settings.rotations}
    named = event.rotation or rotation or ("" if len(known) != 1 else next(iter(known)))
    if not named:
        raise Refused(
            event.line, f"the event names no rotation; say which with --rotation: {', '.join(known)}"
        )
    if named not in known:
        raise Refused(
            event.line, f"there is no rotation called {named[:60]!r}; there are: {', '.join(known)}"
        )
    start, end = event.span(known[named].time_zone)
    if not start < end or end.year >= LAST_YEAR:
        raise Refused(event.line, "the event does not end after it starts; mend DTEND or DURATION")
    return Imported(named, start, end, _person(event, settings))


def _person(event: ReadEvent, settings: RoutingSettings) -> str:
    ids = {person.id for person in settings.people}
    if event.person in ids:
        return event.person
    titles = {event.summary.casefold(), _NOTE.sub("", event.summary).casefold()}
    meant = [one.id for one in settings.people if titles & {one.id.casefold(), one.name.casefold()}]
    if len(meant) == 1:
        return meant[0]
    who = "names nobody" if not meant else f"may mean {' or '.join(meant)}"
    raise Refused(
        event.line, f"the title {event.summary[:60]!r} {who}; write the id or the name of one person"
    )


def _configured(settings: RoutingSettings) -> Iterator[Imported]:
    for one in settings.rotations:
        for override in one.overrides:
            if override.replaces is None:
                start, end = starting(override.start, one.time_zone), ending(override.end, one.time_zone)
                yield Imported(one.id, start, end, override.person)


def _shown(local: datetime) -> str:
    return local.isoformat(" ", "minutes" if not local.second else "seconds")


def _told(at: datetime) -> str:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")
