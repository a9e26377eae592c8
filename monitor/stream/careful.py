"""Two parts of Faust, mended: as they are, a change of partitions between workers can lose records for good.

When a table is restored, Faust lets records flow before it goes back to the committed offsets, then empties its
queues: what stood in them is gone, while what follows is processed and committed. A partition of which nothing was
committed yet is not gone back to at all. And an offset is committed although the record before it is missing.
"""

from typing import Any

import faust
from faust.tables.recovery import Recovery
from faust.transport.drivers.aiokafka import Consumer, ensure_aiokafka_TP
from mode import get_logger


class CarefulRecovery(Recovery):  # type: ignore[misc] # Faust carries no types
    """Goes back to the committed offsets while nothing flows."""

    logger = get_logger("faust.tables.recovery")

    async def on_recovery_completed(self, generation_id: int = 0) -> None:
        """Resume the records; Faust lets them flow at the end of this."""
        self.app.consumer.stop_flow()
        await super().on_recovery_completed(generation_id)


class CarefulConsumer(Consumer):  # type: ignore[misc] # Faust carries no types
    """Goes back in every partition, and commits no offset past a missing record."""

    logger = get_logger("faust.transport.consumer")

    async def perform_seek(self) -> None:
        """Go back to the committed offsets, or to the beginning where there are none."""
        await super().perform_seek()
        uncommitted = [
            ensure_aiokafka_TP(tp)
            for tp in self.assignment()
            if not self._is_changelog_tp(tp) and not self._committed_offset[tp]
        ]
        if uncommitted:
            await self._thread.seek_to_beginning(*uncommitted)

    async def verify_all_partitions_active(self) -> None:
        """Nothing: this only writes to the log, and fails where a partition is being gone back in."""

    def _new_offset(self, tp: Any) -> int | None:
        # Faust checks this too, but lets one missing record pass. Gaps are records that retention deleted.
        acked, committed = self._acked[tp], self._committed_offset[tp]
        if acked and committed and not self._gap[tp] and min(acked) > committed:
            return None  # until the watchdog sees that nothing moves: the record comes again after a restart
        offset: int | None = super()._new_offset(tp)
        return offset


def make_careful(app: faust.App) -> faust.App:
    """Give an application these parts instead of Faust's. Call before anything of it is started."""
    app.transport.Consumer = CarefulConsumer
    app.tables._recovery = CarefulRecovery(  # noqa: SLF001 - Faust has no other way in
        app, app.tables, beacon=app.tables.beacon
    )
    return app
