"""Does the event loop turn? A task that notes the time, for ``/livez`` and the watchdog."""

import asyncio
from datetime import datetime, timedelta

from monitor.clock import Clock

BEAT_S = 0.5
LATE = timedelta(seconds=10)


class Heartbeat:
    """``beat`` runs as a task of the loop; ``last`` may be read from any thread."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.last: datetime = clock.now()

    async def beat(self) -> None:
        """Note the time twice a second until cancelled."""
        while True:
            self.last = self._clock.now()
            await asyncio.sleep(BEAT_S)

    def alive(self) -> bool:
        """The loop turned within the last ten seconds."""
        return self._clock.now() - self.last <= LATE

    def because(self) -> list[str]:
        """The reason why a process is not ready, if the loop is one."""
        return [] if self.alive() else ["the event loop is late"]
