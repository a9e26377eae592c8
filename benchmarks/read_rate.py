"""Mentions a second through ``read`` in Faust, against a plain aiokafka loop doing the same work.

Both take the same records from the same broker, in turn. The rate is taken from the times that the broker's
records carry, from the first reading to the last, so that neither's start counts.
"""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from itertools import islice
from statistics import median

from kafka import KafkaConsumer, KafkaProducer, TopicPartition

from benchmarks.figures import Figure
from benchmarks.posts import NAMES_A_BRAND, posts
from benchmarks.progress import say
from connectors.kafka_publisher import shard_of
from deploy.kafka.broker import Broker
from deploy.kafka_topics import declare_topics
from deploy.settings import KafkaSettings
from monitor.batches import MAX_ITEMS, MentionBatch, decode_readings, encode_batch
from monitor.records import Mention
from monitor.topic_table import topic_name
from tests.kafka.site import PARTITIONS, ROOT

MENTIONS = 160_000
ROUNDS = 3
LIMIT_S = 300


def run(broker: Broker) -> Figure:
    """The ratio, with both rates in mentions a second beside it."""
    records = _records()
    rates: dict[str, list[float]] = {"faust": [], "plain": []}
    ratios = []
    for number in range(ROUNDS):
        for which, found in rates.items():
            prefix = f"bench-{which}-{number}-{time.monotonic_ns()}"
            _preload(broker.bootstrap, prefix, records)
            with _contestant(which, broker.bootstrap, prefix):
                found.append(_rate(broker.bootstrap, prefix))
            say(f"read, round {number + 1} of {ROUNDS}, {which}: {found[-1]:,.0f} mentions/s")
        ratios.append(rates["faust"][-1] / rates["plain"][-1])
    detail = {
        "faust_mentions_per_s": round(median(rates["faust"])),
        "plain_mentions_per_s": round(median(rates["plain"])),
        "least_ratio": round(min(ratios), 3),
        "largest_ratio": round(max(ratios), 3),
    }
    source = "goal; 1.0 is the plain aiokafka loop of the same run"
    return Figure("read_vs_aiokafka_ratio", round(median(ratios), 3), "ratio", 0.9, source, detail)


def _records() -> list[tuple[int, bytes]]:
    """Batches of 200 mentions, each with its partition."""
    shards: dict[int, list[Mention]] = {}
    for mention, _ in islice(posts("read"), MENTIONS):
        shards.setdefault(shard_of(mention.id, PARTITIONS), []).append(mention)
    return [
        (
            shard,
            encode_batch(MentionBatch(source="bench", mentions=tuple(mentions[start : start + MAX_ITEMS]))),
        )
        for shard, mentions in shards.items()
        for start in range(0, len(mentions), MAX_ITEMS)
    ]


def _preload(bootstrap: str, prefix: str, records: list[tuple[int, bytes]]) -> None:
    declare_topics(KafkaSettings(bootstrap=bootstrap, prefix=prefix, partitions=PARTITIONS))
    with closing(KafkaProducer(bootstrap_servers=bootstrap, compression_type="lz4")) as producer:
        for shard, value in records:
            producer.send(topic_name(prefix, "mentions"), value, partition=shard)
        producer.flush(timeout=60)


@contextmanager
def _contestant(which: str, bootstrap: str, prefix: str) -> Iterator[None]:
    command = [sys.executable, "-m", "benchmarks.read_worker", which, bootstrap, prefix]
    process = subprocess.Popen(command, cwd=ROOT)
    try:
        yield
    finally:
        process.kill()
        process.wait()


def _rate(bootstrap: str, prefix: str) -> float:
    """Wait for every reading, then mentions a second between the first reading record and the last."""
    topic = topic_name(prefix, "readings")
    expected = -(-MENTIONS // NAMES_A_BRAND)
    seen = 0
    times: list[int] = []
    with closing(KafkaConsumer(bootstrap_servers=bootstrap, enable_auto_commit=False)) as consumer:
        consumer.assign([TopicPartition(topic, number) for number in range(PARTITIONS)])
        consumer.seek_to_beginning()
        deadline = time.monotonic() + LIMIT_S
        while seen < expected:
            if time.monotonic() > deadline:
                raise TimeoutError(f"only {seen} of {expected} readings came in {LIMIT_S} s")
            for fetched in consumer.poll(timeout_ms=1_000).values():
                for record in fetched:
                    times.append(record.timestamp)
                    seen += len(decode_readings(record.value).items)
    return MENTIONS * 1_000 / max(1, max(times) - min(times))
