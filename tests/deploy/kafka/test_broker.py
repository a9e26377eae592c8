"""The real broker: it serves the clients that Tocsin uses, and keeps its data when it stops, is killed and restarts."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from deploy.services.errors import ServiceFailed
from deploy.services.ports import accepts, free_port

if TYPE_CHECKING:
    from deploy.kafka.broker import Broker

_PARTITIONS = 4
_LOST_PARENT = """
import os, sys
from pathlib import Path
from deploy.kafka.broker import Broker
broker = Broker(Path(sys.argv[1]), int(sys.argv[2]))
broker.start()
print(broker.pid, flush=True)
sys.stdin.read()
"""


def _create_topic(broker: "Broker", name: str) -> None:
    from kafka.admin import KafkaAdminClient, NewTopic

    admin = KafkaAdminClient(bootstrap_servers=broker.bootstrap)
    admin.create_topics([NewTopic(name, num_partitions=_PARTITIONS, replication_factor=1)])
    admin.close()


def _produce(broker: "Broker", topic: str, values: list[bytes]) -> None:
    from kafka import KafkaProducer

    producer = KafkaProducer(
        bootstrap_servers=broker.bootstrap, acks="all", enable_idempotence=True, compression_type="lz4"
    )
    sent = [producer.send(topic, key=value, value=value) for value in values]
    for future in sent:
        future.get(timeout=30)
    producer.close()


def _consume(broker: "Broker", topic: str, group: str, count: int) -> list[bytes]:
    """Read until `count` values came, as a member of `group` that commits where it is."""
    from kafka import KafkaConsumer

    consumer: Any = KafkaConsumer(
        topic,
        bootstrap_servers=broker.bootstrap,
        group_id=group,
        auto_offset_reset="earliest",
        enable_auto_commit=False,
    )
    values: list[bytes] = []
    while len(values) < count:
        for records in consumer.poll(timeout_ms=1000).values():
            values += [record.value for record in records]
    consumer.commit()
    consumer.close()
    return sorted(values)


def test_an_idempotent_producer_and_a_consumer_group(kafka_broker: "Broker", unique_prefix: str) -> None:
    values = sorted(f"Véloria {number}".encode() for number in range(50))
    _create_topic(kafka_broker, unique_prefix)
    _produce(kafka_broker, unique_prefix, values)
    assert _consume(kafka_broker, unique_prefix, unique_prefix, 50) == values
    _produce(kafka_broker, unique_prefix, [b"one more"])
    assert _consume(kafka_broker, unique_prefix, unique_prefix, 1) == [b"one more"]


async def test_aiokafka_with_idempotence_and_a_group(kafka_broker: "Broker", unique_prefix: str) -> None:
    from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

    _create_topic(kafka_broker, unique_prefix)
    async with AIOKafkaProducer(
        bootstrap_servers=kafka_broker.bootstrap, acks="all", enable_idempotence=True, compression_type="gzip"
    ) as producer:
        for number in range(20):
            await producer.send_and_wait(unique_prefix, b"%02d" % number)
    seen: list[bytes] = []
    async with AIOKafkaConsumer(
        unique_prefix,
        bootstrap_servers=kafka_broker.bootstrap,
        group_id=unique_prefix,
        auto_offset_reset="earliest",
        session_timeout_ms=1_000,
        heartbeat_interval_ms=300,
    ) as consumer:
        while len(seen) < 20:
            seen.append((await consumer.getone()).value)
    assert sorted(seen) == [b"%02d" % number for number in range(20)]


def test_a_topic_does_not_appear_by_itself(kafka_broker: "Broker", unique_prefix: str) -> None:
    from kafka import KafkaProducer
    from kafka.admin import KafkaAdminClient
    from kafka.errors import KafkaError

    producer = KafkaProducer(bootstrap_servers=kafka_broker.bootstrap, max_block_ms=1_000)
    with pytest.raises(KafkaError):
        producer.send(unique_prefix, b"lost").get(timeout=5)
    producer.close()
    admin = KafkaAdminClient(bootstrap_servers=kafka_broker.bootstrap)
    assert unique_prefix not in admin.list_topics()
    admin.close()


def test_restart_keeps_address_records_and_offsets(fresh_kafka_broker: "Broker", unique_prefix: str) -> None:
    address = fresh_kafka_broker.bootstrap
    _create_topic(fresh_kafka_broker, unique_prefix)
    _produce(fresh_kafka_broker, unique_prefix, [b"read before"])
    assert _consume(fresh_kafka_broker, unique_prefix, "group", 1) == [b"read before"]
    fresh_kafka_broker.restart()
    assert fresh_kafka_broker.bootstrap == address
    _produce(fresh_kafka_broker, unique_prefix, [b"read after"])
    assert _consume(fresh_kafka_broker, unique_prefix, "group", 1) == [b"read after"]


def test_a_killed_broker_comes_back_with_what_it_acknowledged(
    fresh_kafka_broker: "Broker", unique_prefix: str
) -> None:
    _create_topic(fresh_kafka_broker, unique_prefix)
    _produce(fresh_kafka_broker, unique_prefix, [b"acknowledged"])
    fresh_kafka_broker.kill()
    assert not fresh_kafka_broker.running
    assert not accepts(fresh_kafka_broker.port)
    fresh_kafka_broker.start()
    assert _consume(fresh_kafka_broker, unique_prefix, "group", 1) == [b"acknowledged"]


def test_a_taken_port_is_named(kafka_broker: "Broker", tmp_path: Path) -> None:
    from deploy.kafka.broker import Broker

    second = Broker(tmp_path / "second", kafka_broker.port)
    with pytest.raises(ServiceFailed, match=f"Port {kafka_broker.port} of 127.0.0.1 is taken"):
        second.start()
    with pytest.raises(ServiceFailed, match="No Kafka broker of ours"):
        second.kill()


@pytest.mark.kafka
def test_a_broker_does_not_outlive_the_process_that_started_it(tmp_path: Path) -> None:
    port = free_port()
    parent = subprocess.Popen(
        [sys.executable, "-c", _LOST_PARENT, str(tmp_path / "kafka"), str(port)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with parent:
        assert parent.stdout
        pid = int(parent.stdout.readline())
        ended = os.pidfd_open(pid)
        assert accepts(port)
        parent.kill()
        assert _becomes_ready_to_reap(ended)
    assert not accepts(port)


@pytest.mark.kafka
def test_the_command_prints_the_address_and_stops_at_ctrl_c(tmp_path: Path) -> None:
    port = free_port()
    command = subprocess.Popen(
        [sys.executable, "-m", "deploy.kafka", "--port", str(port), "--data", str(tmp_path / "kafka")],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert command.stdout
    assert command.stdout.readline() == f"127.0.0.1:{port}\n"
    assert accepts(port)
    command.send_signal(signal.SIGINT)
    _, said = command.communicate(timeout=60)
    assert command.returncode == 0
    assert said.splitlines()[-1] == "Stopping Kafka ..."
    assert not accepts(port)


def _becomes_ready_to_reap(process: int) -> bool:
    """Wait for the end of a process by its descriptor, which is closed."""
    import select

    try:
        ready, _, _ = select.select([process], [], [], 60)
    finally:
        os.close(process)
    return bool(ready)
