"""The relay against a real broker: everything arrives, in order by incident; a broker that is away holds nothing up."""

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from kafka import KafkaConsumer
from kafka.errors import KafkaConnectionError, KafkaTimeoutError

from deploy.events import EventsRelay
from deploy.kafka_topics import declare_topics
from deploy.settings import KafkaSettings
from monitor.clock import ManualClock
from monitor.errors import Unavailable
from routing.database import Database
from routing.ledger import note
from routing.ledger_rows import read_chain
from tests.routing.scenes import START

if TYPE_CHECKING:
    from deploy.kafka.broker import Broker


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    made = Database.open(f"sqlite:///{tmp_path}/r.db")
    with made.transaction() as connection:
        for what in ("drill", "stamp_failed", "stamped_again"):
            note(connection, "", START, what)
    yield made
    made.close()


class Acknowledged:
    def __init__(self, error: Exception | None) -> None:
        self._error = error

    def get(self, timeout: float | None = None) -> None:
        if self._error is not None:
            raise self._error


class FakeProducer:
    """Takes records, or fails as told."""

    def __init__(self, sent: list[bytes], error: Exception | None = None) -> None:
        self._sent, self._error = sent, error
        self.closed = False

    def send(self, topic: str, value: bytes, key: bytes, *, partition: int) -> Acknowledged:
        assert topic == "tocsin.events"
        assert key == b"router"
        self._sent.append(value)
        return Acknowledged(self._error)

    def close(self, timeout: float | None = None) -> None:
        self.closed = True


def test_what_the_broker_does_not_acknowledge_is_published_again(database: Database) -> None:
    sent: list[bytes] = []
    failing = FakeProducer(sent, KafkaTimeoutError())
    producers = [failing, FakeProducer(sent)]
    relay = EventsRelay(database, KafkaSettings(), ManualClock(START), lambda _: producers.pop(0))
    with pytest.raises(Unavailable, match=r"did not acknowledge tocsin\.events"):
        relay.publish_waiting()
    assert failing.closed
    assert relay.publish_waiting() == 3
    assert sent[:3] == sent[3:]
    assert relay.publish_waiting() == 0


def test_a_broker_that_is_away_is_said_and_nothing_is_lost(database: Database) -> None:
    def away(bootstrap: str) -> Any:
        raise KafkaConnectionError

    relay = EventsRelay(database, KafkaSettings(), ManualClock(START), away)
    with pytest.raises(Unavailable, match="no Kafka broker answers"):
        relay.publish_waiting()
    with database.transaction() as connection:  # routing goes on
        note(connection, "", START, "drill")
    sent: list[bytes] = []
    assert (
        EventsRelay(
            database, KafkaSettings(), ManualClock(START), lambda _: FakeProducer(sent)
        ).publish_waiting()
        == 4
    )


@pytest.mark.kafka
def test_events_arrive_in_order_on_the_real_topic(
    kafka_broker: "Broker", unique_prefix: str, database: Database
) -> None:
    kafka = KafkaSettings(bootstrap=kafka_broker.bootstrap, prefix=unique_prefix, partitions=2)
    declare_topics(kafka)
    relay = EventsRelay(database, kafka, ManualClock(START))
    assert relay.publish_waiting() == 3
    with database.transaction() as connection:
        note(connection, "", START, "drill")
    assert relay.publish_waiting() == 1
    relay.close()
    with database.reading() as connection:
        written = read_chain(connection, "")
    consumer = KafkaConsumer(
        f"{unique_prefix}.events",
        bootstrap_servers=kafka.bootstrap,
        auto_offset_reset="earliest",
        consumer_timeout_ms=20_000,
        group_id=None,
    )
    with closing(consumer):
        arrived = [json.loads(next(consumer).value) for _ in written]
    assert [one["id"] for one in arrived] == [entry.hash for entry in written]
    assert [one["entry"]["what"] for one in arrived] == ["drill", "stamp_failed", "stamped_again", "drill"]
