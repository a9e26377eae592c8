"""Sites of Kafka mode, on the shared broker or on one of the test's own."""

import gc
import warnings
from collections.abc import AsyncIterator, Iterator
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


@pytest.fixture(autouse=True)
def refused_connections_collected() -> Iterator[None]:
    """kafka-python leaves the socket of a refused connection to the garbage collector, which warns of it; take
    them in here, so that the warning does not fall on whatever test comes next."""
    yield
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()
