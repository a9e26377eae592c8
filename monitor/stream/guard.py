"""The one guard around every agent body.

Faust acknowledges an event even when its agent raises, so a record whose processing failed would be lost, and
the agent would stall. Nothing may leave a body: what cannot pass becomes a dead letter with its reason and its
bytes, what may pass later is tried again, and when going on would lose something the process ends at once,
before the offset is committed, so that the record comes again.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from monitor import metrics
from monitor.batches import BadItem, Rejected
from monitor.clock import Clock
from monitor.dead_letter import dead_letter
from monitor.errors import DeadLetterError, StopError, TransientError
from monitor.stream.cap import DeadLetterCap
from monitor.stream.ending import End, end_process

log = logging.getLogger(__name__)

TRIES = 3
FIRST_PAUSE_S = 0.2
MAX_PAUSE_S = 2.0

# Not counted against the cap: after a brand is taken out of the configuration its last readings come so, and a
# worker that stopped for them would never get past them.
UNCOUNTED = frozenset({"unknown_brand"})


@dataclass(frozen=True, slots=True)
class RawRecord:
    """One record as it came from a topic."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None


Body = Callable[[bytes], Awaitable[Sequence[BadItem]]]
SendRejected = Callable[[Rejected], Awaitable[None]]


class Guard:
    """Runs bodies so that no exception leaves and no record is lost. One per stage."""

    def __init__(
        self,
        stage: str,
        send_rejected: SendRejected,
        cap: DeadLetterCap,
        clock: Clock,
        end: End = end_process,
    ) -> None:
        self._stage = stage
        self._send_rejected = send_rejected
        self._cap = cap
        self._clock = clock
        self._end = end

    async def run(self, record: RawRecord, body: Body) -> None:
        """Process one record to its end: outputs sent, or dead-lettered. Ends the process when neither can be."""
        metrics.EVENTS.labels(self._stage).inc()
        value = record.value
        if value is None:
            await self._reject(record, [BadItem("empty", "the record has no value", b"")])
            return
        try:
            bad = await self._with_retries(body, value)
        except asyncio.CancelledError:
            # Faust acknowledges what was cancelled too. It waits for running bodies when it stops in good
            # order, so this is not one of those stops.
            self._end(f"{self._stage} was cancelled in the middle of a record, which comes again")
        except StopError as error:
            self._end(str(error))
        except TransientError as error:
            self._end(f"{self._stage} could not go on after {TRIES} tries: {error}")
        except DeadLetterError as error:
            bad = [BadItem(error.reason, str(error), value)]
        except Exception as error:
            log.exception(
                "%s failed on %s[%d]@%d", self._stage, record.topic, record.partition, record.offset
            )
            bad = [BadItem("failed", f"{type(error).__name__}: {error}", value)]
        if bad:
            await self._reject(record, bad)

    async def _with_retries(self, body: Body, value: bytes) -> Sequence[BadItem]:
        pause = FIRST_PAUSE_S
        for _ in range(TRIES - 1):
            try:
                return await body(value)
            except TransientError as error:
                metrics.RETRIES.labels(self._stage).inc()
                await self._clock.sleep(max(pause, min(error.after_s or 0.0, MAX_PAUSE_S)))
                pause *= 2
        return await body(value)

    async def _reject(self, record: RawRecord, bad: Sequence[BadItem]) -> None:
        for item in bad:
            try:
                await self._send_rejected(self._letter(record, item))
            except (Exception, asyncio.CancelledError) as error:  # noqa: BLE001 - a lost dead letter is a lost record
                self._end(f"a dead letter of {self._stage} could not be kept ({type(error).__name__})")
            metrics.REJECTED.labels(self._stage, item.reason).inc()
        counted = sum(item.reason not in UNCOUNTED for item in bad)
        if self._cap.exceeded(counted, self._clock.now()):
            self._end(f"{self._stage} rejected more records than the cap allows: see the rejected topic")

    def _letter(self, record: RawRecord, item: BadItem) -> Rejected:
        return dead_letter(
            self._stage,
            item,
            self._clock.now(),
            topic=record.topic,
            partition=record.partition,
            offset=record.offset,
        )
