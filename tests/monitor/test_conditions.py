"""The conditions of a clause: what they ask, what they see, and the laws that they keep."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from monitor.condition_model import MAX_DEPTH
from monitor.conditions import Condition, evaluate
from monitor.records import (
    Author,
    Mention,
    Probabilities,
    Reading,
    Sentiment,
    Story,
    TopicHit,
    Trace,
)
from monitor.situation import Situation
from monitor.topics import TOPICS
from tests.monitor.condition_strategies import written_conditions
from tests.monitor.strategies import situations

NOW = datetime(2026, 3, 14, 9, 41, tzinfo=UTC)


def situation(**changes: Any) -> Situation:
    """A negative French post about a data leak, in a story of 12 posts."""
    tone = Sentiment(
        label=changes.pop("label", "negative"),
        compound=-0.6,
        probabilities=Probabilities(negative=0.7, neutral=0.2, positive=0.1),
        abstain=changes.pop("abstain", False),
        scorer="test",
    )
    author = Author(handle="rider.example", followers=changes.pop("followers", 400))
    mention = Mention(
        id="test:1",
        source="mastodon",
        kind="post",
        author=author,
        text="Fuite de données chez Véloria",
        created_at=NOW,
        fetched_at=NOW,
    )
    reading = Reading(
        id="r",
        brand="veloria",
        mention=mention,
        matched=("Véloria",),
        language="fr",
        sentiment=tone,
        topics=(TopicHit(topic="data_breach", why=("fuite de données",)),),
        author_kind="press",
        read_at=NOW,
    )
    values: dict[str, Any] = {
        "mentions": 12,
        "authors": 9,
        "reach": 48_000,
        "mentions_last_5_min": 10,
        "mentions_last_60_min": 12,
        "negative_share": 0.75,
    }
    story = Story(
        id="s",
        brand="veloria",
        title="x",
        first_mention="test:1",
        first_seen=NOW,
        last_seen=NOW,
        **(values | changes),
    )
    return Situation(reading, story, NOW)


def judge(written: dict[str, Any], **changes: Any) -> Trace:
    return evaluate(Condition.model_validate(written), situation(**changes))


@pytest.mark.parametrize(
    ("written", "asked", "saw", "held"),
    [
        ({"topic": "data_breach"}, "topic is data_breach", "data_breach (fuite de données)", True),
        (
            {"topic": ["outage", "safety"]},
            "topic is outage or safety",
            "data_breach (fuite de données)",
            False,
        ),
        ({"sentiment": "negative"}, "sentiment is negative", "negative, negative 0.70", True),
        ({"sentiment": "positive"}, "sentiment is positive", "negative, positive 0.10", False),
        (
            {"sentiment": {"is": "negative", "min_confidence": 0.8}},
            "sentiment is negative with confidence at least 0.8",
            "negative, negative 0.70",
            False,
        ),
        ({"reach": 48_000}, "reach at least 48000", "48000", True),
        ({"reach": 48_001}, "reach at least 48001", "48000", False),
        ({"author_followers": 500}, "author followers at least 500", "400", False),
        ({"mentions": 12}, "mentions at least 12", "12", True),
        ({"authors": 10}, "authors at least 10", "9", False),
        ({"mentions_last_5_min": 10}, "mentions in the last 5 minutes at least 10", "10", True),
        ({"mentions_last_60_min": 13}, "mentions in the last 60 minutes at least 13", "12", False),
        ({"mentions_per_minute": 2}, "mentions per minute at least 2", "2", True),
        ({"mentions_per_minute": 2.5}, "mentions per minute at least 2.50", "2", False),
        ({"negative_share": 0.5}, "negative share at least 0.50", "0.75", True),
        ({"author_kind": "press"}, "author kind is press", "press", True),
        ({"author_kind": ["public", "regulator"]}, "author kind is public or regulator", "press", False),
        ({"source": "mastodon"}, "source is mastodon", "mastodon", True),
        ({"language": "en"}, "language is en", "fr", False),
        ({"kind": ["post", "reply"]}, "kind is post or reply", "post", True),
        ({"query": "fuite NEAR/3 donnees"}, "query fuite NEAR/3 donnees", "Fuite de données", True),
        ({"query": "rappel"}, "query rappel", "", False),
    ],
)
def test_each_condition_says_what_it_asked_and_saw(
    written: dict[str, Any], asked: str, saw: str, held: bool
) -> None:
    trace = judge(written)
    assert (trace.condition, trace.saw, trace.held) == (asked, saw, held)


def test_of_a_query_only_the_parts_that_hold_are_shown() -> None:
    trace = judge({"query": "(rappel OR recall OR fuite) donnees"})
    assert trace.held
    shown = str(trace.model_dump())
    assert "Fuite" in shown
    assert len(trace.parts) == 2
    assert [part.condition for part in trace.parts[0].parts] == ["fuite"]


def test_an_unknown_number_of_followers_is_not_at_least_anything() -> None:
    trace = judge({"author_followers": 1}, followers=None)
    assert (trace.saw, trace.held) == ("unknown", False)


def test_an_unsure_score_never_holds_back_a_page() -> None:
    asked = judge({"sentiment": "negative"}, label="neutral", abstain=True)
    assert asked.held
    assert asked.saw.endswith("unsure: counts as held")
    excluded = judge({"not": {"sentiment": "positive"}}, label="positive", abstain=True)
    assert excluded.held
    assert excluded.parts[0].saw.endswith("unsure: counts as not held")


def test_every_part_is_evaluated_even_when_the_answer_is_known() -> None:
    trace = judge({"all": [{"reach": 10**9}, {"any": [{"mentions": 1}, {"authors": 10**6}]}]})
    assert not trace.held
    assert [part.held for part in trace.parts] == [False, True]
    assert [part.saw for part in trace.parts[1].parts] == ["12", "9"]


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ({}, "exactly one key, here: none"),
        ({"mentions": 1, "authors": 1}, "exactly one key, here: authors, mentions"),
        ({"topic": "data_breech"}, "there is no topic 'data_breech' (did you mean 'data_breach'?)"),
        ({"topic": "zzz"}, f"topics: {', '.join(TOPICS)}"),
        ({"topic": None}, "the condition has no value"),
        ({"query": "rappel AND ("}, "query:1:13: the query ends too early"),
        ({"query": "NOT rappel"}, "the query only excludes"),
        ({"sentiment": "bad"}, "this must be one of: negative, neutral, positive"),
        ({"reach": 0}, "greater than or equal to 1"),
        ({"all": []}, "at least 1 item"),
        ({"author_kind": "friend"}, "Input should be 'public', 'press'"),
        ({"mention": 3}, "Extra inputs are not permitted"),
    ],
)
def test_a_wrong_condition_says_how_to_mend_it(written: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError) as raised:
        Condition.model_validate(written)
    assert message in str(raised.value)


def test_conditions_do_not_nest_without_end() -> None:
    written: dict[str, Any] = {"mentions": 1}
    for _ in range(MAX_DEPTH - 1):
        written = {"not": written}
    assert Condition.model_validate(written).depth == MAX_DEPTH
    with pytest.raises(ValidationError, match="nested deeper"):
        Condition.model_validate({"not": written})


def holds(written: object, where: Situation) -> bool:
    return evaluate(Condition.model_validate(written), where).held


@given(written_conditions, situations)
def test_not_twice_is_nothing(written: object, where: Situation) -> None:
    assert holds({"not": {"not": written}}, where) == holds(written, where)


@given(st.lists(written_conditions, min_size=1, max_size=3), situations)
def test_not_of_all_is_any_of_not(parts: list[object], where: Situation) -> None:
    negated = [{"not": part} for part in parts]
    assert holds({"not": {"all": parts}}, where) == holds({"any": negated}, where)
    assert holds({"not": {"any": parts}}, where) == holds({"all": negated}, where)


@given(st.lists(written_conditions, min_size=1, max_size=3), situations, st.randoms())
def test_the_order_of_the_parts_does_not_matter(parts: list[Any], where: Situation, random: Any) -> None:
    shuffled = random.sample(parts, len(parts))
    for key in ("all", "any"):
        assert holds({key: parts}, where) == holds({key: shuffled}, where)
    assert not holds({"all": parts}, where) or holds({"any": parts}, where)


def agrees_with_its_parts(trace: Trace) -> bool:
    held = [part.held for part in trace.parts]
    expected = {"all of": all(held), "any of": any(held), "not": held[:1] == [False]}
    return trace.held == expected.get(trace.condition, trace.held) and all(
        agrees_with_its_parts(part) for part in trace.parts if not trace.condition.startswith("query")
    )


@given(written_conditions, situations)
def test_a_trace_agrees_with_its_parts_and_has_them_all(written: Any, where: Situation) -> None:
    condition = Condition.model_validate(written)
    trace = evaluate(condition, where)
    assert agrees_with_its_parts(trace)
    assert evaluate(condition, where) == trace
    if condition.parts:
        assert len(trace.parts) == len(condition.parts)


@given(written_conditions, situations)
def test_an_unsure_score_only_adds_pages(written: Any, where: Situation) -> None:
    """With or without ``not``: what fires on a sure score still fires when the scorer is unsure."""
    tone = where.reading.sentiment
    sure, unsure = (
        Situation(
            where.reading.model_copy(update={"sentiment": tone.model_copy(update={"abstain": abstain})}),
            where.story,
            where.now,
        )
        for abstain in (False, True)
    )
    assert holds(written, unsure) or not holds(written, sure)
