"""Whether a condition holds, and nothing more: what every reading is asked, so it must be quick.

A condition is compiled once into nested functions that stop at the first answer and look at the post's words
last. It holds exactly when ``monitor.conditions.evaluate`` says so; that one is for showing why.
"""

from collections.abc import Callable

from monitor.condition_model import Condition, Tone
from monitor.condition_values import NUMBERS, WORDS
from monitor.query import Query
from monitor.query_document import Document
from monitor.query_evaluate import evaluate
from monitor.situation import Situation

Check = Callable[[Situation, Document], bool]  # the document is that of the situation's mention


def compile_condition(condition: Condition) -> Check:
    """The condition as a function of a situation and its mention as a document."""
    return _compile(condition, negated=False)


def _compile(condition: Condition, *, negated: bool) -> Check:
    key = condition.key
    if key in {"all", "any"}:
        ordered = sorted(condition.parts, key=_cost)
        checks = tuple(_compile(part, negated=negated) for part in ordered)
        return _all(checks) if key == "all" else _any(checks)
    if key == "not_":
        inner = _compile(condition.parts[0], negated=not negated)
        return lambda situation, document: not inner(situation, document)
    if condition.sentiment is not None:
        return _tone(condition.sentiment, when_unsure=not negated)
    if condition.query is not None:
        return _query(condition.parsed_query)
    return _leaf(key, getattr(condition, key))


def _cost(condition: Condition) -> int:
    """0 without a query in it, else 1."""
    return int(condition.query is not None) or max((_cost(part) for part in condition.parts), default=0)


def _all(checks: tuple[Check, ...]) -> Check:
    return lambda situation, document: all(check(situation, document) for check in checks)


def _any(checks: tuple[Check, ...]) -> Check:
    return lambda situation, document: any(check(situation, document) for check in checks)


def _tone(wanted: Tone, *, when_unsure: bool) -> Check:
    def check(situation: Situation, document: Document) -> bool:
        tone = situation.reading.sentiment
        if tone.abstain:
            return when_unsure
        confidence: float = getattr(tone.probabilities, wanted.is_)
        return tone.label == wanted.is_ and confidence >= wanted.min_confidence

    return check


def _query(query: Query) -> Check:
    literals = query.literals

    def check(situation: Situation, document: Document) -> bool:
        if literals is not None:
            haystack = document.haystack
            if not any(literal in haystack for literal in literals):
                return False
        return evaluate(query.root, document) is not None

    return check


def _leaf(key: str, wanted: object) -> Check:
    if key in WORDS:
        word, words = WORDS[key].of, frozenset(_words(wanted))
        return lambda situation, document: word(situation) in words
    if key == "topic":
        topics = frozenset(_words(wanted))
        return lambda situation, document: any(hit.topic in topics for hit in situation.reading.topics)
    assert isinstance(wanted, int | float)  # noqa: S101 - the model has no other fields
    number, least = NUMBERS[key].of, wanted
    return lambda situation, document: (seen := number(situation)) is not None and seen >= least


def _words(wanted: object) -> tuple[str, ...]:
    return wanted if isinstance(wanted, tuple) else ()
