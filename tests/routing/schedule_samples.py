"""Schedules and instants for the schedule tests: odd ones, in zones whose clocks change in odd ways."""

from datetime import UTC, date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from hypothesis import settings
from hypothesis import strategies as st

from routing.schedule import Layer, Override, Schedule
from routing.schedule_rules import first_handover, parse_every, parse_handover, parse_window

HARD_ZONES = (
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "Africa/Casablanca",
    "America/St_Johns",
    "America/Montreal",
    "Europe/Dublin",
    "America/Havana",  # clocks change at midnight
    "Antarctica/Casey",  # three hours come twice
)
BEGIN, END = datetime(2020, 1, 1, tzinfo=UTC), datetime(2030, 1, 1, tzinfo=UTC)
TEN_YEARS = int((END - BEGIN).total_seconds()) // 60
MINUTE = timedelta(minutes=1)
unhurried = settings(deadline=None)  # these tests are not about speed, and the machine may be busy
PEOPLE = ("ana", "bo", "cy", "dee")


def layer(
    *people: str,
    zone: str = "America/Montreal",
    every: str = "week",
    handover: str = "09:00",
    since: str = "2019-12-02",
    only: tuple[str, ...] = (),
    off_on: tuple[str, ...] = (),
    only_on: tuple[str, ...] | None = None,
    name: str = "base",
) -> Layer:
    """A layer in the words of the configuration."""
    length = parse_every(every)
    return Layer(
        name=name,
        zone=ZoneInfo(zone),
        people=people,
        first_turn=first_handover(date.fromisoformat(since), length, parse_handover(handover)),
        length=length.length,
        windows=tuple(parse_window(text) for text in only),
        off_on=frozenset(date.fromisoformat(day) for day in off_on),
        only_on=None if only_on is None else frozenset(date.fromisoformat(day) for day in only_on),
    )


def utc(text: str) -> datetime:
    """An instant, written without its zone."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@cache
def clock_changes(zone: str) -> tuple[datetime, ...]:
    """The hours of the ten years within which the clocks of ``zone`` change."""
    place = ZoneInfo(zone)
    days = [BEGIN + timedelta(days=n) for n in range((END - BEGIN).days)]
    changing = (
        day
        for day in days
        if day.astimezone(place).utcoffset() != (day + timedelta(days=1)).astimezone(place).utcoffset()
    )
    hours = (day + timedelta(hours=n) for day in changing for n in range(24))
    return tuple(
        hour
        for hour in hours
        if hour.astimezone(place).utcoffset() != (hour + timedelta(hours=1)).astimezone(place).utcoffset()
    )


any_minute = st.integers(0, TEN_YEARS - 1).map(lambda n: BEGIN + n * MINUTE)
near_a_change = st.builds(
    lambda hour, minutes: hour + minutes * MINUTE,
    st.sampled_from([hour for zone in HARD_ZONES for hour in clock_changes(zone)]),
    st.integers(-8, 16).map(lambda n: 15 * n) | st.integers(-180, 240),
)
instants = any_minute | near_a_change

_times = st.sampled_from(("00:00", "00:30", "01:00", "01:45", "02:00", "02:15", "02:30", "03:00", "09:00"))
_windows = st.sampled_from(
    (
        "weekdays 08:00-18:00",
        "weekends 01:30-02:15",
        "daily 18:00-02:00",
        "sunday 00:00-24:00",
        "saturday-sunday 02:30-02:30",
        "daily 02:00-03:00",
    )
)
_holidays = st.frozensets(
    st.sampled_from(
        [(hour + timedelta(days=n)).date() for hour in clock_changes("America/Havana") for n in (-1, 0, 1)]
    )
    | st.dates(date(2020, 1, 1), date(2029, 12, 31)),
    max_size=5,
)
_people = st.lists(st.sampled_from(PEOPLE), max_size=4).map(tuple)


@st.composite
def layers(draw: st.DrawFn) -> Layer:
    """Any layer, with people who take a turn in place of another."""
    every = parse_every(draw(st.sampled_from(("hour", "7 hours", "day", "3 days", "week", "2 weeks"))))
    handover = parse_handover(draw(_times))
    since = draw(st.dates(date(2019, 11, 1), date(2022, 1, 1)))
    return Layer(
        name=draw(st.sampled_from(("base", "top"))),
        zone=ZoneInfo(draw(st.sampled_from(HARD_ZONES))),
        people=draw(_people),
        first_turn=first_handover(since, every, handover),
        length=every.length,
        windows=tuple(parse_window(text) for text in draw(st.lists(_windows, max_size=2))),
        off_on=draw(_holidays),
        only_on=draw(st.none() | _holidays),
        swapped=draw(st.dictionaries(st.integers(0, 600), st.sampled_from(PEOPLE), max_size=3)),
    )


overrides = st.builds(
    lambda start, minutes, person, replaces: Override(person, start, start + minutes * MINUTE, replaces),
    instants,
    st.integers(1, 30 * 1_440),
    st.sampled_from((*PEOPLE, "eve")),
    st.none() | st.sampled_from(PEOPLE),
)
schedules = st.builds(
    Schedule,
    st.just("any"),
    st.lists(layers(), max_size=3).map(tuple),
    st.lists(overrides, max_size=4).map(tuple),
)
