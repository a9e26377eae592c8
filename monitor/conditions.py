"""Whether a condition holds of a situation, with what was asked and seen at every step. Pure.

Nothing is skipped: every part is evaluated, so that the trace explains the whole clause.

**An unsure score never holds back a page.** When the scorer abstains, a ``sentiment`` condition counts as whatever
lets the clause fire: as held, and inside ``not`` as not held. The trace says so.
"""

from monitor.condition_model import Condition, Tone
from monitor.condition_values import NUMBERS, WORDS
from monitor.match import explain_query
from monitor.records import MAX_SHORT, Trace
from monitor.situation import Situation

__all__ = ["Condition", "Tone", "evaluate"]


def evaluate(condition: Condition, situation: Situation) -> Trace:
    """The trace of a condition; ``trace.held`` tells whether it holds."""
    return _evaluate(condition, situation, negated=False)


def _evaluate(condition: Condition, situation: Situation, *, negated: bool) -> Trace:
    """``negated`` inside an odd number of ``not``."""
    key = condition.key
    inside = negated ^ (key == "not_")
    parts = tuple(_evaluate(part, situation, negated=inside) for part in condition.parts)
    if key == "all":
        return Trace(condition="all of", held=all(part.held for part in parts), parts=parts)
    if key == "any":
        return Trace(condition="any of", held=any(part.held for part in parts), parts=parts)
    if key == "not_":
        return Trace(condition="not", held=not parts[0].held, parts=parts)
    if condition.sentiment is not None:
        return _sentiment(condition.sentiment, situation, negated=negated)
    if key == "topic":
        return _topic(condition, situation)
    if key == "query":
        return _query(condition, situation)
    return (_number if key in NUMBERS else _word)(key, condition, situation)


def _sentiment(wanted: Tone, situation: Situation, *, negated: bool) -> Trace:
    tone = situation.reading.sentiment
    confidence: float = getattr(tone.probabilities, wanted.is_)
    asked = f"sentiment is {wanted.is_}"
    if wanted.min_confidence:
        asked += f" with confidence at least {wanted.min_confidence:g}"
    saw = f"{tone.label}, {wanted.is_} {confidence:.2f}"
    if tone.abstain:
        counts = "not held" if negated else "held"
        return _trace(asked, f"{saw}, unsure: counts as {counts}", held=not negated)
    return _trace(asked, saw, held=tone.label == wanted.is_ and confidence >= wanted.min_confidence)


def _topic(condition: Condition, situation: Situation) -> Trace:
    hits = {hit.topic: hit.why for hit in situation.reading.topics}
    wanted = condition.topic or ()
    saw = "; ".join(f"{topic} ({', '.join(why)})" for topic, why in hits.items())
    return _trace(
        f"topic is {' or '.join(wanted)}", saw or "no topic", held=any(one in hits for one in wanted)
    )


def _query(condition: Condition, situation: Situation) -> Trace:
    trace = explain_query(condition.parsed_query, situation.reading.mention)
    asked = f"query {condition.query}"
    return Trace(condition=asked[:MAX_SHORT], saw=trace.saw, held=trace.held, parts=_held(trace.parts))


def _held(parts: tuple[Trace, ...]) -> tuple[Trace, ...]:
    """The parts of a query that hold, and theirs: of thirty words with OR, those that are in the post."""
    return tuple(part.model_copy(update={"parts": _held(part.parts)}) for part in parts if part.held)


def _number(key: str, condition: Condition, situation: Situation) -> Trace:
    wanted: float = getattr(condition, key)
    seen = NUMBERS[key].of(situation)
    shown = "unknown" if seen is None else _figure(seen)
    asked = f"{NUMBERS[key].label} at least {_figure(wanted)}"
    return _trace(asked, shown, held=seen is not None and seen >= wanted)


def _word(key: str, condition: Condition, situation: Situation) -> Trace:
    wanted: tuple[str, ...] = getattr(condition, key)
    seen = WORDS[key].of(situation)
    return _trace(f"{WORDS[key].label} is {' or '.join(wanted)}", seen, held=seen in wanted)


def _trace(asked: str, saw: str, *, held: bool) -> Trace:
    return Trace(condition=asked[:MAX_SHORT], saw=saw[:MAX_SHORT], held=held)


def _figure(value: float) -> str:
    return f"{value:.2f}" if value % 1 else str(int(value))
