"""Quiet hours by the clock on the wall, also where clocks change."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from routing.quiet import QuietSettings, never_free, quiet_until
from routing.schedule_times import wall_time

HARD_ZONES = (
    "America/Montreal",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "Africa/Casablanca",
    "Asia/Kathmandu",
    "America/Sao_Paulo",
)


def quiet(start: str, end: str, days: str = "daily") -> QuietSettings:
    return QuietSettings.model_validate({"from": start, "to": end, "days": days})


FIRST = datetime(2009, 1, 1, tzinfo=UTC)
NIGHT = quiet("22:00", "07:00")


@pytest.mark.parametrize(
    ("at", "until"),
    [
        ("2026-03-14T01:59:00+00:00", None),
        ("2026-03-14T02:00:00+00:00", "2026-03-14T11:00:00+00:00"),
        ("2026-03-08T06:30:00+00:00", "2026-03-08T11:00:00+00:00"),  # this night has one hour less
    ],
)
def test_a_night_in_montreal(at: str, until: str | None) -> None:
    wanted = None if until is None else datetime.fromisoformat(until)
    if at.startswith("2026-03-14T01"):  # ten in the evening is 02:00 UTC once summer time has begun
        assert quiet_until([NIGHT], "America/Montreal", datetime.fromisoformat(at)) is wanted
    else:
        assert quiet_until([NIGHT], "America/Montreal", datetime.fromisoformat(at)) == wanted


def test_quiet_times_that_follow_on_each_other_are_one() -> None:
    both = [quiet("22:00", "24:00", "friday"), quiet("00:00", "10:00", "saturday")]
    friday = datetime(2026, 11, 27, 23, tzinfo=UTC)
    assert quiet_until(both, "UTC", friday) == datetime(2026, 11, 28, 10, tzinfo=UTC)


def test_nobody_is_left_alone_for_ever() -> None:
    assert never_free([quiet("00:00", "24:00")])
    assert never_free([quiet("08:00", "20:00"), quiet("20:00", "08:00")])
    assert not never_free([quiet("00:00", "23:59")])


@pytest.mark.parametrize("changes", [{"from": "25:00"}, {"days": "someday"}, {"to": "7"}])
def test_what_cannot_be_read_is_refused(changes: dict[str, str]) -> None:
    with pytest.raises(ValidationError, match="write"):
        QuietSettings.model_validate({"from": "22:00", "to": "07:00", **changes})


clocks = st.times().map(lambda at: f"{at.hour:02}:{at.minute:02}")


@given(
    zone=st.sampled_from(HARD_ZONES),
    at=st.integers(0, 7_600).map(lambda n: FIRST + n * timedelta(days=1, hours=0.31)),
    start=clocks,
    end=clocks,
)
def test_every_moment_within_the_hours_is_quiet_and_quiet_ends(
    zone: str, at: datetime, start: str, end: str
) -> None:
    one = quiet(start, end)
    until = quiet_until([one], zone, at)
    clock = wall_time(at, ZoneInfo(zone)).strftime("%H:%M")
    within = start <= clock < end if start < end else clock >= start or clock < end
    if within:
        assert until is not None
    if until is not None and start != end:
        assert at < until <= at + timedelta(hours=50)  # Apia once left out a whole day
        assert quiet_until([one], zone, until) is None
