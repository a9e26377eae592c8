"""Embedded mode: the same pure steps as in Kafka mode, on one asyncio queue in one process.

``publish`` returns when the router has committed what the batch led to and the watch entries are on disk, so
the cursor that a connector saves afterwards never runs ahead of what people are told.
"""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from connectors.protocol import RejectedItem
from deploy.accepting import Accept, accept_each
from deploy.soft_state import SoftState
from monitor import metrics
from monitor.batches import BadItem, Rejected
from monitor.canary import CANARY, is_canary
from monitor.clock import Clock
from monitor.codec import encode
from monitor.dead_letter import dead_letter
from monitor.errors import TocsinError
from monitor.isolate import watch_each
from monitor.read import ReadOutcome, ReadStages, read_mentions
from monitor.records import Finding, Mention, Reading
from monitor.watch import BrandState, Judge, WatchOutcome

log = logging.getLogger(__name__)


@dataclass
class Tally:
    """What went through this process, for the summary at the end of a demo."""

    mentions: int = 0
    of_no_brand: int = 0
    readings: int = 0
    stories: int = 0
    findings: int = 0
    late: int = 0
    rejected: int = 0
    sources: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Job:
    source: str
    mentions: tuple[Mention, ...]
    done: asyncio.Future[None]


class Pipeline:
    """The publisher of embedded mode: reads, watches and hands findings to the router, batch by batch in order."""

    def __init__(
        self,
        stages: ReadStages,
        states: Mapping[str, BrandState],
        judge: Judge,
        soft_state: SoftState,
        accept: Accept,
        clock: Clock,
    ) -> None:
        self._stages = stages
        self._states = states
        self._judge = judge
        self._soft_state = soft_state
        self._accept = accept
        self._clock = clock
        self._queue: asyncio.Queue[_Job] = asyncio.Queue(maxsize=64)
        # Kept over a batch that fails: read again, it changes nothing more and would leave them off the disk.
        self._unsaved: dict[str, dict[str, bytes | None]] = {}
        self.tally = Tally()

    async def publish(self, source: str, mentions: tuple[Mention, ...]) -> None:
        """Judge a batch and commit what follows from it. Raises what kept it from being committed."""
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        await self._queue.put(_Job(source, mentions, done))
        await done

    async def reject(self, source: str, rejected: tuple[RejectedItem, ...]) -> None:
        """Keep items that a source sent in a shape its contract does not allow."""
        await self._keep([dead_letter(source, item, self._clock.now()) for item in rejected])

    async def run(self) -> None:
        """Work through the queue until cancelled."""
        while True:
            job = await self._queue.get()
            try:
                await self._process(job)
            except asyncio.CancelledError:
                job.done.cancel()
                raise
            except Exception as error:
                if not isinstance(error, TocsinError):
                    log.exception("a batch of %s failed; it will be read again", job.source)
                if not job.done.cancelled():
                    job.done.set_exception(error)
            else:
                if not job.done.cancelled():
                    job.done.set_result(None)

    async def _process(self, job: _Job) -> None:
        with metrics.READ_SECONDS.time():
            read = await asyncio.to_thread(read_mentions, job.mentions, self._stages, self._clock.now())
        self._count_read(job, read)
        await self._set_aside(
            "read", [BadItem("read_failed", one.detail, encode(one.mention)) for one in read.failed]
        )
        findings: list[Finding] = []
        for brand, readings in _by_brand((*read.readings, *read.followed)).items():
            findings.extend((await self._watch(brand, readings)).findings)
        if findings:
            await self._set_aside("route", await accept_each(self._accept, findings))
        if self._unsaved:
            await asyncio.to_thread(self._soft_state.save, self._unsaved)
            self._unsaved = {}

    async def _watch(self, brand: str, readings: Sequence[Reading]) -> WatchOutcome:
        state = self._states[brand]
        with metrics.WATCH_SECONDS.time():
            outcome, bad = await asyncio.to_thread(
                watch_each, state, readings, self._judge, self._clock.now()
            )
        self._unsaved.setdefault(brand, {}).update(outcome.changed)
        await self._set_aside("watch", bad)
        if brand == CANARY:  # no figure of what people wrote
            return outcome
        self.tally.stories += outcome.opened
        self.tally.findings += sum(finding.about == "clause" for finding in outcome.findings)
        self.tally.late += outcome.late
        metrics.STORIES_OPENED.labels(brand).inc(outcome.opened)
        metrics.STORIES_TRACKED.labels(brand).set(state.stories)
        metrics.BRAND_REACH.labels(brand).set(state.largest_reach)
        for finding in outcome.findings:
            metrics.FINDINGS.labels(finding.clause.id, finding.clause.owner, finding.clause.severity).inc()
        return outcome

    def _count_read(self, job: _Job, read: ReadOutcome) -> None:
        if all(is_canary(one) for one in job.mentions):
            return
        self.tally.mentions += len(job.mentions)
        self.tally.sources[job.source] = self.tally.sources.get(job.source, 0) + len(job.mentions)
        self.tally.of_no_brand += read.of_no_brand
        self.tally.readings += len(read.readings)
        metrics.MENTIONS_READ.inc(len(job.mentions))
        metrics.MENTIONS_OF_NO_BRAND.inc(read.of_no_brand)
        for reading in read.readings:
            metrics.READINGS.labels(reading.brand, reading.sentiment.label).inc()

    async def _set_aside(self, stage: str, bad: Sequence[BadItem]) -> None:
        if bad:
            await self._keep([dead_letter(stage, item, self._clock.now()) for item in bad])

    async def _keep(self, letters: list[Rejected]) -> None:
        await asyncio.to_thread(self._soft_state.reject, letters)
        self.tally.rejected += len(letters)
        for letter in letters:
            metrics.REJECTED.labels(letter.stage, letter.reason).inc()


def _by_brand(readings: Sequence[Reading]) -> dict[str, list[Reading]]:
    grouped: dict[str, list[Reading]] = {}
    for reading in readings:
        grouped.setdefault(reading.brand, []).append(reading)
    return grouped
