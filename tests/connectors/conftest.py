from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from connectors.testing import SourceServer
from monitor.clock import ManualClock


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(datetime(2026, 3, 14, 10, 0, tzinfo=UTC))


@pytest.fixture
async def server() -> AsyncIterator[SourceServer]:
    async with SourceServer() as running:
        yield running
