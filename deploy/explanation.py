"""One mention, explained: what is made of it, and what every clause of the playbook says. Pure."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from monitor.playbook import Playbook
from monitor.playbook_examples import StorySize, story_of
from monitor.read import ReadStages, read_mentions
from monitor.records import Mention, Reading, Story
from monitor.situation import Situation, Verdict


@dataclass(frozen=True, slots=True)
class BrandView:
    """A mention as a mention of one brand: how it was read, in which story, and each clause's verdict.

    ``verdicts`` is empty when the playbook does not cover the brand.
    """

    reading: Reading
    story: Story
    verdicts: tuple[Verdict, ...]

    @property
    def firing(self) -> tuple[Verdict, ...]:
        return tuple(verdict for verdict in self.verdicts if verdict.trace.held)


@dataclass(frozen=True, slots=True)
class Explanation:
    """What Tocsin makes of one mention. ``failed`` says why it could not be read, else it is empty."""

    mention: Mention
    brands: tuple[BrandView, ...]
    failed: str = ""

    def as_json(self) -> dict[str, Any]:
        """The explanation as plain JSON values."""
        return {
            "id": self.mention.id,
            "failed": self.failed or None,
            "brands": [_view_json(view) for view in self.brands],
            "fires": sorted({v.clause.id for view in self.brands for v in view.firing}),
        }


def explain_mention(
    mention: Mention, stages: ReadStages, playbook: Playbook, size: StorySize, now: datetime
) -> Explanation:
    """Read a mention and judge it in a story as large as ``size`` says."""
    outcome = read_mentions([mention], stages, now)
    views = []
    for reading in outcome.readings:
        story = story_of(reading, size)
        views.append(BrandView(reading, story, playbook.explain(Situation(reading, story, now))))
    return Explanation(mention, tuple(views), "; ".join(failure.detail for failure in outcome.failed))


def _view_json(view: BrandView) -> dict[str, Any]:
    reading = view.reading
    return {
        "brand": reading.brand,
        "matched": list(reading.matched),
        "language": reading.language,
        "sentiment": reading.sentiment.model_dump(mode="json"),
        "topics": [hit.model_dump(mode="json") for hit in reading.topics],
        "author_kind": reading.author_kind,
        "story": view.story.model_dump(
            mode="json",
            include={
                "mentions",
                "authors",
                "reach",
                "mentions_last_5_min",
                "mentions_last_60_min",
                "negative_share",
            },
        ),
        "clauses": [
            {
                "clause": verdict.clause.id,
                "fires": verdict.trace.held,
                "severity": verdict.clause.severity,
                "page": list(verdict.clause.page),
                "inform": list(verdict.clause.inform),
                "trace": verdict.trace.model_dump(mode="json"),
            }
            for verdict in view.verdicts
        ],
    }
