"""When a process is healthy, unready or sick: pure rules over what the broker says."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from deploy.vitals import BROKER_GONE, STALL, Vitals, sickness, unready_because

NOW = datetime(2026, 3, 14, 9, tzinfo=UTC)
P0, P1 = ("tocsin.mentions", 0), ("tocsin.mentions", 1)


def second(number: float) -> datetime:
    return NOW + timedelta(seconds=number)


def vitals() -> Vitals:
    return Vitals(started_at=NOW, broker_seen_at=NOW)


def watched(*looks: tuple[float, int, int]) -> Vitals:
    """Vitals after looks at one partition: (second, end, committed)."""
    one = vitals()
    for at, end, committed in looks:
        one.note({P0: end}, {P0: committed}, second(at))
    return one


def test_a_process_that_keeps_up_is_ready() -> None:
    one = watched((1, 10, 10), (2, 12, 11), (3, 12, 12))
    assert unready_because(one, second(3)) == []
    assert sickness(one, second(3), second(3)) is None
    assert one.lag == 0
    assert one.commit_at == second(3)


def test_records_that_wait_without_a_commit_make_it_unready_then_sick() -> None:
    one = watched(*((n, 20, 10) for n in range(70)))
    assert one.waited_longest(second(69)) == timedelta(seconds=69)
    assert "10 records wait and nothing was committed for 69 s" in unready_because(one, second(69))
    assert sickness(one, second(69), second(69)) == "no_progress"


def test_a_slow_partition_is_seen_although_its_neighbour_moves() -> None:
    one = vitals()
    for n in range(70):
        one.note({P0: n, P1: 20}, {P0: n, P1: 10}, second(n))
    assert sickness(one, second(69), second(69)) == "no_progress"


def test_a_commit_starts_the_waiting_anew() -> None:
    one = watched(*((n, 20, 10 if n < 50 else 11) for n in range(71)))
    assert one.waited_longest(second(70)) == timedelta(seconds=20)


def test_waiting_begins_when_the_first_record_comes() -> None:
    one = watched((0, 10, 10), (100, 11, 10), (101, 11, 10))
    assert one.waited_longest(second(101)) <= timedelta(seconds=1)


def test_the_time_without_a_broker_is_nobodys_stall() -> None:
    one = watched((0, 20, 10), (1, 20, 10), (90, 20, 10), (91, 20, 10))
    assert sickness(one, second(91), second(91)) is None


def test_a_process_that_gets_on_with_what_comes_first_is_not_stalled_until_that_stands_still() -> None:
    one = vitals()
    for n in range(200):
        one.note({P0: 20}, {P0: 10}, second(n), excused=n < 100)
        assert (sickness(one, second(n), second(n)) == "no_progress") is (n >= 100 + STALL.total_seconds())


def test_a_clock_that_is_put_back_hides_nothing() -> None:
    one = watched((5_000, 20, 10), (5_001, 20, 10), *((n, 20, 10) for n in range(70)))
    assert sickness(one, second(69), second(69)) == "no_progress"


def test_a_broker_that_is_gone_makes_it_unready_then_sick() -> None:
    one = watched((0, 10, 10))
    assert unready_because(one, second(11)) == ["the broker does not answer"]
    gone = NOW + BROKER_GONE + timedelta(seconds=1)
    assert sickness(one, gone, gone) == "broker_gone"


def test_a_loop_that_stands_is_sick() -> None:
    one = watched((0, 10, 10), (61, 10, 10))
    assert sickness(one, NOW, second(61)) == "loop_stuck"


def test_without_partitions_it_is_not_ready() -> None:
    one = vitals()
    one.note({}, {}, second(1))
    assert unready_because(one, second(1)) == ["no partition is assigned"]
    assert sickness(one, second(1), second(1)) is None


def test_a_shutdown_has_twenty_seconds_and_nothing_else_counts_meanwhile() -> None:
    one = watched((0, 20, 10))
    one.stopping_since = second(100)
    assert sickness(one, NOW, second(119)) is None
    assert sickness(one, NOW, second(121)) == "shutdown_stuck"
    assert "stopping" in unready_because(one, second(101))


def test_a_partition_taken_over_begins_anew() -> None:
    one = watched((0, 20, 10), (50, 20, 10))
    one.note({P1: 20}, {P1: 10}, second(51))
    assert one.waited_longest(second(51)) == timedelta(0)
    assert one.lag == 10


LOOKS = st.lists(st.tuples(st.floats(0.5, 5), st.integers(0, 3), st.integers(0, 3)), max_size=60)


@given(LOOKS)
def test_it_is_never_called_stalled_while_commits_come_in_time(looks: list[tuple[float, int, int]]) -> None:
    one = vitals()
    at, end, committed = 0.0, 0, 0
    last_fine = 0.0
    for pause, more, done in looks:
        at += pause
        end += more
        new = min(end, committed + done)
        if new != committed or new == end:
            last_fine = at
        committed = new
        one.note({P0: end}, {P0: committed}, second(at))
        if at - last_fine <= STALL.total_seconds():
            assert sickness(one, second(at), second(at)) is None
