"""When a target is left alone, and for how long."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from routing.breaker import LONGEST_PAUSE_S, LONGEST_WISH_S, TOLERATED, TargetHealth, after_outcome, pause_s
from routing.outcome import Ambiguous, DeadTarget, Delivered, Outcome, RejectedPayload, RetryLater

NOW = datetime(2026, 3, 14, 3, 0, tzinfo=UTC)
OUTCOMES = st.one_of(
    st.builds(Delivered),
    st.builds(RetryLater, st.just("busy"), st.floats(-5, 10_000)),
    st.builds(Ambiguous, st.just("reset")),
    st.builds(RejectedPayload, st.just("too long")),
    st.builds(DeadTarget, st.just("gone")),
)


def failing(times: int) -> TargetHealth:
    """The health after so many failures, each tried right after the pause of the last."""
    health, now = TargetHealth(), NOW
    for _ in range(times):
        health = after_outcome(health, Ambiguous("reset"), now)
        now = max(now, health.paused_until or now)
    return health


def test_a_target_is_paused_for_as_long_as_it_asks() -> None:
    health = after_outcome(TargetHealth(), RetryLater("HTTP 429", 30.0), NOW)
    assert health.paused_until == NOW + timedelta(seconds=30)
    assert health.is_paused(NOW + timedelta(seconds=29))
    assert not health.is_paused(NOW + timedelta(seconds=30))


def test_a_few_failures_are_tolerated_and_then_pauses_grow_to_a_cap() -> None:
    assert not failing(TOLERATED).is_paused(NOW)
    pauses = [pause_s(failures) for failures in range(12)]
    assert pauses[: TOLERATED + 3] == [0.0] * (TOLERATED + 1) + [5.0, 10.0]
    assert pauses[-1] == LONGEST_PAUSE_S


def test_success_forgets_the_failures_but_keeps_a_pause_that_was_asked_for() -> None:
    limited = after_outcome(failing(4), RetryLater("HTTP 429", 300.0), NOW)
    health = after_outcome(limited, Delivered(), NOW)
    assert (health.failures, health.paused_until) == (0, limited.paused_until)


def test_attempts_that_fail_together_count_once() -> None:
    health = TargetHealth()
    for _ in range(4):
        health = after_outcome(health, RetryLater("refused", 1.0), NOW)
    assert health.failures == 1


def test_an_answer_about_the_content_leaves_the_target_as_it_was() -> None:
    assert after_outcome(failing(2), RejectedPayload("too long"), NOW) == failing(2)


def test_a_dead_target_counts_as_failing_and_is_looked_at_again_within_a_minute() -> None:
    health = after_outcome(TargetHealth(), DeadTarget("token revoked"), NOW)
    assert (health.failures, health.reason, health.is_dead) == (TOLERATED, "dead: token revoked", True)
    assert health.paused_until == NOW + timedelta(seconds=60)
    later = after_outcome(health, DeadTarget("token revoked"), NOW + timedelta(seconds=50))
    assert later.paused_until == NOW + timedelta(seconds=110)


def test_a_dead_target_that_takes_a_message_again_is_as_new() -> None:
    dead = after_outcome(failing(4), DeadTarget("token revoked"), NOW)
    assert after_outcome(dead, Delivered(), NOW + timedelta(seconds=1)) == TargetHealth()


def test_a_dead_target_does_not_shorten_a_pause_that_was_asked_for() -> None:
    limited = after_outcome(TargetHealth(), RetryLater("HTTP 429", 300.0), NOW)
    health = after_outcome(limited, DeadTarget("token revoked"), NOW)
    assert (health.paused_until, health.is_dead) == (NOW + timedelta(seconds=300), False)
    assert after_outcome(health, Delivered(), NOW).paused_until == NOW + timedelta(seconds=300)


@given(st.lists(st.tuples(OUTCOMES, st.floats(0, 100)), max_size=30))
def test_no_pause_ends_early_or_lasts_beyond_the_longest(steps: list[tuple[Outcome, float]]) -> None:
    health, now = TargetHealth(), NOW
    for outcome, seconds in steps:
        before = health.paused_until or now
        mended = health.is_dead and isinstance(outcome, Delivered)
        health = after_outcome(health, outcome, now)
        until = health.paused_until or now
        assert before <= until or before <= now or mended
        assert until <= max(before, now + timedelta(seconds=LONGEST_WISH_S))
        now += timedelta(seconds=seconds)
