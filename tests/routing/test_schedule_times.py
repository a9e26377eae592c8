"""Local times as instants where clocks change."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.schedule_times import first_instant, last_instant, wall_time
from tests.routing.schedule_samples import HARD_ZONES, MINUTE, clock_changes, unhurried

local_times = st.datetimes(datetime.fromisoformat("2020-01-01"), datetime.fromisoformat("2030-01-01"))


def near_a_change(zone: str) -> st.SearchStrategy[datetime]:
    """Local times around the changes of one zone; often those at which the clocks are put back or forward."""
    hours = st.sampled_from(clock_changes(zone)).map(lambda hour: wall_time(hour, ZoneInfo(zone)))
    quarters = st.integers(-8, 12).map(lambda n: 15 * n)
    return st.builds(lambda hour, minutes: hour + minutes * MINUTE, hours, quarters | st.integers(-120, 180))


zoned_times = st.sampled_from(HARD_ZONES).flatmap(
    lambda zone: st.tuples(st.just(ZoneInfo(zone)), local_times | near_a_change(zone))
)


@pytest.mark.parametrize(
    ("zone", "wall", "first", "last"),
    [
        ("America/Montreal", "2026-07-01 09:00", "2026-07-01 13:00", "2026-07-01 13:00"),
        ("America/Montreal", "2026-11-01 01:30", "2026-11-01 05:30", "2026-11-01 06:30"),  # comes twice
        ("America/Montreal", "2026-11-01 01:00", "2026-11-01 05:00", "2026-11-01 06:00"),
        ("America/Montreal", "2026-11-01 02:00", "2026-11-01 07:00", "2026-11-01 07:00"),
        ("America/Havana", "2026-11-01 00:00", "2026-11-01 04:00", "2026-11-01 05:00"),
        ("America/Montreal", "2026-03-08 02:30", "2026-03-08 07:00", "2026-03-08 07:00"),  # skipped
        ("America/Montreal", "2026-03-08 02:00", "2026-03-08 07:00", "2026-03-08 07:00"),
        ("America/Montreal", "2026-03-08 03:00", "2026-03-08 07:00", "2026-03-08 07:00"),
        ("Australia/Lord_Howe", "2026-04-05 01:45", "2026-04-04 14:45", "2026-04-04 15:15"),  # half an hour
        ("Australia/Lord_Howe", "2026-10-04 02:15", "2026-10-03 15:30", "2026-10-03 15:30"),
        ("Africa/Casablanca", "2026-02-15 02:30", "2026-02-15 01:30", "2026-02-15 02:30"),  # before Ramadan
        ("Africa/Casablanca", "2026-03-22 02:15", "2026-03-22 02:00", "2026-03-22 02:00"),
        ("Europe/Dublin", "2026-10-25 01:30", "2026-10-25 00:30", "2026-10-25 01:30"),
        ("Pacific/Apia", "2011-12-30 12:00", "2011-12-30 10:00", "2011-12-30 10:00"),  # a day that never was
        ("America/St_Johns", "2026-03-08 02:01", "2026-03-08 05:30", "2026-03-08 05:30"),
    ],
)
def test_first_and_last_occurrence(zone: str, wall: str, first: str, last: str) -> None:
    local, place = datetime.fromisoformat(wall), ZoneInfo(zone)
    assert first_instant(local, place) == datetime.fromisoformat(first).replace(tzinfo=UTC)
    assert last_instant(local, place) == datetime.fromisoformat(last).replace(tzinfo=UTC)


@given(zoned_times)
@unhurried
def test_first_and_last_are_what_watching_the_clock_shows(zoned: tuple[ZoneInfo, datetime]) -> None:
    """Watches the clock on the wall, minute by minute, around the time that is asked for."""
    zone, wall = zoned[0], zoned[1].replace(second=0, microsecond=0)
    middle = wall.replace(tzinfo=zone).astimezone(UTC)
    minutes = [middle + n * MINUTE for n in range(-240, 241)]
    first = next(at for at in minutes if wall_time(at, zone) >= wall)
    shown = [at for at in minutes if wall_time(at, zone) == wall]
    last = shown[-1] if shown else first
    assert (first_instant(wall, zone), last_instant(wall, zone)) == (first, last)


@given(zoned_times, st.integers(0, 3 * 86_400) | st.integers(0, 4 * 3_600))
@unhurried
def test_instants_do_not_go_back_when_the_local_time_goes_on(
    zoned: tuple[ZoneInfo, datetime], seconds: int
) -> None:
    zone, wall = zoned[0], zoned[1].replace(microsecond=0)
    for find in (first_instant, last_instant):
        assert find(wall, zone) <= find(wall + timedelta(seconds=seconds), zone)
    assert first_instant(wall, zone) <= last_instant(wall, zone)
