from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.conditions import Condition, evaluate
from monitor.records import Trace
from monitor.situation import Situation
from routing.message_trace import trace_lines
from routing.wording import words_in
from tests.routing.channels.pages import make_reading, make_story

FRENCH = words_in("fr")
ENGLISH_WORDS = (" is ", " at least ", "all of", "any of", "unknown", "saw:", "counts as", "confidence at")


def lines(trace: Trace) -> list[str]:
    return [line.replace("\u00a0", " ") for line in trace_lines(trace, FRENCH)]


def evaluated(**condition: Any) -> Trace:
    now = datetime(2026, 11, 25, 8, 12, tzinfo=UTC)
    return evaluate(Condition.model_validate(condition), Situation(make_reading(), make_story(), now))


CONDITIONS: list[tuple[dict[str, Any], str, str]] = [
    ({"sentiment": "negative"}, "✓ sentiment : négatif", "négatif (négatif 0,8)"),
    (
        {"sentiment": {"is": "negative", "min_confidence": 0.9}},
        "✗ sentiment : négatif, confiance de 0,9 ou plus",
        "négatif (négatif 0,8)",
    ),
    (
        {"topic": ["data_breach", "outage"]},
        "✓ sujet : fuite de données ou panne",
        "fuite de données (données, circulent sur un forum)",
    ),
    ({"reach": 50000}, "✓ portée : 50 000 ou plus", "182 450"),
    ({"author_followers": 100_000}, "✗ abonnés de l’auteur : 100 000 ou plus", "48 213"),
    ({"mentions_last_5_min": 10}, "✓ mentions en 5 minutes : 10 ou plus", "21"),
    ({"mentions_per_minute": 2.5}, "✓ mentions par minute : 2,5 ou plus", "4,2"),
    ({"negative_share": 0.6}, "✓ part de mentions négatives : 0,6 ou plus", "0,86"),
    (
        {"author_kind": ["press", "regulator"]},
        "✗ type d’auteur : presse ou autorité de réglementation",
        "grand public",
    ),
    ({"language": "fr"}, "✓ langue : en français", "en français"),
    ({"kind": "article"}, "✗ genre : article", "publication"),
    ({"source": "mastodon"}, "✓ source : mastodon", "mastodon"),
]


@pytest.mark.parametrize(("condition", "asked", "saw"), CONDITIONS)
def test_each_condition_is_said_in_french(condition: dict[str, Any], asked: str, saw: str) -> None:
    assert lines(evaluated(**condition)) == [f"{asked} (constaté : {saw})"]


def test_nesting_shows_as_depth() -> None:
    trace = evaluated(all=[{"reach": 5}, {"not": {"any": [{"kind": "review"}]}}])
    assert [line[: line.index(":") if ":" in line else None].rstrip() for line in lines(trace)] == [
        "✓ toutes ces conditions",
        "  ✓ portée",
        "  ✓ pas cette condition",
        "    ✗ au moins une de ces conditions",
        "      ✗ genre",
    ]
    assert not any(word in line for line in lines(trace) for word in ENGLISH_WORDS)


def test_an_unsure_score_says_how_it_counts() -> None:
    trace = Trace(
        condition="sentiment is negative", saw="neutral, negative 0.40, unsure: counts as held", held=True
    )
    assert lines(trace)[0].endswith("neutre (négatif 0,4), incertain : compte comme rempli)")


def test_a_long_trace_is_cut_and_counted() -> None:
    trace = evaluated(any=[{"reach": n} for n in range(1, 41)])
    assert len(lines(trace)) == 13
    assert lines(trace)[-1] == "et 29 autres"


def deep(depth: int) -> Iterator[Trace]:
    trace = Trace(condition="not", held=True)
    for _ in range(depth):
        trace = Trace(condition="not", held=True, parts=(trace,))
        yield trace


def test_a_deep_trace_stops_at_the_fifth_level() -> None:
    *_, trace = deep(15)
    assert len(lines(trace)) == 5


@given(st.text(max_size=80), st.text(max_size=80))
def test_any_condition_and_any_sight_give_one_line(condition: str, saw: str) -> None:
    found = lines(Trace(condition=condition, saw=saw, held=False))
    assert len(found) == 1
    assert "\n" not in found[0]
