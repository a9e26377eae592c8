"""The source of canaries: one in each turn of ``every``, written by Tocsin itself."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import ClassVar

from connectors.protocol import Batch, Cursor
from monitor.canary import CANARY, canary_mention, turn_of
from monitor.clock import Clock


class CanaryConnector:
    """Never at its end. The cursor is the number of the last turn, so that a restart writes none twice."""

    kind: ClassVar[str] = "canary"
    name: ClassVar[str] = CANARY

    def __init__(self, every: timedelta, clock: Clock) -> None:
        self._every = every
        self._clock = clock

    async def batches(self, since: Cursor | None) -> AsyncIterator[Batch]:
        """The first one at once, unless its turn has had one."""
        last = since
        while True:
            now = self._clock.now()
            turn = str(turn_of(now, self._every))
            if turn != last:
                yield Batch((canary_mention(now, self._every),), cursor=turn)
                last = turn
            length = self._every.total_seconds()
            await self._clock.sleep(max(0.001, length - self._clock.now().timestamp() % length))
