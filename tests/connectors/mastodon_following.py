"""A connector of the Mastodon double, what it gives, and a publisher that fails."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import orjson

from connectors.cursors import MemoryCursors
from connectors.mastodon import MastodonConnector, MastodonSettings
from connectors.protocol import Batch, Connector, RejectedItem
from connectors.runner import run_connector
from monitor.clock import ManualClock
from monitor.errors import Unavailable
from monitor.records import Mention
from tests.connectors.mastodon_double import (
    FIRST_ID,
    MastodonDouble,
)

NOW = datetime(2026, 3, 14, 10, 10, tzinfo=UTC)
TOKEN = "canary-token"
ENVIRON = {"MASTODON_TOKEN": TOKEN}


def follow(double: MastodonDouble, clock: ManualClock | None = None, **settings: Any) -> MastodonConnector:
    given = {
        "server": double.url,
        "hashtags": ["veloria"],
        "token": "env:MASTODON_TOKEN",
        "allow_private_addresses": True,
        **settings,
    }
    return MastodonConnector(MastodonSettings.model_validate(given), clock or ManualClock(NOW), ENVIRON)


def ids_of(batches: list[Batch]) -> list[str]:
    return [one.id for batch in batches for one in batch.mentions]


async def first_error(connector: MastodonConnector) -> Exception:
    """The error that ends the batches."""
    async with asyncio.timeout(20):
        try:
            async for _ in connector.batches(None):
                pass
        except Exception as error:  # noqa: BLE001 - which one it is, is what is asked
            return error
    raise AssertionError("the batches ended without an error")


class Taker:
    """A publisher that fails the calls whose number is in ``fails``, and looks after each whether to stop."""

    def __init__(self, is_done: Callable[[list[Mention]], bool], fails: frozenset[int] = frozenset()) -> None:
        self.taken: list[Mention] = []
        self.stop = asyncio.Event()
        self._is_done = is_done
        self._fails = fails
        self._calls = 0

    async def publish(self, source: str, mentions: tuple[Mention, ...]) -> None:
        self._calls += 1
        if self._calls in self._fails:
            raise Unavailable("the broker is away")
        self.taken.extend(mentions)
        if self._is_done(self.taken):
            self.stop.set()

    async def reject(self, source: str, rejected: tuple[RejectedItem, ...]) -> None:
        return None

    async def run(self, connector: Connector) -> list[str]:
        async with asyncio.timeout(20):
            await run_connector(connector, self, MemoryCursors(), ManualClock(NOW), stop=self.stop)
        return [one.id for one in self.taken]


def cursor_after(number: int) -> str:
    return orjson.dumps({"tags": {"veloria": str(FIRST_ID + number)}}).decode()
