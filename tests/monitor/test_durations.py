"""Lengths of time as people write them."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from monitor.durations import LONGEST, Duration, format_duration, parse_duration


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("90s", timedelta(seconds=90)),
        ("5m", timedelta(minutes=5)),
        ("2h", timedelta(hours=2)),
        ("1d", timedelta(days=1)),
        ("1h30m", timedelta(minutes=90)),
        (" 5M ", timedelta(minutes=5)),
        ("0s", timedelta(0)),
    ],
)
def test_reads_what_people_write(text: str, expected: timedelta) -> None:
    assert parse_duration(text) == expected


@pytest.mark.parametrize("text", ["", "5", "m", "-5m", "5 minutes", "1.5h", "30m1h", "5m5m", "٥m", "99999d"])
def test_refuses_everything_else_and_says_what_to_write(text: str) -> None:
    with pytest.raises(ValueError, match=r"length of time: write a number|longer than ten years"):
        parse_duration(text)


@given(st.integers(min_value=0, max_value=int(LONGEST.total_seconds())))
def test_what_is_shown_is_read_back(seconds: int) -> None:
    duration = timedelta(seconds=seconds)
    assert parse_duration(format_duration(duration)) == duration


def test_a_field_takes_words_iso_and_seconds() -> None:
    field: TypeAdapter[timedelta] = TypeAdapter(Duration)
    assert [field.validate_python(v) for v in ("5m", "PT5M", 300)] == [timedelta(minutes=5)] * 3
    with pytest.raises(ValidationError):
        field.validate_python("soon")
