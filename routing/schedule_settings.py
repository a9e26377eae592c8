"""The ``rotations:`` and ``holidays:`` of the configuration: who takes turns at being on call."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field, NaiveDatetime

from monitor.records import ShortText
from monitor.settings import Name, Settings
from routing.schedule_rules import parse_every, parse_handover, parse_window
from routing.schedule_times import first_instant, last_instant
from routing.time_zone import TimeZone

FIRST_YEAR, LAST_YEAR = 2000, 2100


def _written(parse: Callable[[str], object]) -> AfterValidator:
    """Keeps the text as it was written, once it can be read."""

    def checked(text: str) -> str:
        parse(text)
        return text

    return AfterValidator(checked)


def _near(value: date) -> date:
    if not FIRST_YEAR <= value.year < LAST_YEAR:
        raise ValueError(f"the year {value.year} is not between {FIRST_YEAR} and {LAST_YEAR}")
    return value


Day = Annotated[date, AfterValidator(_near)]
Moment = Annotated[
    datetime, AfterValidator(_near)
]  # local to the rotation unless it says its distance to UTC
LocalMoment = Annotated[NaiveDatetime, AfterValidator(_near)]
Holidays = dict[Name, Annotated[tuple[Day, ...], Field(max_length=2_000)]]


class LayerSettings(Settings):
    """People who take turns. Where a later layer has somebody, it overrides the earlier ones."""

    name: Name = "base"
    people: Annotated[tuple[Name, ...], Field(max_length=200)] = ()
    every: Annotated[str, _written(parse_every)] = "week"
    handover: Annotated[str, _written(parse_handover)] = (
        "09:00"  # weekly turns: on Monday unless a day is named
    )
    since: Day | None = None  # the first person's first turn starts with the first handover from this day on
    only: Annotated[tuple[Annotated[str, _written(parse_window)], ...], Field(max_length=50)] = ()
    time_zone: TimeZone | None = None  # where it is not the rotation's
    off_on: tuple[Name, ...] = ()  # lists of holidays on which this layer has nobody
    only_on: tuple[Name, ...] = ()  # lists of holidays; on all other days this layer has nobody


class OverrideSettings(Settings):
    """Somebody is on call from ``start`` to ``end``: alone, or in place of one person where that one would be."""

    person: Name
    start: Moment
    end: Moment
    replaces: Name | None = None
    note: ShortText = ""


class SwapSettings(Settings):
    """Two turns of a layer are exchanged; each is named by any local time within it."""

    turns: tuple[LocalMoment, LocalMoment]
    layer: Name | None = None  # needed only where there are several


class RotationSettings(Settings):
    """Who is on call when, for a step of a department's chain to name."""

    id: Name
    name: ShortText = ""
    time_zone: TimeZone = "UTC"
    layers: Annotated[tuple[LayerSettings, ...], Field(max_length=20)] = ()
    overrides: Annotated[tuple[OverrideSettings, ...], Field(max_length=1_000)] = ()
    swaps: Annotated[tuple[SwapSettings, ...], Field(max_length=1_000)] = ()
    gaps_are_meant: bool = False  # tocsin check says nothing of hours without anybody

    @property
    def title(self) -> str:
        """What people call the rotation."""
        return self.name or self.id


def starting(moment: datetime, zone: str) -> datetime:
    """The UTC instant at which something written as ``moment`` starts: the first one, where there are two."""
    return first_instant(moment, ZoneInfo(zone)) if moment.tzinfo is None else moment.astimezone(UTC)


def ending(moment: datetime, zone: str) -> datetime:
    """The UTC instant at which something written as ``moment`` ends: the last one, where there are two."""
    return last_instant(moment, ZoneInfo(zone)) if moment.tzinfo is None else moment.astimezone(UTC)
