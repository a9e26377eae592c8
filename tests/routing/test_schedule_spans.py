"""Sets of spans, against sets of hours."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from routing.schedule_spans import Span, Spans, difference, intersection, union
from tests.routing.schedule_samples import unhurried

START = datetime(2026, 1, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)

hours = st.integers(0, 20)
any_spans = st.lists(st.builds(lambda a, b: Span(START + a * HOUR, START + b * HOUR), hours, hours))
spans = any_spans.map(union)


def hours_of(spans: Spans) -> set[int]:
    return {n for n in range(21) for span in spans if span.start <= START + n * HOUR < span.end}


def is_in_form(spans: Spans) -> bool:
    return all(one.start < one.end for one in spans) and all(
        one.end < other.start for one, other in pairwise(spans)
    )


@given(any_spans)
@unhurried
def test_union(given_spans: list[Span]) -> None:
    assert hours_of(union(given_spans)) == hours_of(tuple(given_spans))
    assert is_in_form(union(given_spans))


@given(spans, spans)
@unhurried
def test_intersection_and_difference(first: Spans, second: Spans) -> None:
    both, rest = intersection(first, second), difference(first, second)
    assert hours_of(both) == hours_of(first) & hours_of(second)
    assert hours_of(rest) == hours_of(first) - hours_of(second)
    assert is_in_form(both)
    assert is_in_form(rest)
