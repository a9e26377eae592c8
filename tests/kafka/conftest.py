"""Sites of Kafka mode, on the shared broker or on one of the test's own."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.kafka.site import Site

if TYPE_CHECKING:
    from deploy.kafka.broker import Broker


@pytest.fixture
async def site(tmp_path: Path, kafka_broker: "Broker", unique_prefix: str) -> AsyncIterator[Site]:
    """A site on the shared broker, with topics of its own and SQLite; nothing is started yet."""
    async with Site(tmp_path, kafka_broker.bootstrap, unique_prefix) as one:
        yield one
