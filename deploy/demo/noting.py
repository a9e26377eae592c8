"""Puts the demonstration's notes into a pipeline: posts per source, what was judged, what was set aside."""

from collections import Counter
from dataclasses import dataclass, field

from connectors.protocol import RejectedItem
from deploy.demo.fates import NotingJudge
from deploy.embedded import Embedded
from deploy.pipeline import Pipeline
from monitor.read import build_stages
from monitor.records import Mention
from monitor.watch import BrandState


@dataclass
class Notes:
    """What passed. ``judge`` holds what was said of each post of the brand."""

    judge: NotingJudge
    sources: Counter[str] = field(default_factory=Counter)
    set_aside: list[str] = field(default_factory=list)


class NotingPipeline(Pipeline):
    """The pipeline of embedded mode, which also keeps notes."""

    notes: Notes

    async def publish(self, source: str, mentions: tuple[Mention, ...]) -> None:
        await super().publish(source, mentions)
        self.notes.sources.update(mention.source for mention in mentions)

    async def reject(self, source: str, rejected: tuple[RejectedItem, ...]) -> None:
        await super().reject(source, rejected)
        self.notes.set_aside += [item.detail for item in rejected]


def take_notes(embedded: Embedded) -> Notes:
    """Give ``embedded``, which does not run yet, a pipeline that takes notes."""
    notes = Notes(NotingJudge(embedded.playbook))
    brands = embedded.settings.brands
    pipeline = NotingPipeline(
        build_stages(brands),
        {brand.id: BrandState.restore(brand, embedded.soft_state.entries(brand.id)) for brand in brands},
        notes.judge,
        embedded.soft_state,
        embedded.routing.router.accept,
        embedded.clock,
    )
    pipeline.notes = notes
    embedded.pipeline = pipeline
    return notes
