"""Runs a connector: publish a batch, wait until all of it is acknowledged, only then save its cursor.

A crash at any point repeats mentions, it never skips any: the saved cursor never stands after something that
was not acknowledged. Rejected items are kept aside before the cursor passes them.
"""

import asyncio
import logging
import traceback
from collections.abc import Awaitable
from contextlib import aclosing
from pathlib import Path
from random import Random
from typing import TypeVar, cast

from connectors.http_retry import MAX_WAIT_S, full_jitter
from connectors.protocol import Batch, Connector, CursorStore, Health, HealthState, Publisher
from monitor import metrics
from monitor.batches import MAX_ITEMS
from monitor.clock import Clock
from monitor.errors import RateLimited, RefuseToStart, StopError, TocsinError, TransientError

log = logging.getLogger(__name__)

BACK_OFF_CAP_S = 60.0

Result = TypeVar("Result")


async def run_connector(
    connector: Connector,
    publisher: Publisher,
    cursors: CursorStore,
    clock: Clock,
    *,
    stop: asyncio.Event | None = None,
    random: Random | None = None,
) -> None:
    """Follow ``connector`` until it is at its end or ``stop`` is set.

    TransientError and unexpected errors: waits (at least what the error asks for, otherwise a growing back-off
    with jitter) and starts again from the last saved cursor. Raises RefuseToStart and StopError.
    """
    run = _Run(connector, publisher, cursors, clock)
    random = random or Random()  # noqa: S311 - jitter, not a secret
    stop = stop or asyncio.Event()
    while not stop.is_set():
        try:
            await _until(stop, run.follow())
        except (RefuseToStart, StopError):
            run.report(Health("blind", "refused"))
            raise
        except TransientError as error:
            state: HealthState = "limited" if isinstance(error, RateLimited) else "blind"
            run.report(Health(state, str(error)))
            wait = max(error.after_s or 0.0, full_jitter(run.failures, random, cap_s=BACK_OFF_CAP_S))
        except Exception as error:  # noqa: BLE001 - a fault of one source must not stop its neighbours
            metrics.SOURCE_ERRORS.labels(connector.name, "unexpected").inc()
            run.report(Health("blind", _without_payload(error)))
            wait = full_jitter(run.failures, random, cap_s=BACK_OFF_CAP_S)
        else:
            return
        run.failures += 1
        await _until(stop, clock.sleep(min(MAX_WAIT_S, max(1.0, wait))))


class _Run:
    """One connector being followed; ``failures`` counts those since the last batch that passed."""

    def __init__(
        self, connector: Connector, publisher: Publisher, cursors: CursorStore, clock: Clock
    ) -> None:
        self._connector = connector
        self._publisher = publisher
        self._cursors = cursors
        self._clock = clock
        self._health = Health("quiet")
        self.failures = 0

    async def follow(self) -> None:
        """Start after the saved cursor and pass every batch on, until the source is at its end."""
        since = await self._cursors.load(self._connector.name)
        async with aclosing(_closable(self._connector.batches(since))) as batches:
            async for batch in batches:
                await self._pass_on(batch)
                self.failures = 0

    async def _pass_on(self, batch: Batch) -> None:
        name = self._connector.name
        metrics.MENTIONS_FETCHED.labels(name).inc(len(batch.mentions))
        for start in range(0, len(batch.mentions), MAX_ITEMS):
            part = batch.mentions[start : start + MAX_ITEMS]
            await self._publisher.publish(name, part)
            metrics.MENTIONS_PUBLISHED.labels(name).inc(len(part))
        if batch.rejected:
            await self._publisher.reject(name, batch.rejected)
        if batch.cursor is not None:
            await self._cursors.save(name, batch.cursor)
        self.report(batch.health)

    def report(self, health: Health) -> None:
        """Tell the metric, and the log when it changed."""
        metrics.SOURCE_UP.labels(self._connector.name).set(0 if health.state == "blind" else 1)
        if health.state in {"ok", "quiet"}:
            metrics.SOURCE_LAST_SUCCESS.labels(self._connector.name).set(self._clock.now().timestamp())
        if health.state != self._health.state or health.detail != self._health.detail:
            level = logging.WARNING if health.state in {"blind", "limited"} else logging.INFO
            log.log(
                level,
                "%s is %s%s",
                self._connector.name,
                health.state,
                f": {health.detail}" * bool(health.detail),
            )
        self._health = health


def _without_payload(error: Exception) -> str:
    # The message of a foreign error may repeat what a stranger wrote; where it was raised says enough.
    if isinstance(error, TocsinError):
        return str(error)
    frames = traceback.extract_tb(error.__traceback__)
    place = f" at {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    return f"unexpected {type(error).__name__}{place}"


def _closable(batches: object) -> "_Batches":
    # Connectors are async generators, which must be closed to let go of their connections; the protocol
    # promises less, so the close is looked for.
    return cast("_Batches", batches) if hasattr(batches, "aclose") else _Batches(batches)


class _Batches:
    """An async iterator of batches with a close that does nothing."""

    def __init__(self, batches: object) -> None:
        self._batches = cast("_Batches", batches)

    def __aiter__(self) -> "_Batches":
        return self

    async def __anext__(self) -> Batch:
        return await self._batches.__anext__()

    async def aclose(self) -> None:
        return None


async def _until(stop: asyncio.Event, work: Awaitable[Result]) -> None:
    """Wait for ``work``, or cancel it when ``stop`` is set. Raises what ``work`` raises."""
    task = asyncio.ensure_future(work)
    told = asyncio.ensure_future(stop.wait())
    try:
        await asyncio.wait({task, told}, return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            task.result()
    finally:
        for one in (task, told):
            one.cancel()
        await asyncio.gather(task, told, return_exceptions=True)
