"""When a record is done: the broker has all that followed from it. Only then may its offset be committed.

Waiting for that before the next record is taken would cost a round trip per record, so up to ``DEPTH`` records wait
side by side. They are acknowledged in their order all the same: Faust commits past a record that is still under way
when it is alone, or when nothing of its partition was committed before.
"""

import asyncio
from collections.abc import Sequence
from typing import Any, Protocol

from monitor.stream.outputs import Outputs

DEPTH = 16


class Event(Protocol):
    """A record of a Faust stream."""

    def ack(self) -> bool: ...


class Acknowledging:
    """Acknowledges the records of one agent."""

    def __init__(self, outputs: Outputs, depth: int = DEPTH) -> None:
        self._outputs = outputs
        self._depth = depth
        self._waiting: set[asyncio.Task[None]] = set()
        self._last: asyncio.Task[None] | None = None

    async def after(self, event: Event) -> None:
        """Acknowledge ``event`` once the broker has what was sent since the last call. Returns at once, unless too
        many records wait already."""
        before = self._last if self._last is not None and not self._last.done() else None
        task = self._last = asyncio.create_task(self._acknowledge(event, self._outputs.take(), before))
        self._waiting.add(task)
        task.add_done_callback(self._waiting.discard)
        if len(self._waiting) >= self._depth:
            await asyncio.wait(self._waiting, return_when=asyncio.FIRST_COMPLETED)

    async def _acknowledge(
        self, event: Event, sent: Sequence[asyncio.Future[Any]], before: asyncio.Task[None] | None
    ) -> None:
        await self._outputs.delivered(sent)
        if before is not None:
            await before
        event.ack()
