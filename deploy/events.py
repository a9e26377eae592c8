"""Kafka mode: publishes the history on the topic of events. A broker that is away delays nothing else."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from typing import Any, Protocol

from kafka import KafkaProducer
from kafka.errors import KafkaError

from connectors.kafka_publisher import shard_of
from deploy.settings import KafkaSettings
from monitor import metrics
from monitor.clock import Clock
from monitor.errors import TransientError, Unavailable
from monitor.topic_table import topic_name
from routing.database import Database
from routing.events import Event, claimed_events, oldest_waiting

log = logging.getLogger(__name__)

_POLL_S = 1.0
_BACK_OFF_S = (1.0, 30.0)
_DELIVERY_S = 10.0


class Producer(Protocol):
    """What is used of a Kafka producer."""

    def send(self, topic: str, value: bytes, key: bytes, *, partition: int) -> Any: ...

    def close(self, timeout: float | None = None) -> None: ...


def events_producer(bootstrap: str) -> Producer:
    """A connected producer. Blocks. Raises KafkaError when no broker answers."""
    producer: Producer = KafkaProducer(
        bootstrap_servers=bootstrap.split(","),
        client_id="tocsin-events",
        acks="all",
        enable_idempotence=True,
        compression_type="lz4",
        linger_ms=5,
        bootstrap_timeout_ms=5_000,
        max_block_ms=5_000,
        request_timeout_ms=5_000,
        delivery_timeout_ms=int(_DELIVERY_S * 1_000),
    )
    return producer


class EventsRelay:
    """Publishes what is not published yet. Several may run on one PostgreSQL and share the work."""

    def __init__(
        self,
        database: Database,
        kafka: KafkaSettings,
        clock: Clock,
        make_producer: Callable[[str], Producer] = events_producer,
    ) -> None:
        self._database = database
        self._kafka = kafka
        self._clock = clock
        self._make_producer = make_producer
        self._producer: Producer | None = None

    async def run(self) -> None:
        """Publish until cancelled."""
        wait = _BACK_OFF_S[0]
        try:
            while True:
                try:
                    published = await asyncio.to_thread(self.publish_waiting)
                    wait = _BACK_OFF_S[0]
                    await asyncio.sleep(0 if published else _POLL_S)
                except TransientError as error:
                    log.warning("events are published later: %s", error)
                    await asyncio.sleep(wait)
                    wait = min(2 * wait, _BACK_OFF_S[1])
        finally:
            await asyncio.to_thread(self.close)

    def publish_waiting(self) -> int:
        """One batch; returns its size. Blocks. Raises Unavailable, and then nothing of it counts as published."""
        now = self._clock.now()
        with self._database.reading() as connection:
            oldest = oldest_waiting(connection)
        age = 0.0 if oldest is None else (now - oldest).total_seconds()
        metrics.EVENTS_WAITING_SECONDS.set(max(0.0, age))
        if oldest is None:
            return 0
        producer = self._connected()  # first: nothing is held in the database while a broker is looked for
        with claimed_events(self._database, now) as events:
            self._send(producer, events)
        metrics.EVENTS_PUBLISHED.inc(len(events))
        return len(events)

    def close(self) -> None:
        """Close the connections; what is not acknowledged is published again."""
        producer, self._producer = self._producer, None
        if producer is not None:
            try:
                producer.close(timeout=1.0)
            except KafkaError as error:
                log.warning("the Kafka producer did not close in order: %s", type(error).__name__)

    def _connected(self) -> Producer:
        if self._producer is None:
            try:
                self._producer = self._make_producer(self._kafka.bootstrap)
            except KafkaError as error:
                raise Unavailable(
                    f"no Kafka broker answers at {self._kafka.bootstrap}: {type(error).__name__}"
                ) from None
        return self._producer

    def _send(self, producer: Producer, events: Sequence[Event]) -> None:
        topic, partitions = topic_name(self._kafka.prefix, "events"), self._kafka.partitions
        try:
            sent = [
                producer.send(topic, one.value, one.key.encode(), partition=shard_of(one.key, partitions))
                for one in events
            ]
            for one in sent:
                one.get(timeout=_DELIVERY_S + 5.0)
        except KafkaError as error:
            self.close()  # the next batch starts with a new producer: no half-failed state is carried on
            raise Unavailable(
                f"Kafka at {self._kafka.bootstrap} did not acknowledge {topic}: {type(error).__name__}"
            ) from None
