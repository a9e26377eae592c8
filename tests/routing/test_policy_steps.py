"""Which step comes next: by example, and by property over random chains."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from routing.escalate import Called, Chain, ChainStep, OnlyIfMore
from routing.policy_steps import Reached, advance, known_of

PEOPLE = ("ana", "bo", "cy")
EVER = OnlyIfMore(count=0, within_s=600, of="findings")
NOW = datetime(2026, 3, 14, 3, 0, tzinfo=UTC)


def chain(*steps: ChainStep) -> Chain:
    return Chain(steps=(*steps, ChainStep(people=("duty",), wait_s=60)))


def named(step: ChainStep, _catch_all: bool) -> Reached:
    return Reached(step.people, step.rooms)


def test_a_step_whose_condition_does_not_hold_is_passed_over_at_once() -> None:
    ways = chain(
        ChainStep(people=("ana",), wait_s=300),
        ChainStep(people=("bo",), wait_s=300, only_if=EVER),
        ChainStep(people=("cy",), wait_s=120),
    )
    went = advance(ways, 0, lambda _: False, named)
    assert [(one.step, one.what) for one in went.passed] == [(1, "condition_not_met"), (2, "escalated")]
    assert (went.step, went.wait) == (2, timedelta(seconds=120))
    assert advance(ways, 0, lambda _: True, named).step == 1


def test_a_step_that_reaches_a_room_but_none_of_its_people_does_not_wait() -> None:
    ways = chain(
        ChainStep(people=("gone",), rooms=("crisis",), wait_s=300), ChainStep(people=("bo",), wait_s=60)
    )
    went = advance(
        ways, -1, lambda _: True, lambda step, _: known_of(Called(step.people, (), step.rooms), _KNOWN)
    )
    assert [(one.step, one.what, one.reached.everybody) for one in went.passed] == [
        (0, "nobody_reached", ("crisis",)),
        (1, "escalated", ("bo",)),
    ]
    assert went.passed[0].reached.unknown == ("gone",)


def test_a_step_that_is_only_for_a_room_waits() -> None:
    went = advance(chain(ChainStep(people=(), rooms=("crisis",), wait_s=300)), -1, lambda _: True, named)
    assert (went.step, went.wait) == (0, timedelta(seconds=300))


def test_after_the_catch_all_nothing_comes() -> None:
    went = advance(chain(), -1, lambda _: True, named)
    assert (went.passed[0].what, went.wait) == ("catch_all", None)
    assert advance(chain(), 0, lambda _: True, named).step is None


_KNOWN = frozenset({*PEOPLE, "crisis", "duty"})
_steps = st.builds(
    ChainStep,
    people=st.lists(st.sampled_from((*PEOPLE, "gone")), max_size=3, unique=True).map(tuple),
    wait_s=st.integers(1, 900).map(float),
    rooms=st.sampled_from(((), ("crisis",))),
    only_if=st.sampled_from((None, EVER)),
)


@given(steps=st.lists(_steps, max_size=8), holds=st.booleans())
def test_without_an_answer_the_whole_chain_is_paged_in_order_and_the_catch_all_last(
    steps: list[ChainStep], holds: bool
) -> None:
    ways, at, paged = chain(*steps), -1, []
    for _ in range(len(ways.steps) + 1):
        went = advance(
            ways, at, lambda _: holds, lambda step, _: known_of(Called(step.people, (), step.rooms), _KNOWN)
        )
        assert [one.step for one in went.passed] == list(range(at + 1, at + 1 + len(went.passed)))
        for one in went.passed[:-1]:  # what was passed over reached nobody who can answer
            assert not one.reached.people
        paged += [one.step for one in went.passed if one.reached.people]
        if went.wait is None:
            break
        at = went.step if went.step is not None else at
    wanted = [
        number
        for number, step in enumerate(steps)
        if (holds or step.only_if is None) and set(step.people) & _KNOWN
    ]
    assert paged == [*wanted, len(steps)]
