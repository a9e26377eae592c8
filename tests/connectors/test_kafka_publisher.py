import base64
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kafka.errors import KafkaConnectionError, KafkaTimeoutError

from connectors.kafka_publisher import KafkaPublisher, Producer, halve_until_small, shard_of
from connectors.protocol import RejectedItem
from monitor.batches import MAX_RECORD_BYTES, Rejected, decode_mentions
from monitor.clock import ManualClock
from monitor.codec import decode
from monitor.errors import Unavailable
from monitor.records import Media, Mention

if TYPE_CHECKING:
    from deploy.kafka.broker import Broker

NOW = datetime(2026, 3, 14, 10, 0, tzinfo=UTC)


def mention(name: str, text: str = "x") -> Mention:
    return Mention(id=f"t:{name}", source="t", kind="post", text=text, created_at=NOW, fetched_at=NOW)


@dataclass
class FakeSent:
    error: Exception | None

    def get(self, timeout: float | None = None) -> None:
        if self.error is not None:
            raise self.error


@dataclass
class FakeProducer:
    """Keeps what is sent; fails the acknowledgement of the records whose number is in ``fail``."""

    fail: set[int] = field(default_factory=set)
    sent: list[tuple[str, int, bytes, bytes]] = field(default_factory=list)
    closed: bool = False

    def send(self, topic: str, value: bytes, key: bytes, *, partition: int) -> FakeSent:
        self.sent.append((topic, partition, key, value))
        return FakeSent(KafkaTimeoutError() if len(self.sent) in self.fail else None)

    def close(self, timeout: float | None = None) -> None:
        self.closed = True


def publisher(*producers: FakeProducer) -> KafkaPublisher:
    waiting = list(producers)

    def make(bootstrap: str) -> Producer:
        if not waiting:
            raise KafkaConnectionError
        return waiting.pop(0)

    return KafkaPublisher(
        "broker.example:9092", prefix="tocsin", partitions=4, clock=ManualClock(NOW), make_producer=make
    )


async def test_a_batch_becomes_one_record_per_shard_in_order() -> None:
    producer = FakeProducer()
    mentions = tuple(mention(str(n % 20), text=str(n)) for n in range(100))
    await publisher(producer).publish("t", mentions)
    assert len(producer.sent) == 4
    seen: dict[str, list[str]] = {}
    for topic, partition, key, value in producer.sent:
        assert (topic, key) == ("tocsin.mentions", str(partition).encode())
        for one in decode_mentions(value).items:
            assert shard_of(one.id, 4) == partition
            seen.setdefault(one.id, []).append(one.text)
    assert len(seen) == 20
    assert all(texts == sorted(texts, key=int) for texts in seen.values())


def test_shards_are_the_same_everywhere() -> None:
    assert [shard_of(f"feeds:{n}", 8) for n in range(6)] == [5, 3, 1, 7, 4, 2]


@pytest.mark.parametrize("fail", [{1}, {4}])
async def test_one_missing_acknowledgement_fails_the_batch_and_renews_the_producer(fail: set[int]) -> None:
    first, second = FakeProducer(fail=fail), FakeProducer()
    kafka = publisher(first, second)
    mentions = tuple(mention(str(n)) for n in range(50))
    with pytest.raises(Unavailable, match="did not acknowledge"):
        await kafka.publish("t", mentions)
    assert first.closed
    await kafka.publish("t", mentions)
    assert len(second.sent) == 4
    await kafka.aclose()
    assert second.closed


async def test_no_broker_is_unavailable() -> None:
    with pytest.raises(Unavailable, match=r"broker\.example:9092"):
        publisher()


async def test_rejected_items_keep_their_bytes() -> None:
    producer = FakeProducer()
    await publisher(producer).reject("feeds", (RejectedItem("invalid", "title: too long", b"\xff raw"),))
    ((topic, _, key, value),) = producer.sent
    letter = decode(Rejected, value)
    assert topic == "tocsin.rejected"
    assert key.decode() == letter.id
    assert (letter.stage, letter.reason, letter.detail) == ("feeds", "invalid", "title: too long")
    assert base64.b64decode(letter.original_base64) == b"\xff raw"
    assert letter.rejected_at == NOW


async def test_a_mention_too_large_for_a_record_is_rejected_alone() -> None:
    alt = "é" * 40_000
    large = mention("large").model_copy(
        update={"media": tuple(Media(url="https://a.example", alt=alt) for _ in range(150))}
    )
    producer = FakeProducer()
    await publisher(producer).publish("t", (mention("small"), large))
    topics = [topic for topic, *_ in producer.sent]
    assert topics == ["tocsin.mentions", "tocsin.rejected"]


@given(st.lists(st.integers(0, 40_000), max_size=30))
def test_large_batches_are_split_and_keep_their_order(sizes: list[int]) -> None:
    mentions = [mention(str(n), "\x01" * size) for n, size in enumerate(sizes)]
    parts = halve_until_small("t", mentions)
    assert [one for part in parts for one in part] == mentions
    for part in parts:
        assert len(part) <= 1 or sum(len(one.model_dump_json()) for one in part) <= MAX_RECORD_BYTES


async def test_nothing_is_sent_for_an_empty_batch() -> None:
    producer = FakeProducer()
    await publisher(producer).publish("t", ())
    assert producer.sent == []


@pytest.mark.kafka
async def test_a_real_broker_acknowledges_and_gives_back(kafka_broker: "Broker", unique_prefix: str) -> None:
    import asyncio

    from kafka import KafkaConsumer
    from kafka.admin import KafkaAdminClient, NewTopic

    def declare() -> None:
        admin = KafkaAdminClient(bootstrap_servers=kafka_broker.bootstrap)
        names = [f"{unique_prefix}.{stage}" for stage in ("mentions", "rejected")]
        admin.create_topics([NewTopic(name, 4, 1) for name in names])
        admin.close()

    def read(topic: str, count: int) -> list[bytes]:
        consumer = KafkaConsumer(
            topic, bootstrap_servers=kafka_broker.bootstrap, group_id=None, auto_offset_reset="earliest"
        )
        values: list[bytes] = []
        while len(values) < count:
            for records in consumer.poll(timeout_ms=1_000).values():
                values += [record.value for record in records]
        consumer.close()
        return values

    await asyncio.to_thread(declare)
    kafka = await asyncio.to_thread(
        KafkaPublisher, kafka_broker.bootstrap, prefix=unique_prefix, partitions=4, clock=ManualClock(NOW)
    )
    mentions = tuple(mention(str(n), "Véloria 😡") for n in range(200))
    await kafka.publish("t", mentions)
    await kafka.reject("t", (RejectedItem("invalid", "d", b"x"),))
    await kafka.aclose()
    records = await asyncio.to_thread(read, f"{unique_prefix}.mentions", 4)
    back = {one.id: one for value in records for one in decode_mentions(value).items}
    assert back == {one.id: one for one in mentions}
    (letter,) = await asyncio.to_thread(read, f"{unique_prefix}.rejected", 1)
    assert json.loads(letter)["stage"] == "t"


@pytest.mark.kafka
async def test_an_unknown_topic_is_unavailable_not_lost(kafka_broker: "Broker", unique_prefix: str) -> None:
    import asyncio

    kafka = await asyncio.to_thread(
        KafkaPublisher, kafka_broker.bootstrap, prefix=unique_prefix, partitions=4, clock=ManualClock(NOW)
    )
    with pytest.raises(Unavailable):
        await kafka.publish("t", (mention("1"),))
    await kafka.aclose()
