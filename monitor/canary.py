"""The canary: a mention that Tocsin writes itself, so that the whole way to a page is tried out all the time.

It is of a reserved brand, under a reserved clause, and takes the same steps as any other mention. No source and no
brand of a configuration can bear its name, which has a full stop; and it is of no other brand, whatever a query says.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol

from monitor.protocols import BrandMatch, BrandMatcher
from monitor.read import ReadStages
from monitor.records import AgreedClause, Author, LadderStep, Localized, Mention, PlaybookRef, Trace
from monitor.settings import BrandSettings
from monitor.situation import Situation, Verdict

CANARY = "tocsin.canary"  # source, brand, clause, person and target alike

CANARY_BRAND = BrandSettings.model_construct(id=CANARY, name="Tocsin", queries=())
CANARY_CLAUSE = AgreedClause(
    id=CANARY,
    title=Localized(fr="Le canari de Tocsin", en="Tocsin’s canary"),
    owner="it",
    severity="critical",  # what is critical waits for nothing, so that only a fault can hold it up
    page=("it",),
    ladder=(
        LadderStep(
            measure="observe",
            what=Localized(fr="Rien à faire\u00a0: personne ne le lit", en="Nothing to do: nobody reads it"),
            owner="it",
        ),
    ),
)


class Judge(Protocol):
    """A playbook, as the watch step asks it."""

    @property
    def ref(self) -> PlaybookRef: ...

    def judge(self, situation: Situation) -> tuple[Verdict, ...]: ...


@dataclass(frozen=True, slots=True)
class CanaryJudge:
    """A playbook with the canary's clause beside it: each says nothing of what the other is about."""

    playbook: Judge

    @property
    def ref(self) -> PlaybookRef:
        return self.playbook.ref

    def judge(self, situation: Situation) -> tuple[Verdict, ...]:
        if situation.reading.brand == CANARY:
            return (Verdict(CANARY_CLAUSE, Trace(condition="canary", held=True)),)
        return self.playbook.judge(situation)


@dataclass(frozen=True, slots=True)
class CanaryMatcher:
    """The matcher of the brands. A canary passes through it like any mention, and is of its own brand alone."""

    brands: BrandMatcher

    def match(self, mention: Mention) -> tuple[BrandMatch, ...]:
        found = self.brands.match(mention)
        return (BrandMatch(CANARY, (CANARY,)),) if is_canary(mention) else found


def with_canary(stages: ReadStages) -> ReadStages:
    """Stages that read canaries too."""
    return replace(stages, matcher=CanaryMatcher(stages.matcher))


def brands_with_canary(brands: Mapping[str, BrandSettings]) -> dict[str, BrandSettings]:
    """The brands to watch by their ids, the reserved one among them."""
    return {**brands, CANARY: CANARY_BRAND}


def is_canary(mention: Mention) -> bool:
    """Whether Tocsin wrote it itself. A post of the same words from elsewhere is none."""
    return mention.source == CANARY


def turn_of(now: datetime, every: timedelta) -> int:
    """The number of the time span that ``now`` (aware UTC) falls into: one canary belongs to each."""
    return int(now.timestamp() // every.total_seconds())


def canary_mention(now: datetime, every: timedelta) -> Mention:
    """The canary of a moment. Two processes that write one in the same turn write the same.

    So short a text resembles no other, and it links to nothing: each canary is a story of its own.
    """
    turn = turn_of(now, every)
    return Mention(
        id=f"{CANARY}:{round(every.total_seconds())}-{turn}",
        source=CANARY,
        kind="post",
        author=Author(handle="tocsin-canary", name="Tocsin"),
        text=f"canary {turn}",
        created_at=now,
        fetched_at=now,
    )
