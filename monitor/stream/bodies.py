"""What the agents do with one record: bytes in, records out. What is decided is in the pure steps.

A record of long articles is worked on in a thread: two hundred take many seconds, in which heartbeats and health must
be answered. A record of posts is not: handing it to a thread and back would cost more than a quarter of the speed.
"""

import asyncio
from collections.abc import Callable, Iterable, MutableMapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import ParamSpec, Protocol, TypeVar

from monitor import metrics
from monitor.batches import (
    BadItem,
    FindingBatch,
    ReadingBatch,
    decode_mentions,
    decode_readings,
    encode_in_parts,
)
from monitor.canary import CANARY, is_canary
from monitor.clock import Clock
from monitor.codec import encode
from monitor.isolate import watch_each
from monitor.read import ReadOutcome, ReadStages, read_mentions
from monitor.records import Finding, Reading
from monitor.settings import BrandSettings
from monitor.topic_table import Stage
from monitor.watch import BrandState, Judge

Item = TypeVar("Item")
Result = TypeVar("Result")
Arguments = ParamSpec("Arguments")

LONG_BYTES = 200_000  # twice what two hundred posts take; at the worst, five articles and about a second

Table = MutableMapping[bytes, bytes]


class Send(Protocol):
    """Sends one record; raises when it cannot be queued."""

    async def __call__(self, stage: Stage, key: str, value: bytes) -> None: ...


@dataclass(frozen=True, slots=True)
class Judgement:
    """The pure parts that the bodies call."""

    stages: ReadStages
    brands: dict[str, BrandSettings]
    judge: Judge


class ReadBody:
    """mentions → readings, one record per brand and batch."""

    def __init__(self, judgement: Judgement, send: Send, clock: Clock) -> None:
        self._judgement = judgement
        self._send = send
        self._clock = clock

    async def __call__(self, value: bytes) -> Sequence[BadItem]:
        """Returns the items that cannot pass. Raises UndecodableRecord when the whole record cannot."""
        size = len(value)
        decoded = await _done(size, decode_mentions, value)
        with metrics.READ_SECONDS.time():
            outcome = await _done(
                size, read_mentions, decoded.items, self._judgement.stages, self._clock.now()
            )
        for brand, readings in _grouped(
            (*outcome.readings, *outcome.followed), lambda reading: reading.brand
        ):
            for record in encode_in_parts(readings, partial(_reading_batch, brand)):
                await self._send("readings", brand, record)
        _count_read(sum(not is_canary(one) for one in decoded.items), outcome)
        failed = [BadItem("read_failed", one.detail, encode(one.mention)) for one in outcome.failed]
        return [*decoded.bad, *failed]


class WatchBody:
    """readings → findings. The state of each brand is a cache of its entries in the table."""

    def __init__(self, judgement: Judgement, send: Send, table: Table, clock: Clock) -> None:
        self._judgement = judgement
        self._send = send
        self._table = table
        self._clock = clock
        self._states: dict[str, BrandState] = {}
        self._recovered: dict[str, list[tuple[str, bytes]]] | None = None

    def forget(self) -> None:
        """Drop every cached state: after a rebalance another worker may have changed the entries."""
        self._states.clear()
        self._recovered = None

    async def __call__(self, value: bytes) -> Sequence[BadItem]:
        """Returns the items that cannot pass. Raises UndecodableRecord when the whole record cannot."""
        decoded = await _done(len(value), decode_readings, value)
        bad: list[BadItem] = list(decoded.bad)
        for brand, readings in _grouped(decoded.items, lambda reading: reading.brand):
            if brand in self._judgement.brands:
                bad.extend(await self._watch(brand, readings, len(value)))
            else:
                why = f"the configuration has no brand {brand}"
                bad.extend(BadItem("unknown_brand", why, encode(one)) for one in readings)
        return bad

    async def _watch(self, brand: str, readings: list[Reading], size: int) -> Sequence[BadItem]:
        state = self._state(brand)
        try:
            with metrics.WATCH_SECONDS.time():
                outcome, bad = await _done(
                    size, watch_each, state, readings, self._judgement.judge, self._clock.now()
                )
            for story, findings in _grouped(outcome.findings, lambda finding: finding.story.id):
                for record in encode_in_parts(findings, partial(_finding_batch, story)):
                    await self._send("findings", story, record)
            for key, entry in outcome.changed.items():
                self._store(f"{brand}|{key}".encode(), entry)
        except BaseException:
            self.forget()  # half-changed: it is built again from the table
            raise
        if brand == CANARY:
            return bad
        metrics.STORIES_OPENED.labels(brand).inc(outcome.opened)
        metrics.STORIES_TRACKED.labels(brand).set(state.stories)
        metrics.BRAND_REACH.labels(brand).set(state.largest_reach)
        for finding in outcome.findings:
            metrics.FINDINGS.labels(finding.clause.id, finding.clause.owner, finding.clause.severity).inc()
        return bad

    def _state(self, brand: str) -> BrandState:
        if brand not in self._states:
            if self._recovered is None:
                self._recovered = _entries_by_brand(self._table.items())
            settings = self._judgement.brands[brand]
            self._states[brand] = BrandState.restore(settings, self._recovered.pop(brand, []))
        return self._states[brand]

    def _store(self, key: bytes, entry: bytes | None) -> None:
        if entry is None:
            self._table.pop(key, None)
        else:
            self._table[key] = entry


async def _done(
    size: int, work: Callable[Arguments, Result], /, *args: Arguments.args, **names: Arguments.kwargs
) -> Result:
    """What ``work`` returns, done in a thread when the record of ``size`` bytes is a long one."""
    if size <= LONG_BYTES:
        return work(*args, **names)
    return await asyncio.to_thread(work, *args, **names)


def _reading_batch(brand: str, readings: tuple[Reading, ...]) -> ReadingBatch:
    return ReadingBatch(brand=brand, readings=readings)


def _finding_batch(story: str, findings: tuple[Finding, ...]) -> FindingBatch:
    return FindingBatch(story=story, findings=findings)


def _count_read(mentions: int, outcome: ReadOutcome) -> None:
    metrics.MENTIONS_READ.inc(mentions)
    metrics.MENTIONS_OF_NO_BRAND.inc(outcome.of_no_brand)
    for reading in outcome.readings:
        if reading.brand == CANARY:  # no figure of what people wrote
            continue
        metrics.READINGS.labels(reading.brand, reading.sentiment.label).inc()


def _entries_by_brand(items: Iterable[tuple[bytes, bytes]]) -> dict[str, list[tuple[str, bytes]]]:
    by_brand: dict[str, list[tuple[str, bytes]]] = {}
    for key, value in items:
        brand, _, entry = key.decode().partition("|")
        by_brand.setdefault(brand, []).append((entry, value))
    return by_brand


def _grouped(items: Iterable[Item], key: Callable[[Item], str]) -> Iterable[tuple[str, list[Item]]]:
    groups: dict[str, list[Item]] = {}
    for item in items:
        groups.setdefault(key(item), []).append(item)
    return groups.items()
