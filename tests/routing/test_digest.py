"""When the digest goes."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from routing.digest import DailySettings, next_digest
from tests.routing.test_quiet import FIRST, HARD_ZONES


def test_at_eight_in_montreal() -> None:
    eight = DailySettings(at="8:00")
    night = datetime(2026, 11, 25, 5, tzinfo=UTC)
    assert next_digest(eight, "America/Montreal", night) == datetime(2026, 11, 25, 13, tzinfo=UTC)


def test_every_hour_and_never() -> None:
    at = datetime(2026, 11, 25, 5, 59, 59, tzinfo=UTC)
    assert next_digest("hourly", "UTC", at) == datetime(2026, 11, 25, 6, tzinfo=UTC)
    assert next_digest("off", "UTC", at) is None


def test_a_time_that_cannot_be_read_is_refused() -> None:
    with pytest.raises(ValidationError, match="08:00"):
        DailySettings(at="8")


@given(
    zone=st.sampled_from(HARD_ZONES),
    after=st.integers(0, 7_600).map(lambda n: FIRST + n * timedelta(days=1, hours=0.31)),
    at=st.times().map(lambda at: f"{at.hour:02}:{at.minute:02}"),
)
def test_it_is_never_far(zone: str, after: datetime, at: str) -> None:
    when = next_digest(DailySettings(at=at), zone, after)
    assert when is not None
    assert after < when <= after + timedelta(hours=50)
