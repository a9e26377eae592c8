"""The quick answer is the same as the explained one."""

from typing import Any

import pytest
from hypothesis import given

from monitor.condition_holds import compile_condition
from monitor.condition_model import Condition
from monitor.conditions import evaluate
from monitor.query_document import Document
from monitor.situation import Situation
from tests.monitor.condition_strategies import written_conditions
from tests.monitor.strategies import situations
from tests.monitor.test_conditions import situation


def quick(written: Any, where: Situation) -> bool:
    return compile_condition(Condition.model_validate(written))(where, Document(where.reading.mention))


@given(written_conditions, situations)
def test_it_holds_exactly_when_the_trace_says_so(written: Any, where: Situation) -> None:
    assert quick(written, where) == evaluate(Condition.model_validate(written), where).held


@pytest.mark.parametrize(
    ("written", "held"),
    [
        ({"topic": ["outage", "data_breach"]}, True),
        ({"query": "fuite NEAR/3 donnees"}, True),
        ({"query": "fuite NEAR/3 recall"}, False),
        ({"query": "lang:fr"}, True),
        ({"all": [{"query": "veloria"}, {"reach": 48_001}]}, False),
        ({"any": [{"query": "rappel"}, {"sentiment": {"is": "negative", "min_confidence": 0.7}}]}, True),
        ({"not": {"author_kind": "press"}}, False),
        ({"author_followers": 400}, True),
        ({"negative_share": 0.76}, False),
    ],
)
def test_each_kind_of_condition(written: dict[str, Any], held: bool) -> None:
    assert quick(written, situation()) == held


@pytest.mark.parametrize("written", [{"sentiment": "negative"}, {"not": {"sentiment": "neutral"}}])
def test_an_unsure_score_lets_the_page_go(written: dict[str, Any]) -> None:
    assert quick(written, situation(label="neutral", abstain=True))


def test_an_unknown_audience_is_not_at_least_anything() -> None:
    assert not quick({"author_followers": 1}, situation(followers=None))
