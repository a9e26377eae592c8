"""Seals the history once a minute and has the seals stamped. Whatever goes wrong here holds no page up."""

import asyncio
import logging
from datetime import timedelta

from sqlalchemy import select

from monitor import metrics
from monitor.clock import Clock
from monitor.errors import TransientError
from routing.database import Database
from routing.ledger import note
from routing.schema import history
from routing.seal import Seal, canonical_seal
from routing.seal_rows import anything_to_seal, keep_stamp, newest_seal, write_seal
from routing.timestamp import BadStamp
from routing.timestamp_client import Authority

log = logging.getLogger(__name__)

EVERY = timedelta(minutes=1)
_LOOK_S = 1.0
_STAMPING = ("stamp_failed", "stamped_again")


class Sealer:
    """Several may run on one database: only one of them writes each seal."""

    def __init__(self, database: Database, clock: Clock, authority: Authority | None) -> None:
        self._database = database
        self._clock = clock
        self._authority = authority
        self._tried_at: float | None = None

    async def run(self) -> None:
        """Seal until cancelled. A database that is away, or too busy just now, is waited for."""
        while True:
            try:
                await self.step()
            except TransientError as error:
                log.warning("the history is sealed later: %s", error)
            await asyncio.sleep(_LOOK_S)

    async def step(self) -> None:
        """Write the seal that is due, if one is, and have the newest stamped. Raises TransientError."""
        fresh = await asyncio.to_thread(self._seal)
        if self._authority is not None:
            await self._stamp(self._authority, again=fresh is not None)

    async def aclose(self) -> None:
        if self._authority is not None:
            await self._authority.aclose()

    def _seal(self) -> Seal | None:
        now = self._clock.now()
        with self._database.reading() as connection:
            if not anything_to_seal(connection, now, EVERY):
                return None
        return seal_now(self._database, self._clock, EVERY)

    async def _stamp(self, authority: Authority, *, again: bool) -> None:
        """Stamp the newest seal: it cites every earlier one. What failed is tried again after a minute."""
        tried, monotonic = self._tried_at, self._clock.monotonic()
        if not again and tried is not None and monotonic - tried < EVERY.total_seconds():
            return
        newest = await asyncio.to_thread(self._newest)
        if newest is None or newest.stamp is not None:
            return
        self._tried_at = monotonic
        stamp = await authority.stamp(canonical_seal(newest))
        metrics.STAMPS.labels("failed" if isinstance(stamp, BadStamp) else "stamped").inc()
        if isinstance(stamp, BadStamp):
            log.warning("the seal %d has no stamp: %s", newest.number, stamp.reason)
        await asyncio.to_thread(self._keep, newest, stamp)

    def _newest(self) -> Seal | None:
        with self._database.reading() as connection:
            return newest_seal(connection)

    def _keep(self, seal: Seal, stamp: bytes | BadStamp) -> None:
        """Only the first failure and the end of the failures are written down: an entry calls for another seal."""
        with self._database.transaction() as connection:
            query = select(history.c.what).where(history.c.incident == "", history.c.what.in_(_STAMPING))
            last = connection.scalar(query.order_by(history.c.number.desc()).limit(1))
            now = self._clock.now()
            if isinstance(stamp, BadStamp):
                if last != "stamp_failed":
                    note(connection, "", now, "stamp_failed", detail=f"seal {seal.number}: {stamp.reason}")
                return
            keep_stamp(connection, seal.number, stamp)
            if last == "stamp_failed":
                note(connection, "", now, "stamped_again", detail=f"seal {seal.number}")


def seal_now(database: Database, clock: Clock, every: timedelta = timedelta(0)) -> Seal | None:
    """Seal what no seal covers yet; None when there is nothing. Raises Unavailable when writers are too busy."""
    with database.transaction() as connection:
        seal = write_seal(connection, clock.now(), every)
    if seal is not None:
        metrics.SEALED.set(seal.at.timestamp())
    return seal
