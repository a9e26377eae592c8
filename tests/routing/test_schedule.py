"""Who is on call at a given time."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.schedule import Layer, Override, Schedule, on_call
from tests.routing.schedule_oracle import obviously_on_call
from tests.routing.schedule_samples import (
    MINUTE,
    any_minute,
    instants,
    layer,
    layers,
    overrides,
    schedules,
    unhurried,
    utc,
)


def at(one: Layer, when: str) -> tuple[str, ...]:
    return on_call(Schedule("r", (one,)), utc(when))


def test_weeks_are_handed_over_on_their_day_and_time() -> None:
    week = layer("ana", "bo", handover="tuesday 10:00", since="2026-01-01")
    assert at(week, "2026-01-06 14:59") == ()  # the first turn starts on Tuesday at 10:00 in Montreal
    assert at(week, "2026-01-06 15:00") == ("ana",)
    assert at(week, "2026-01-13 14:59") == ("ana",)
    assert at(week, "2026-01-13 15:00") == ("bo",)
    assert at(week, "2026-07-07 13:59") != at(week, "2026-07-07 14:00")  # still 10:00 in summer
    assert at(week, "2026-01-20 15:00") == ("ana",)


@pytest.mark.parametrize(
    ("every", "turns"),
    [
        ("12 hours", ["ana", "bo", "ana", "bo"]),
        ("day", ["ana", "ana", "bo", "bo"]),
        ("2 days", ["ana", "ana", "ana", "ana"]),
    ],
)
def test_turns_of_several_lengths(every: str, turns: list[str]) -> None:
    one = layer("ana", "bo", zone="UTC", every=every, handover="09:00", since="2026-02-02")
    start = utc("2026-02-02 09:00")
    assert [on_call(Schedule("r", (one,)), start + n * timedelta(hours=12)) for n in range(4)] == [
        (turn,) for turn in turns
    ]


def test_around_a_handover_that_comes_twice_both_are_on_call() -> None:
    night = layer("ana", "bo", every="day", handover="01:30", since="2026-10-31")
    assert at(night, "2026-11-01 05:29") == ("ana",)
    assert at(night, "2026-11-01 05:30") == ("ana", "bo")  # 01:30 for the first time
    assert at(night, "2026-11-01 06:29") == ("ana", "bo")
    assert at(night, "2026-11-01 06:30") == ("bo",)  # 01:30 for the last time


def test_a_handover_when_the_clocks_are_put_back_to_it_comes_twice_too() -> None:
    night = layer("ana", "bo", every="day", handover="01:00", since="2026-10-31")
    people = [at(night, f"2026-11-01 {when}") for when in ("04:59", "05:00", "05:59", "06:00")]
    assert people == [("ana",), ("ana", "bo"), ("ana", "bo"), ("bo",)]


def test_a_handover_that_is_skipped_happens_when_the_clocks_change() -> None:
    night = layer("ana", "bo", every="day", handover="02:30", since="2026-03-07")
    assert at(night, "2026-03-08 06:59") == ("ana",)
    assert at(night, "2026-03-08 07:00") == ("bo",)


def test_a_day_that_never_was_has_a_turn_that_nobody_stands() -> None:
    daily = layer("ana", "bo", "cy", zone="Pacific/Apia", every="day", handover="00:00", since="2011-12-29")
    assert at(daily, "2011-12-30 09:59") == ("ana",)
    assert at(daily, "2011-12-30 10:00") == ("cy",)  # the 30th was skipped, and bo's turn with it


def test_restricted_hours() -> None:
    office = layer("ana", only=("weekdays 08:00-18:00", "saturday 22:00-02:00"), since="2026-01-01")
    assert at(office, "2026-02-02 12:59") == ()
    assert at(office, "2026-02-02 13:00") == ("ana",)
    assert at(office, "2026-02-02 23:00") == ()
    assert at(office, "2026-02-08 06:59") == ("ana",)  # Saturday night until Sunday at 02:00
    assert at(office, "2026-02-08 07:00") == ()


def test_hours_start_at_the_first_and_end_at_the_last_occurrence() -> None:
    hour = layer("ana", only=("sunday 01:15-01:45",), since="2026-01-01")
    on = [minute for minute in range(180) if at(hour, f"2026-11-01 {4 + minute // 60:02}:{minute % 60:02}")]
    assert on == list(range(75, 165))  # 05:15 to 06:45: also between its two occurrences


def test_holidays_switch_layers_off_and_on() -> None:
    usual = layer("ana", off_on=("2026-12-25",), since="2026-01-01")
    feast = layer("bo", only_on=("2026-12-25",), since="2026-01-01", name="feast")
    both = Schedule("r", (usual, feast))
    assert at(usual, "2026-12-25 12:00") == ()
    assert [on_call(both, utc(when)) for when in ("2026-12-25 04:59", "2026-12-25 05:00")] == [
        ("ana",),
        ("bo",),
    ]
    assert [on_call(both, utc(when)) for when in ("2026-12-26 04:59", "2026-12-26 05:00")] == [
        ("bo",),
        ("ana",),
    ]


def test_a_day_off_begins_with_its_last_midnight_and_ends_with_its_first() -> None:
    off = layer("ana", zone="America/Havana", off_on=("2026-11-01",), since="2026-01-01")
    feast = layer("bo", zone="America/Havana", only_on=("2026-11-01",), since="2026-01-01")
    for when, people in (("03:59", ("ana",)), ("04:00", ("ana",)), ("04:59", ("ana",)), ("05:00", ())):
        assert at(off, f"2026-11-01 {when}") == people  # 1 November begins twice, at 04:00 and at 05:00
    assert [at(feast, f"2026-11-01 {when}") for when in ("03:59", "04:00", "05:00")] == [(), ("bo",), ("bo",)]


def test_a_layer_without_people_has_nobody() -> None:
    assert at(layer(), "2026-01-01 12:00") == ()
    assert on_call(Schedule("r", ()), utc("2026-01-01 12:00")) == ()


@given(schedules, instants)
@unhurried
def test_agrees_with_watching_the_clock(schedule: Schedule, when: datetime) -> None:
    assert on_call(schedule, when) == obviously_on_call(schedule, when)


@given(st.lists(layers(), min_size=1, max_size=3), instants)
@unhurried
def test_a_later_layer_overrides_where_it_has_somebody(several: list[Layer], when: datetime) -> None:
    alone = [on_call(Schedule("one", (one,)), when) for one in several]
    expected = next((people for people in reversed(alone) if people), ())
    assert on_call(Schedule("all", tuple(several)), when) == expected


@given(schedules, overrides, st.data())
@unhurried
def test_the_last_override_wins(schedule: Schedule, override: Override, data: st.DataObject) -> None:
    minutes = int((override.end - override.start) / MINUTE)
    when = override.start + data.draw(st.integers(0, minutes - 1)) * MINUTE
    before = on_call(schedule, when)
    after = on_call(Schedule("r", schedule.layers, (*schedule.overrides, override)), when)
    if override.replaces is None:
        assert after == (override.person,)
    else:
        assert set(after) == {override.person if one == override.replaces else one for one in before}


@given(schedules, overrides, any_minute)
@unhurried
def test_an_override_changes_nothing_before_and_after_it(
    schedule: Schedule, override: Override, when: datetime
) -> None:
    longer = Schedule("r", schedule.layers, (*schedule.overrides, override))
    for moment in (override.start - MINUTE, override.end):
        assert on_call(longer, moment) == on_call(schedule, moment)
    if not override.start <= when < override.end:
        assert on_call(longer, when) == on_call(schedule, when)
