from datetime import UTC, datetime, timedelta
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from monitor.rate import MINUTES, Rate, event_time, minute_of

NOW = datetime(2026, 3, 2, 9, 30, 20, tzinfo=UTC)

seconds_ago = st.lists(st.integers(0, 3 * 3_600), max_size=60)


def at(seconds: int) -> datetime:
    return NOW - timedelta(seconds=seconds)


def counted(ago: list[int]) -> Rate:
    rate = Rate()
    for seconds in ago:
        rate.add(at(seconds))
    return rate


@given(seconds_ago)
def test_counts_are_those_of_a_plain_count(ago: list[int]) -> None:
    rate = counted(ago)
    ages = [minute_of(NOW) - minute_of(at(seconds)) for seconds in ago]
    assert rate.last_5_minutes(NOW) == sum(age < 5 for age in ages)
    assert rate.last_60_minutes(NOW) == sum(age < 60 for age in ages)


@given(seconds_ago, st.randoms(use_true_random=False))
def test_the_order_of_arrival_does_not_matter(ago: list[int], random: Random) -> None:
    shuffled = list(ago)
    random.shuffle(shuffled)
    assert counted(ago).counts() == counted(shuffled).counts()


@given(seconds_ago, st.integers(0, 7_200))
def test_counting_goes_on_from_what_was_kept(ago: list[int], later: int) -> None:
    rate = counted(ago)
    again = Rate(rate.counts())
    for one in (rate, again):
        one.add(NOW)
    then = NOW + timedelta(seconds=later)
    assert again.counts() == rate.counts()
    assert again.last_60_minutes(then) == rate.last_60_minutes(then)


@given(st.lists(st.integers(0, 100_000), max_size=300))
def test_memory_is_bounded(ago: list[int]) -> None:
    assert len(counted(ago).counts()) <= MINUTES


def test_looking_at_the_rate_between_events_changes_nothing() -> None:
    rate = Rate()
    seen = []
    for minute in range(8):
        then = NOW + timedelta(minutes=minute)
        rate.add(then)
        rate.add(then - timedelta(minutes=2))
        seen.append((rate.last_5_minutes(then), rate.last_60_minutes(then)))
    assert seen[-1] == (8, 16)
    assert rate.last_5_minutes(NOW + timedelta(minutes=70)) == 0
    assert rate.last_60_minutes(NOW) == 4


def test_a_post_never_comes_from_the_future() -> None:
    ahead = NOW + timedelta(days=1)
    assert event_time(ahead, ahead, NOW) == NOW
    assert event_time(ahead, at(5), NOW) == at(5)
    assert event_time(at(9), at(5), NOW) == at(9)
