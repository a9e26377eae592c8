"""The shifts of a schedule, and who follows whom."""

from datetime import datetime, timedelta
from itertools import pairwise
from zoneinfo import available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routing.schedule import Override, Schedule, on_call
from routing.schedule_shifts import Shift, gaps, shifts, stretches
from routing.schedule_spans import Span, union
from tests.routing.schedule_samples import (
    BEGIN,
    END,
    HARD_ZONES,
    MINUTE,
    clock_changes,
    instants,
    layer,
    schedules,
    unhurried,
    utc,
)

lengths = st.integers(1, 40 * 1_440).map(lambda minutes: minutes * MINUTE)


def shown(found: tuple[Shift, ...]) -> list[tuple[str, str, str]]:
    return [(f"{one.start:%m-%d %H:%M}", f"{one.end:%m-%d %H:%M}", one.person) for one in found]


def test_shifts_are_whole_also_where_the_question_cuts_them() -> None:
    week = Schedule("r", (layer("ana", "bo", zone="UTC", since="2026-02-02"),))
    assert shown(shifts(week, utc("2026-02-05 00:00"), utc("2026-02-09 09:00"))) == [
        ("02-02 09:00", "02-09 09:00", "ana")
    ]
    assert shifts(week, utc("2026-02-05 00:00"), utc("2026-02-05 00:00")) == ()


def test_restricted_hours_give_a_shift_a_day_and_a_later_layer_cuts_the_earlier() -> None:
    base = layer("ana", zone="UTC", every="day", handover="00:00", since="2026-02-02")
    top = layer("bo", zone="UTC", since="2026-02-02", only=("daily 09:00-17:00",), name="top")
    found = shifts(Schedule("r", (base, top)), utc("2026-02-02 12:00"), utc("2026-02-03 12:00"))
    assert shown(found) == [
        ("02-02 09:00", "02-02 17:00", "bo"),
        ("02-02 17:00", "02-03 00:00", "ana"),
        ("02-03 00:00", "02-03 09:00", "ana"),
        ("02-03 09:00", "02-03 17:00", "bo"),
    ]
    assert [one.layer for one in found] == ["top", "base", "base", "top"]


def test_hours_of_the_evening_before_belong_to_the_turn_that_starts_after_midnight() -> None:
    night = layer(
        "ana",
        "bo",
        zone="UTC",
        every="day",
        handover="00:30",
        since="2026-02-02",
        only=("daily 20:00-06:00",),
    )
    found = shifts(Schedule("r", (night,)), utc("2026-02-03 00:30"), utc("2026-02-03 12:00"))
    assert shown(found) == [("02-03 00:30", "02-03 06:00", "bo")]


def test_overrides_cut_shifts_and_name_themselves() -> None:
    day = layer("ana", "bo", zone="UTC", every="day", handover="00:00", since="2026-02-02")
    alone = Override("cy", utc("2026-02-02 20:00"), utc("2026-02-03 04:00"))
    instead = Override("dee", utc("2026-02-02 12:00"), utc("2026-02-04 00:00"), replaces="ana")
    found = shifts(Schedule("r", (day,), (alone, instead)), utc("2026-02-02 00:00"), utc("2026-02-04 00:00"))
    assert [(*row, one.override) for row, one in zip(shown(found), found, strict=True)] == [
        ("02-02 00:00", "02-02 12:00", "ana", None),
        ("02-02 12:00", "02-02 20:00", "dee", 1),
        ("02-02 20:00", "02-03 04:00", "cy", 0),
        ("02-03 04:00", "02-04 00:00", "bo", None),
    ]


def test_gaps_are_told_with_their_bounds() -> None:
    office = Schedule("r", (layer("ana", zone="UTC", only=("weekdays 08:00-18:00",), since="2026-02-02"),))
    found = gaps(office, utc("2026-02-06 12:00"), utc("2026-02-09 12:00"))
    assert [(one.start, one.end) for one in found] == [(utc("2026-02-06 18:00"), utc("2026-02-09 08:00"))]


@pytest.mark.parametrize(
    ("every", "handover"), [("12 hours", "01:45"), ("day", "00:00"), ("day", "02:15"), ("week", "01:30")]
)
@pytest.mark.parametrize("zone", HARD_ZONES)
def test_every_instant_of_ten_years_is_covered(zone: str, every: str, handover: str) -> None:
    schedule = Schedule("r", (layer("ana", "bo", "cy", zone=zone, every=every, handover=handover),))
    found = shifts(schedule, BEGIN, END)
    covered = union(Span(one.start, one.end) for one in found)
    assert len(covered) == 1
    assert covered[0].start <= BEGIN
    assert covered[0].end >= END


@given(st.sampled_from(sorted(available_timezones())), st.integers(0, 1_439))
@settings(unhurried, max_examples=15)
def test_ten_years_are_covered_in_any_zone(zone: str, minute: int) -> None:
    daily = layer("ana", "bo", zone=zone, every="day", handover=f"{minute // 60:02}:{minute % 60:02}")
    assert len(union(Span(one.start, one.end) for one in shifts(Schedule("r", (daily,)), BEGIN, END))) == 1


@pytest.mark.parametrize("zone", HARD_ZONES)
def test_hours_that_meet_leave_no_gap_around_any_change(zone: str) -> None:
    """Three layers, each with the hours and the days that the others lack."""
    feasts = tuple(str(change.date()) for change in clock_changes(zone)[::2])
    early = layer("ana", zone=zone, only=("daily 01:45-02:15",), off_on=feasts)
    late = layer("bo", zone=zone, only=("daily 02:15-01:45",), off_on=feasts)
    feast = layer("cy", zone=zone, only_on=feasts)
    for change in clock_changes(zone):
        start, end = change - timedelta(days=2), change + timedelta(days=2)
        found = shifts(Schedule("r", (early, late, feast)), start, end)
        (covered,) = union(Span(one.start, one.end) for one in found)
        assert covered.start <= start
        assert covered.end >= end


@given(schedules, instants, lengths, st.data())
@unhurried
def test_agrees_with_who_is_on_call(
    schedule: Schedule, start: datetime, length: timedelta, data: st.DataObject
) -> None:
    found = shifts(schedule, start, start + length)
    edges = [edge for one in found for edge in (one.start, one.end, one.end - MINUTE)]
    inside = [edge for edge in edges if start <= edge < start + length]
    minutes = int(length / MINUTE)
    when = data.draw(
        st.integers(0, minutes - 1).map(lambda n: start + n * MINUTE) | st.sampled_from([start, *inside])
    )
    running = {one.person for one in found if one.start <= when < one.end}
    assert running == set(on_call(schedule, when))


@given(schedules, instants, lengths)
@settings(unhurried, max_examples=50)
def test_stretches_follow_each_other_without_a_break(
    schedule: Schedule, start: datetime, length: timedelta
) -> None:
    found = stretches(schedule, start, start + length)
    assert (found[0].start, found[-1].end) == (start, start + length)
    for one, following in pairwise(found):
        assert one.end == following.start
        assert one.people != following.people
    for one in found:
        for moment in (one.start, one.start + (one.end - one.start) / 2, one.end - timedelta(seconds=1)):
            assert on_call(schedule, moment) == one.people


@given(schedules, instants, lengths, lengths)
@settings(unhurried, max_examples=50)
def test_a_shift_looks_the_same_whatever_is_asked(
    schedule: Schedule, start: datetime, length: timedelta, more: timedelta
) -> None:
    asked = set(shifts(schedule, start, start + length))
    assert asked <= set(shifts(schedule, start - more, start + length + more))
