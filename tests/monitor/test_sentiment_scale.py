"""Labels and probabilities of a compound score."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.sentiment_scale import THRESHOLD, abstention, judged, label_of, probabilities_of

compounds = st.floats(-1.0, 1.0)


@given(compounds)
def test_probabilities_add_up_and_the_largest_belongs_to_the_label(compound: float) -> None:
    chances = probabilities_of(compound).model_dump()
    assert sum(chances.values()) == pytest.approx(1.0)
    assert chances[label_of(compound)] == pytest.approx(max(chances.values()))


@given(compounds, compounds)
def test_a_better_compound_is_more_surely_positive(one: float, other: float) -> None:
    low, high = (probabilities_of(compound) for compound in sorted((one, other)))
    assert low.positive <= high.positive
    assert low.negative >= high.negative


def test_labels_change_at_the_threshold() -> None:
    assert [label_of(value) for value in (-THRESHOLD, 0.0, THRESHOLD)] == ["negative", "neutral", "positive"]
    assert judged(0.5, "x").probabilities.positive == pytest.approx(0.84, abs=0.02)


def test_an_abstention_takes_no_side() -> None:
    nothing = abstention("x")
    assert nothing.abstain
    assert nothing.probabilities.negative == nothing.probabilities.positive
