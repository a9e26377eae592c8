"""Whether a condition holds of a situation, with what was asked and seen at every step. Pure.

Nothing is skipped: every part is evaluated, so that the trace explains the whole clause.

**An unsure score never holds back a page.** When the scorer abstains, a ``sentiment`` condition counts as whatever
lets the clause fire: as held, and inside ``not`` as not held. The trace says so.
"""

from collections.abc import Callable

from monitor.condition_model import Condition, Tone
from monitor.match import explain_query
from monitor.records import MAX_SHORT, Trace
from monitor.situation import Situation

__all__ = ["Condition", "Tone", "evaluate"]

Leaf = Callable[[Condition, Situation], Trace]

AT_LEAST = {
    "reach": "reach",
    "author_followers": "author followers",
    "mentions": "mentions",
    "authors": "authors",
    "mentions_last_5_min": "mentions in the last 5 minutes",
    "mentions_last_60_min": "mentions in the last 60 minutes",
    "mentions_per_minute": "mentions per minute",
    "negative_share": "negative share",
}
ONE_OF = {"author_kind": "author kind", "source": "source", "language": "language", "kind": "kind"}


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
    return _LEAVES[key](condition, situation)


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
    return Trace(condition=asked[:MAX_SHORT], saw=trace.saw, held=trace.held, parts=trace.parts)


def _at_least(key: str, saw: Callable[[Situation], float | None]) -> Leaf:
    def leaf(condition: Condition, situation: Situation) -> Trace:
        wanted: float = getattr(condition, key)
        seen = saw(situation)
        shown = "unknown" if seen is None else _number(seen)
        return _trace(
            f"{AT_LEAST[key]} at least {_number(wanted)}", shown, held=seen is not None and seen >= wanted
        )

    return leaf


def _one_of(key: str, saw: Callable[[Situation], str]) -> Leaf:
    def leaf(condition: Condition, situation: Situation) -> Trace:
        wanted: tuple[str, ...] = getattr(condition, key)
        seen = saw(situation)
        return _trace(f"{ONE_OF[key]} is {' or '.join(wanted)}", seen, held=seen in wanted)

    return leaf


def _trace(asked: str, saw: str, *, held: bool) -> Trace:
    return Trace(condition=asked[:MAX_SHORT], saw=saw[:MAX_SHORT], held=held)


def _number(value: float) -> str:
    return f"{value:.2f}" if value % 1 else str(int(value))


_LEAVES: dict[str, Leaf] = {
    "topic": _topic,
    "query": _query,
    "reach": _at_least("reach", lambda s: s.story.reach),
    "author_followers": _at_least("author_followers", lambda s: s.reading.mention.author.followers),
    "mentions": _at_least("mentions", lambda s: s.story.mentions),
    "authors": _at_least("authors", lambda s: s.story.authors),
    "mentions_last_5_min": _at_least("mentions_last_5_min", lambda s: s.story.mentions_last_5_min),
    "mentions_last_60_min": _at_least("mentions_last_60_min", lambda s: s.story.mentions_last_60_min),
    "mentions_per_minute": _at_least("mentions_per_minute", lambda s: s.story.mentions_per_minute),
    "negative_share": _at_least("negative_share", lambda s: float(s.story.negative_share)),
    "author_kind": _one_of("author_kind", lambda s: s.reading.author_kind),
    "source": _one_of("source", lambda s: s.reading.mention.source),
    "language": _one_of("language", lambda s: s.reading.language),
    "kind": _one_of("kind", lambda s: s.reading.mention.kind),
}
