"""Runs the examples of a playbook through the real reading stages: the agreement, tested."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from monitor.playbook import Playbook
from monitor.playbook_model import Example
from monitor.read import ReadStages, read_mentions
from monitor.records import Author, Mention, Reading, Story, Trace, digest, story_id
from monitor.situation import Situation

Answer = Literal["fires", "silent", "no brand", "unreadable"]

THEN = datetime(2026, 1, 1, 12, tzinfo=UTC)  # examples stand outside of time


@dataclass(frozen=True, slots=True)
class ExampleResult:
    """What one example of a clause was meant to do, and did.

    ``number`` counts from 1 within ``expected``. ``trace`` is None where no clause was asked: the post names no
    brand of the playbook ("no brand", as good as silent) or could not be read.
    """

    clause: str
    number: int
    expected: Literal["fires", "silent"]
    example: Example
    got: Answer
    trace: Trace | None
    reading: Reading | None
    others: tuple[str, ...] = ()  # other clauses that the same example fires

    @property
    def passed(self) -> bool:
        if self.expected == "fires":
            return self.got == "fires"
        return self.got in {"silent", "no brand"}


@dataclass(frozen=True, slots=True)
class StorySize:
    """How large a story is taken to be; None: as a story of the one post alone."""

    mentions: int = 1
    authors: int | None = None
    reach: int | None = None
    mentions_last_5_min: int | None = None
    mentions_last_60_min: int | None = None
    negative_share: float | None = None


def run_examples(playbook: Playbook, stages: ReadStages) -> Iterator[ExampleResult]:
    """The result of every example, clause by clause in the order of the file."""
    for clause in playbook.clauses:
        for number, example in enumerate(clause.examples.fires, start=1):
            yield _run(playbook, stages, clause.id, number, "fires", example)
        for number, example in enumerate(clause.examples.silent, start=1):
            yield _run(playbook, stages, clause.id, number, "silent", example)


def mention_of(example: Example) -> Mention:
    """The example as a mention."""
    return Mention(
        id=f"{example.source}:{digest(example.title, example.text)}",
        source=example.source,
        kind=example.kind,
        url=example.url,
        author=Author(handle=example.author, followers=example.followers),
        title=example.title,
        text=example.text,
        language_hint=example.lang,
        created_at=THEN,
        fetched_at=THEN,
    )


def story_of(reading: Reading, size: StorySize) -> Story:
    """The story that a reading opens, taken to be as large as ``size`` says."""
    mention = reading.mention
    alone = 1.0 if reading.sentiment.label == "negative" else 0.0
    return Story(
        id=story_id(reading.brand, mention.id),
        brand=reading.brand,
        title=mention.full_text[:200],
        first_mention=mention.id,
        first_url=mention.url,
        first_seen=mention.created_at,
        last_seen=mention.created_at,
        mentions=size.mentions,
        authors=_known(size.authors, size.mentions),
        reach=_known(size.reach, mention.author.followers or 0),
        authors_of_unknown_reach=1 if mention.author.followers is None else 0,
        mentions_last_5_min=_known(size.mentions_last_5_min, size.mentions),
        mentions_last_60_min=_known(size.mentions_last_60_min, size.mentions),
        negative_share=alone if size.negative_share is None else size.negative_share,
        sources=(mention.source,),
        languages=(reading.language,),
        author_kinds=(reading.author_kind,),
    )


def _known(value: int | None, otherwise: int) -> int:
    return otherwise if value is None else value


def _run(
    playbook: Playbook,
    stages: ReadStages,
    clause: str,
    number: int,
    expected: Literal["fires", "silent"],
    example: Example,
) -> ExampleResult:
    outcome = read_mentions([mention_of(example)], stages, THEN)
    readings = [reading for reading in outcome.readings if playbook.covers(reading.brand)]
    if not readings:
        got: Answer = "unreadable" if outcome.failed else "no brand"
        return ExampleResult(clause, number, expected, example, got, None, None)
    reading = readings[0]
    if example.author_kind is not None:
        reading = reading.model_copy(update={"author_kind": example.author_kind})
    story = story_of(reading, _size_of(example))
    verdicts = playbook.explain(Situation(reading, story, THEN))
    trace = next(verdict.trace for verdict in verdicts if verdict.clause.id == clause)
    others = tuple(v.clause.id for v in verdicts if v.trace.held and v.clause.id != clause)
    answer: Answer = "fires" if trace.held else "silent"
    return ExampleResult(clause, number, expected, example, answer, trace, reading, others)


def _size_of(example: Example) -> StorySize:
    return StorySize(
        mentions=example.mentions,
        authors=example.authors,
        reach=example.reach,
        mentions_last_5_min=example.mentions_last_5_min,
        mentions_last_60_min=example.mentions_last_60_min,
        negative_share=example.negative_share,
    )
