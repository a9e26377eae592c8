import math

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.__main__ import FIGURES, main
from benchmarks.figures import Figure, percentile, this_machine


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=200), st.floats(0.01, 1))
def test_a_percentile_is_the_smallest_value_that_enough_values_do_not_exceed(
    values: list[float], share: float
) -> None:
    found = percentile(values, share)
    needed = math.ceil(share * len(values))
    assert sum(value <= found for value in values) >= needed
    assert sum(value < found for value in values) < needed


@pytest.mark.parametrize(("share", "found"), [(0.5, 50), (0.99, 99), (1.0, 100)])
def test_the_percentiles_of_one_to_a_hundred(share: float, found: float) -> None:
    assert percentile([float(n) for n in range(1, 101)], share) == found


def test_a_figure_is_one_flat_object_with_its_anchor_and_machine() -> None:
    figure = Figure("page_p99_ms_at_100", 12.0, "ms", 1_000, "goal", {"pages": 5})
    assert figure.as_json("two cores") == {
        "figure": "page_p99_ms_at_100",
        "value": 12.0,
        "unit": "ms",
        "anchor": 1_000,
        "anchor_source": "goal",
        "detail": {"pages": 5},
        "machine": "two cores",
    }


def test_the_machine_is_named_in_words() -> None:
    assert "cores" in this_machine()
    assert "GiB" in this_machine()


def test_only_known_figures_can_be_asked_for() -> None:
    answer = CliRunner().invoke(main, ["--only", "page_p99_ms_at_7"])
    assert answer.exit_code == 2
    assert all(name in answer.output for name in FIGURES)
