from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from monitor.stream.cap import DeadLetterCap

NOW = datetime(2026, 3, 14, 9, tzinfo=UTC)
WINDOW = timedelta(minutes=10)


def test_as_many_as_allowed_pass_and_one_more_does_not() -> None:
    cap = DeadLetterCap(3)
    assert not cap.exceeded(3, NOW)
    assert cap.exceeded(1, NOW + timedelta(minutes=9))


def test_old_dead_letters_are_forgotten() -> None:
    cap = DeadLetterCap(3)
    assert not cap.exceeded(3, NOW)
    assert not cap.exceeded(3, NOW + WINDOW)


@given(st.integers(1, 20), st.lists(st.tuples(st.integers(0, 30), st.integers(0, 900)), max_size=30))
def test_it_is_exceeded_when_the_window_holds_more_than_the_limit(
    limit: int, letters: list[tuple[int, int]]
) -> None:
    cap = DeadLetterCap(limit)
    seen: list[tuple[datetime, int]] = []
    now = NOW
    for count, later in letters:
        now += timedelta(seconds=later)
        seen.append((now, count))
        within = sum(min(counted, limit + 1) for at, counted in seen if now - at < WINDOW)
        assert cap.exceeded(count, now) == (within > limit)
