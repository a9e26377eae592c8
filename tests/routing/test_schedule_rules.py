"""The words in which schedules are written."""

from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.schedule_rules import (
    WEEKDAYS,
    Every,
    Handover,
    Window,
    first_handover,
    parse_every,
    parse_handover,
    parse_window,
)
from tests.routing.schedule_samples import unhurried

H = timedelta(hours=1)


@pytest.mark.parametrize(
    ("text", "every"),
    [
        ("week", Every("week", timedelta(days=7))),
        ("2 weeks", Every("week", timedelta(days=14))),
        ("1 day", Every("day", timedelta(days=1))),
        ("3 Days", Every("day", timedelta(days=3))),
        (" 12  hours ", Every("hour", timedelta(hours=12))),
        ("hour", Every("hour", timedelta(hours=1))),
    ],
)
def test_every(text: str, every: Every) -> None:
    assert parse_every(text) == every


@pytest.mark.parametrize(
    "text", ["", "0 days", "month", "2", "-1 day", "400 days", "9999 weeks", "1.5 hours"]
)
def test_what_is_no_turn(text: str) -> None:
    with pytest.raises(ValueError, match="turn"):
        parse_every(text)


def test_handover() -> None:
    assert parse_handover("09:30") == Handover(None, 9.5 * H)
    assert parse_handover("Friday 17:00") == Handover(4, 17 * H)


@pytest.mark.parametrize(
    "text", ["", "9", "24:00", "09:60", "freitag 09:00", "monday", "monday tuesday 09:00"]
)
def test_what_is_no_handover(text: str) -> None:
    with pytest.raises(ValueError, match="write"):
        parse_handover(text)


@pytest.mark.parametrize(
    ("text", "window"),
    [
        ("monday-friday 08:00-18:00", Window(frozenset(range(5)), 8 * H, 18 * H)),
        ("weekdays 08:00-18:00", Window(frozenset(range(5)), 8 * H, 18 * H)),
        ("saturday, sunday 10:00-16:00", Window(frozenset({5, 6}), 10 * H, 16 * H)),
        ("friday-monday 18:00-08:00", Window(frozenset({4, 5, 6, 0}), 18 * H, 32 * H)),
        ("daily 00:00-24:00", Window(frozenset(range(7)), 0 * H, 24 * H)),
        ("08:00-08:00", Window(frozenset(range(7)), 8 * H, 32 * H)),
        ("weekends 09:15-10:45", Window(frozenset({5, 6}), 9.25 * H, 10.75 * H)),
    ],
)
def test_window(text: str, window: Window) -> None:
    assert parse_window(text) == window


@pytest.mark.parametrize(
    "text", ["", "monday", "monday 08:00", "monday 8-18", "lundi 08:00-18:00", "monday 08:00-25:00"]
)
def test_what_are_no_hours(text: str) -> None:
    with pytest.raises(ValueError, match="write"):
        parse_window(text)


@given(
    since=st.dates(date(2020, 1, 1), date(2030, 1, 1)),
    weekday=st.integers(0, 6),
    minutes=st.integers(0, 1_439),
)
@unhurried
def test_the_first_handover_is_the_first_one_from_that_day_on(
    since: date, weekday: int, minutes: int
) -> None:
    handover = parse_handover(f"{WEEKDAYS[weekday]} {minutes // 60:02}:{minutes % 60:02}")
    first = first_handover(since, parse_every("week"), handover)
    midnight = datetime.combine(since, time.min)
    assert first.weekday() == weekday
    assert timedelta(0) <= first - midnight < timedelta(days=7)
    assert (
        first_handover(since, parse_every("day"), Handover(None, handover.clock)) == midnight + handover.clock
    )
