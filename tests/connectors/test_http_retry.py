from datetime import UTC, datetime
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.http_retry import MAX_WAIT_S, MIN_WAIT_S, full_jitter, parse_retry_after, read_budget

NOW = datetime(2026, 3, 14, 9, 58, 20, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120.0),
        ("2.5", 2.5),
        ("0", 1.0),
        ("999999999999", 900.0),
        ("Sat, 14 Mar 2026 10:00:00 GMT", 100.0),
        ("Sat, 14 Mar 2026 10:00:00", 100.0),
        ("Fri, 13 Mar 2026 10:00:00 GMT", 1.0),
        ("Sat, 14 Mar 2093 10:00:00 GMT", 900.0),
        ("soon", None),
        ("-5", None),
        ("nan", None),
        ("1e9", None),
        ("", None),
        (None, None),
    ],
)
def test_retry_after_is_read_in_every_form_and_clamped(value: str | None, seconds: float | None) -> None:
    assert parse_retry_after(value, NOW) == seconds


@given(st.text(max_size=40))
def test_no_retry_after_breaks_the_reader(value: str) -> None:
    seconds = parse_retry_after(value, NOW)
    assert seconds is None or MIN_WAIT_S <= seconds <= MAX_WAIT_S


@pytest.mark.parametrize(
    ("headers", "remaining", "reset_s"),
    [
        ({"x-ratelimit-remaining": "299", "x-ratelimit-reset": "2026-03-14T10:00:00.000000Z"}, 299.0, 100.0),
        ({"x-ratelimit-remaining": "597.0", "x-ratelimit-reset": "300"}, 597.0, 300.0),
        ({"ratelimit-remaining": "0", "ratelimit-reset": str(int(NOW.timestamp()) + 60)}, 0.0, 60.0),
        ({"x-rate-limit-remaining": "1", "x-rate-limit-reset": str(int(NOW.timestamp()) + 7)}, 1.0, 7.0),
        ({"ratelimit-reset": str((int(NOW.timestamp()) + 60) * 1_000)}, None, 60.0),
        ({"x-ratelimit-remaining": "many", "x-ratelimit-reset": "later"}, None, None),
        ({}, None, None),
    ],
)
def test_rate_headers_of_every_family(
    headers: dict[str, str], remaining: float | None, reset_s: float | None
) -> None:
    budget = read_budget(headers, NOW)
    assert (budget.remaining, budget.reset_s) == (remaining, reset_s)


def test_a_budget_is_spent_below_one_request() -> None:
    assert read_budget({"x-ratelimit-remaining": "0.0"}, NOW).spent
    assert not read_budget({"x-ratelimit-remaining": "1"}, NOW).spent
    assert not read_budget({}, NOW).spent


@given(st.integers(0, 10_000), st.integers(0, 2**32))
def test_back_off_stays_within_its_bounds(attempt: int, seed: int) -> None:
    assert (
        0.0
        <= full_jitter(attempt, Random(seed), base_s=1.0, cap_s=60.0)
        <= min(60.0, 2.0 ** min(attempt, 30))
    )
