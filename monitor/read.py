"""The reading step: from mentions to readings, one for each brand that a mention names. Pure.

A mention on which a stage fails is set aside with the reason; its neighbours are read all the same.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from monitor.authors import AuthorDirectory
from monitor.followed import followed
from monitor.language import StopwordDetector
from monitor.match import compile_brands
from monitor.protocols import AuthorJudge, BrandMatch, BrandMatcher, LanguageDetector, Scorer, TopicTagger
from monitor.records import Mention, Reading, reading_id
from monitor.sentiment import BilingualScorer
from monitor.settings import BrandSettings
from monitor.topics import WordListTagger


@dataclass(frozen=True, slots=True)
class ReadStages:
    """The judges of a reading. ``masks``: by brand, the names that must not count as praise or blame."""

    matcher: BrandMatcher
    languages: LanguageDetector
    scorer: Scorer
    topics: TopicTagger
    authors: AuthorJudge
    masks: dict[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class FailedMention:
    """A mention that could not be read; ``detail`` says why."""

    mention: Mention
    detail: str


@dataclass(frozen=True, slots=True)
class ReadOutcome:
    """What became of some mentions: readings in their order, those of no brand counted, those that failed.

    ``followed``: for the brands that an edited or deleted post does not name (any more).
    """

    readings: tuple[Reading, ...]
    of_no_brand: int
    failed: tuple[FailedMention, ...]
    followed: tuple[Reading, ...] = ()


def build_stages(brands: Sequence[BrandSettings]) -> ReadStages:
    """The stages of the house for these brands. Raises QueryError for a query that cannot be read."""
    return ReadStages(
        matcher=compile_brands(brands),
        languages=StopwordDetector(),
        scorer=BilingualScorer(),
        topics=WordListTagger(),
        authors=AuthorDirectory(brands),
        masks={brand.id: _masks(brand) for brand in brands},
    )


def read_mentions(mentions: Iterable[Mention], stages: ReadStages, now: datetime) -> ReadOutcome:
    """Read mentions at ``now`` (aware UTC). Deletions carry no text, so they count as of no brand."""
    readings: list[Reading] = []
    failed: list[FailedMention] = []
    changed: list[Reading] = []
    of_no_brand = 0
    for mention in mentions:
        try:
            new = read_mention(mention, stages, now)
        except Exception as error:  # noqa: BLE001 - whatever a stage stumbles on must not hurt its neighbours
            failed.append(FailedMention(mention, f"{type(error).__name__}: {error}"[:2_000]))
            continue
        readings += new
        of_no_brand += not new
        if mention.event != "new":
            named = {reading.brand for reading in new}
            changed += [followed(mention, brand, now) for brand in stages.masks if brand not in named]
    return ReadOutcome(tuple(readings), of_no_brand, tuple(failed), tuple(changed))


def read_mention(mention: Mention, stages: ReadStages, now: datetime) -> tuple[Reading, ...]:
    """The readings of one mention, in the order of the brands; empty when it names none."""
    if mention.event == "deleted":
        return ()
    matches = stages.matcher.match(mention)
    if not matches:
        return ()
    text = mention.full_text
    language = stages.languages.detect(text, mention.language_hint)
    topics = stages.topics.tag(text, language)
    author_kind = stages.authors.kind(mention)
    return tuple(
        Reading(
            id=reading_id(mention, match.brand),
            brand=match.brand,
            mention=mention,
            matched=match.words,
            language=language,
            sentiment=stages.scorer.score(text, language, masks_of((match,), stages)),
            topics=topics,
            author_kind=author_kind,
            read_at=now,
        )
        for match in matches
    )


def masks_of(matches: Iterable[BrandMatch], stages: ReadStages) -> tuple[str, ...]:
    """The names of the matched brands, to be taken out before the tone is judged."""
    return tuple(name for match in matches for name in stages.masks.get(match.brand, ()))


def _masks(brand: BrandSettings) -> tuple[str, ...]:
    return tuple(dict.fromkeys((brand.name, *brand.mask, *brand.own_handles)))
