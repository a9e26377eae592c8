import asyncio
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.clock import ManualClock, SystemClock

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def test_the_system_clock_tells_aware_utc_and_never_goes_back() -> None:
    clock = SystemClock()
    assert clock.now().utcoffset() == timedelta(0)
    assert clock.monotonic() <= clock.monotonic()


async def test_the_system_clock_returns_at_once_for_a_negative_sleep() -> None:
    await asyncio.wait_for(SystemClock().sleep(-5), timeout=60)


@given(st.lists(st.floats(-1_000, 1_000), max_size=8))
def test_a_manual_clock_moves_by_what_it_is_told_and_never_back(steps: list[float]) -> None:
    clock = ManualClock(START)
    for step in steps:
        before = clock.now()
        clock.advance(step)
        assert clock.now() - before == timedelta(seconds=max(0.0, step))
    assert clock.monotonic() == (clock.now() - START).total_seconds()


async def test_sleeping_on_a_manual_clock_moves_it_and_lets_others_run() -> None:
    clock = ManualClock(START)
    ran: list[datetime] = []

    async def other() -> None:
        ran.append(clock.now())

    task = asyncio.create_task(other())
    await clock.sleep(3_600)
    assert clock.now() == START + timedelta(hours=1)
    assert ran == [START + timedelta(hours=1)]
    await task


def test_a_manual_clock_tells_utc_and_wants_an_aware_start() -> None:
    montreal = timezone(timedelta(hours=-5))
    assert ManualClock(datetime(2026, 3, 2, 4, 0, tzinfo=montreal)).now().tzinfo is UTC
    with pytest.raises(ValueError, match="aware"):
        ManualClock(datetime(2026, 3, 2, 9, 0))  # noqa: DTZ001 - a naive start is the case
