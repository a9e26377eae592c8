"""Fixtures: a real Kafka broker, shared or of the test's own."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from deploy.services.ports import free_port
from tests.services.missing import skip_when_missing

if TYPE_CHECKING:  # kafka-python takes a second to import, which only tests that use a broker should pay
    from deploy.kafka.broker import Broker


@pytest.fixture(scope="session")
def kafka_broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator["Broker"]:
    """The broker that all tests share: name topics with `unique_prefix`, and never stop it."""
    yield from _run(tmp_path_factory.mktemp("kafka"))


@pytest.fixture
def fresh_kafka_broker(tmp_path: Path) -> Iterator["Broker"]:
    """An empty broker that the test may stop, kill and restart. It takes about three seconds."""
    yield from _run(tmp_path / "kafka")


def _run(data_dir: Path) -> Iterator["Broker"]:
    from deploy.kafka.broker import Broker

    broker = Broker(data_dir, free_port())
    with skip_when_missing():
        broker.start()
    yield broker
    broker.stop()
