from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
from hypothesis import settings

from connectors.testing import SourceServer
from monitor.clock import ManualClock

# How long an example takes says more about the machine than about the code.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(datetime(2026, 3, 14, 10, 0, tzinfo=UTC))


@pytest.fixture
async def server() -> AsyncIterator[SourceServer]:
    async with SourceServer() as running:
        yield running
