"""The broker, its topics and its groups are looked at; nothing is created."""

import asyncio
from typing import TYPE_CHECKING

import pytest
from kafka.admin import KafkaAdminClient

from deploy.doctor import Check, examine
from deploy.doctor_kafka import MANY, kafka_probes, of_lag, of_topics
from deploy.doctor_words import Scrub
from deploy.kafka_topics import declare_topics, wanted_topics
from deploy.services.ports import free_port
from deploy.settings import KafkaSettings
from monitor.clock import SystemClock
from monitor.topic_table import topic_name
from tests.deploy.doctor_files import silent_server

if TYPE_CHECKING:
    from deploy.kafka.broker import Broker


def declare(kafka: KafkaSettings) -> None:
    """Declare the topics; returns when the broker itself knows them, which can be a moment later."""
    names = [topic.name for topic in declare_topics(kafka)]
    admin = KafkaAdminClient(bootstrap_servers=kafka.bootstrap)
    try:
        admin.wait_for_topics(names)
    finally:
        admin.close()


async def tried(kafka: KafkaSettings, timeout_s: float = 20) -> list[Check]:
    return await examine(kafka_probes(kafka, timeout_s), timeout_s + 10, SystemClock(), Scrub(()))


@pytest.mark.kafka
async def test_topics_that_are_missing_are_named_and_not_made(
    kafka_broker: "Broker", unique_prefix: str
) -> None:
    kafka = KafkaSettings(bootstrap=kafka_broker.bootstrap, prefix=unique_prefix, partitions=2)
    for _ in range(2):
        topics, agents, router = await tried(kafka)
        assert (topics.state, topics.fault, topics.do) == ("down", "outside", "run tocsin topics")
        assert topic_name(unique_prefix, "mentions") in topics.what
        assert {agents.state, router.state} == {"down"}


@pytest.mark.kafka
async def test_declared_topics_are_good_and_waiting_records_are_counted(
    kafka_broker: "Broker", unique_prefix: str
) -> None:
    from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

    kafka = KafkaSettings(bootstrap=kafka_broker.bootstrap, prefix=unique_prefix, partitions=2)
    await asyncio.to_thread(declare, kafka)
    assert [(one.state, one.what) for one in await tried(kafka)][1:] == [("ok", "0 records behind")] * 2
    topics = (await tried(kafka))[0]
    assert (topics.state, topics.what) == (
        "ok",
        f"{kafka.bootstrap} answers, {len(wanted_topics(kafka))} topics of 2 partitions",
    )

    findings = topic_name(unique_prefix, "findings")
    async with AIOKafkaProducer(bootstrap_servers=kafka.bootstrap) as producer:
        for _ in range(3):
            await producer.send_and_wait(findings, b"{}", partition=1)
    router = (await tried(kafka))[2]
    assert (router.state, router.what) == ("warning", "3 records wait and none was ever taken")

    place = TopicPartition(findings, 1)
    consumer = AIOKafkaConsumer(
        bootstrap_servers=kafka.bootstrap, group_id=f"{unique_prefix}-router", enable_auto_commit=False
    )
    async with consumer:
        consumer.assign([place])
        await consumer.commit({place: 2})
    router = (await tried(kafka))[2]
    assert (router.state, router.what) == ("ok", "1 records behind")


@pytest.mark.kafka
async def test_another_number_of_partitions_is_a_mistake_of_the_configuration(
    kafka_broker: "Broker", unique_prefix: str
) -> None:
    kafka = KafkaSettings(bootstrap=kafka_broker.bootstrap, prefix=unique_prefix, partitions=2)
    await asyncio.to_thread(declare, kafka)
    topics = (await tried(kafka.model_copy(update={"partitions": 3})))[0]
    assert (topics.state, topics.fault) == ("down", "configuration")


async def test_a_broker_that_is_away_is_down() -> None:
    kafka = KafkaSettings(bootstrap=f"127.0.0.1:{free_port()}")
    for check in await tried(kafka, timeout_s=1):
        assert (check.state, check.fault) == ("down", "outside")
        assert f"no broker answers at {kafka.bootstrap}" in check.what


async def test_a_broker_that_takes_connections_and_is_silent_is_down() -> None:
    async with silent_server() as port:
        checks = await tried(KafkaSettings(bootstrap=f"127.0.0.1:{port}"), timeout_s=1)
    assert {(check.state, check.fault) for check in checks} == {("down", "outside")}


def test_what_topics_mean() -> None:
    kafka = KafkaSettings(partitions=4)
    names = [topic.name for topic in wanted_topics(kafka)]
    assert of_topics(kafka, dict.fromkeys(names, 4)).state == "ok"
    lacking = of_topics(kafka, dict.fromkeys(names[1:], 4))
    assert (lacking.state, lacking.fault) == ("down", "outside")
    assert names[0] in lacking.what
    assert of_topics(kafka, {**dict.fromkeys(names, 4), names[0]: 3}).fault == "configuration"


@pytest.mark.parametrize(
    ("behind", "started", "state"),
    [
        (0, False, "ok"),
        (0, True, "ok"),
        (1, False, "warning"),
        (MANY, True, "ok"),
        (MANY + 1, True, "warning"),
    ],
)
def test_what_lag_means(behind: int, started: bool, state: str) -> None:
    assert of_lag(behind, started=started).state == state
