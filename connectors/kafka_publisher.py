"""Mentions into Kafka: acknowledged by all replicas, idempotent, the versions of one post in order."""

import asyncio
import logging
import threading
import zlib
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Protocol

from kafka import KafkaProducer
from kafka.errors import KafkaError

from connectors.protocol import RejectedItem
from monitor import metrics
from monitor.batches import MAX_RECORD_BYTES, MentionBatch, encode_batch
from monitor.clock import Clock
from monitor.codec import encode
from monitor.dead_letter import dead_letter
from monitor.errors import Unavailable
from monitor.records import Mention
from monitor.topic_table import topic_name

log = logging.getLogger(__name__)

DELIVERY_S = 30.0
_MAX_REQUEST = 12_000_000


class Sent(Protocol):
    """The promise of an acknowledgement."""

    def get(self, timeout: float | None = None) -> Any: ...


class Producer(Protocol):
    """What is used of a Kafka producer."""

    def send(self, topic: str, value: bytes, key: bytes, *, partition: int) -> Sent: ...

    def close(self, timeout: float | None = None) -> None: ...


def kafka_producer(bootstrap: str) -> Producer:
    """A connected producer. Blocks. Raises KafkaError when no broker answers."""
    producer: Producer = KafkaProducer(
        bootstrap_servers=bootstrap.split(","),
        client_id="tocsin-connect",
        acks="all",
        enable_idempotence=True,
        compression_type="lz4",
        linger_ms=5,
        max_request_size=_MAX_REQUEST,
        bootstrap_timeout_ms=10_000,
        max_block_ms=10_000,
        request_timeout_ms=10_000,
        delivery_timeout_ms=int(DELIVERY_S * 1_000),
    )
    return producer


def shard_of(record_id: str, partitions: int) -> int:
    """The partition of an id: the same on every machine and in every release."""
    return zlib.crc32(record_id.encode("utf-8", "surrogatepass")) % partitions


class KafkaPublisher:
    """A Publisher onto the topics ``{prefix}.mentions`` and ``{prefix}.rejected``. Safe to share between connectors.

    The constructor blocks and raises Unavailable when no broker answers. After any failure the next publish
    starts with a new producer, so that no half-failed state of the old one is carried on.
    """

    def __init__(
        self,
        bootstrap: str,
        *,
        prefix: str,
        partitions: int,
        clock: Clock,
        make_producer: Callable[[str], Producer] = kafka_producer,
    ) -> None:
        self._bootstrap = bootstrap
        self._mentions = topic_name(prefix, "mentions")
        self._rejected = topic_name(prefix, "rejected")
        self._partitions = partitions
        self._clock = clock
        self._make_producer = make_producer
        self._lock = threading.Lock()
        self._producer: Producer | None = None
        self._connected()

    async def publish(self, source: str, mentions: tuple[Mention, ...]) -> None:
        """Returns when every mention is acknowledged by all replicas in sync. Raises Unavailable."""
        records, too_large = self._records(source, mentions)
        await asyncio.to_thread(self._send_all, self._mentions, records)
        if too_large:
            await self.reject(source, too_large)

    async def reject(self, source: str, rejected: tuple[RejectedItem, ...]) -> None:
        """Returns when every item is kept on the topic of rejected records. Raises Unavailable."""
        letters = [dead_letter(source, item, self._clock.now()) for item in rejected]
        records = [
            (shard_of(one.id, self._partitions), one.id.encode("utf-8", "replace"), encode(one))
            for one in letters
        ]
        await asyncio.to_thread(self._send_all, self._rejected, records)
        for item in rejected:
            metrics.REJECTED.labels(source, item.reason).inc()

    def connected(self) -> bool:
        """False from a failure until the next record is acknowledged."""
        return self._producer is not None

    async def aclose(self) -> None:
        """Send what waits and close the connections."""
        await asyncio.to_thread(self._discard, None)

    def _records(
        self, source: str, mentions: Sequence[Mention]
    ) -> tuple[list[tuple[int, bytes, bytes]], tuple[RejectedItem, ...]]:
        """One record per shard (partition, key, value), more where a record would be too large."""
        shards: dict[int, list[Mention]] = {}
        for mention in mentions:
            shards.setdefault(shard_of(mention.id, self._partitions), []).append(mention)
        records: list[tuple[int, bytes, bytes]] = []
        too_large: list[RejectedItem] = []
        for shard, group in shards.items():
            for part in halve_until_small(source, group):
                value = encode_batch(MentionBatch(source=source, mentions=tuple(part)))
                if len(value) > MAX_RECORD_BYTES:
                    too_large.append(
                        RejectedItem("too_large", f"{part[0].id}: {len(value)} bytes", encode(part[0]))
                    )
                else:
                    records.append((shard, str(shard).encode(), value))
        return records, tuple(too_large)

    def _send_all(self, topic: str, records: Iterable[tuple[int, bytes, bytes]]) -> None:
        producer = self._connected()
        try:
            sent = [producer.send(topic, value, key, partition=shard) for shard, key, value in records]
            for one in sent:
                one.get(timeout=DELIVERY_S + 5.0)
        except KafkaError as error:
            self._discard(producer)
            raise Unavailable(
                f"Kafka at {self._bootstrap} did not acknowledge {topic}: {type(error).__name__}"
            ) from None

    def _connected(self) -> Producer:
        with self._lock:
            if self._producer is None:
                try:
                    self._producer = self._make_producer(self._bootstrap)
                except KafkaError as error:
                    raise Unavailable(
                        f"no Kafka broker answers at {self._bootstrap}: {type(error).__name__}"
                    ) from None
            return self._producer

    def _discard(self, failed: Producer | None) -> None:
        """Close the producer: at the end (None), or because it failed, unless another thread already did."""
        with self._lock:
            producer = self._producer
            if producer is None or (failed is not None and failed is not producer):
                return
            self._producer = None
        try:
            producer.close(timeout=5.0 if failed is None else 0.0)
        except KafkaError as error:
            log.warning("the Kafka producer did not close in order: %s", type(error).__name__)


def halve_until_small(source: str, mentions: list[Mention]) -> list[list[Mention]]:
    """The mentions in order, in parts whose record is within MAX_RECORD_BYTES (a single one may be larger)."""
    size = sum(len(encode(mention)) + 1 for mention in mentions) + len(source) + 200
    if size <= MAX_RECORD_BYTES or len(mentions) == 1:
        return [mentions]
    middle = len(mentions) // 2
    return halve_until_small(source, mentions[:middle]) + halve_until_small(source, mentions[middle:])
