"""Why the clause fired, in a few lines: the condition's tree with what was seen, in the reader's language.

``monitor.conditions`` words a trace in English. What it asks is a small language; whatever is not of it (a query,
a word of the post) is shown as it is.
"""

import re
from collections.abc import Iterator, Mapping

from monitor.records import Trace
from routing.untrusted import Inert, Untrusted, inert_line
from routing.wording import count, number, say
from routing.wording_model import Words

_LINES = 12
_DEPTH = 4
_CONDITION = 160
_SAW = 120

_NUMBER = re.compile(r"-?\d{1,15}(?:\.\d{1,6})?")
_AT_LEAST = re.compile(rf"(.+) at least ({_NUMBER.pattern})")
_TONE = re.compile(rf"sentiment is (\w+)(?: with confidence at least ({_NUMBER.pattern}))?")
_TONE_SEEN = re.compile(rf"(\w+), (\w+) ({_NUMBER.pattern})(?:, unsure: counts as (held|not held))?")
_ONE_OF = re.compile(r"(topic|author kind|source|language|kind) is (.+)")
_TOPIC_SEEN = re.compile(r"(\w+) (\(.*\))")


def trace_lines(trace: Trace, words: Words) -> tuple[Inert, ...]:
    """One line per condition, indented by depth, marked ✓ or ✗. At most 12 lines; the rest is counted."""
    lines = list(_walk(trace, words, 0))
    rest = len(lines) - _LINES
    if rest <= 0:
        return tuple(lines)
    return (*lines[:_LINES], count(words, words.phrases.more, rest))


def _walk(trace: Trace, words: Words, depth: int) -> Iterator[Inert]:
    mark = "✓" if trace.held else "✗"
    line = f"{'  ' * depth}{mark} {_asked(inert_line(Untrusted(trace.condition), _CONDITION), words)}"
    if trace.saw:
        saw = _seen(inert_line(Untrusted(trace.saw), _SAW), trace.condition, words)
        line += f" ({say(words.phrases.saw, saw=saw)})"
    yield Inert(line)
    if depth < _DEPTH:
        for part in trace.parts:
            yield from _walk(part, words, depth + 1)


def _asked(condition: Inert, words: Words) -> Inert:
    said = words.trace
    if whole := said.whole.get(condition):
        return Inert(whole)
    if condition.startswith("query "):
        return say(said.query, query=Inert(condition.removeprefix("query ")))
    if tone := _TONE.fullmatch(condition):
        asked = _one_of("sentiment", tone[1], words)
        sure = tone[2]
        return say(said.confidence, condition=asked, n=number(words, float(sure), 2)) if sure else asked
    if least := _AT_LEAST.fullmatch(condition):
        what = said.amount.get(least[1])
        return (
            say(said.at_least, what=Inert(what), n=number(words, float(least[2]), 2)) if what else condition
        )
    one_of = _ONE_OF.fullmatch(condition)
    return _one_of(one_of[1], one_of[2], words) if one_of else condition


def _one_of(subject: str, values: str, words: Words) -> Inert:
    names = _names(subject, words)
    shown = words.trace.either.join(names.get(value, value) for value in values.split(" or "))
    return say(words.trace.one_of, subject=Inert(words.trace.subject[subject]), values=Inert(shown))


def _seen(saw: Inert, condition: str, words: Words) -> Inert:
    said = words.trace
    if whole := said.whole.get(saw):
        return Inert(whole)
    if _NUMBER.fullmatch(saw):
        return number(words, float(saw), 2)
    if tone := _TONE_SEEN.fullmatch(saw):
        return _tone_seen(tone, words)
    subject = condition.partition(" is ")[0]
    if subject == "topic":
        return Inert("; ".join(_topic_seen(part, words) for part in saw.split("; ")))
    return Inert(_names(subject, words).get(saw, saw))


def _tone_seen(tone: re.Match[str], words: Words) -> Inert:
    names = _names("sentiment", words)
    shown = say(
        words.trace.share,
        label=Inert(names.get(tone[1], tone[1])),
        wanted=Inert(names.get(tone[2], tone[2])),
        n=number(words, float(tone[3]), 2),
    )
    return say(words.trace.counts_as[tone[4]], saw=shown) if tone[4] else shown


def _topic_seen(part: str, words: Words) -> str:
    topic = _TOPIC_SEEN.fullmatch(part)
    return f"{words.topic.get(topic[1], topic[1])} {topic[2]}" if topic else part


def _names(subject: str, words: Words) -> Mapping[str, str]:
    if subject == "topic":
        return words.topic
    if subject == "author kind":
        return {str(kind): name for kind, name in words.author_kind.items()}
    if subject == "language":
        return {str(language): name for language, name in words.language.items()}
    if subject == "kind":
        return {str(kind): name for kind, name in words.mention_kind.items()}
    return {str(label): name for label, name in words.sentiment.items()} if subject == "sentiment" else {}
