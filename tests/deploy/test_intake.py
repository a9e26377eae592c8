"""The router's intake against a real broker: in order, kept until the database has it, by id."""

import asyncio
import base64
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, closing
from typing import TYPE_CHECKING

import pytest
from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import KafkaAdminClient
from kafka.errors import KafkaError

from deploy.intake import Intake
from deploy.kafka_topics import declare_topics
from deploy.settings import KafkaSettings
from monitor.batches import FindingBatch, Rejected, encode_batch
from monitor.clock import SystemClock
from monitor.codec import decode
from monitor.errors import Unavailable
from monitor.records import Finding
from tests.routing.scenes import finding

if TYPE_CHECKING:
    from deploy.kafka.broker import Broker

pytestmark = pytest.mark.kafka


class Router:
    """Takes findings; away or choking when told so."""

    def __init__(self) -> None:
        self.taken: list[str] = []
        self.away = 0  # how many more times it is away
        self.choke = ""

    async def accept(self, findings: Sequence[Finding]) -> None:
        if self.away:
            self.away -= 1
            raise Unavailable("the database is away", after_s=0.01)
        if any(one.id == self.choke for one in findings):
            raise ValueError("cannot")
        self.taken.extend(one.id for one in findings)


def some(count: int) -> list[Finding]:
    return [finding().model_copy(update={"id": f"f{number}"}) for number in range(count)]


@pytest.fixture
def kafka(kafka_broker: "Broker", unique_prefix: str) -> KafkaSettings:
    settings = KafkaSettings(bootstrap=kafka_broker.bootstrap, prefix=unique_prefix, partitions=1)
    declare_topics(settings)
    return settings


def put(kafka: KafkaSettings, *values: bytes) -> None:
    with closing(KafkaProducer(bootstrap_servers=kafka.bootstrap)) as producer:
        for value in values:
            producer.send(f"{kafka.prefix}.findings", value).get(timeout=30)


def put_findings(kafka: KafkaSettings, findings: Sequence[Finding]) -> None:
    put(kafka, *(encode_batch(FindingBatch(story=one.story.id, findings=(one,))) for one in findings))


def letters(kafka: KafkaSettings) -> list[Rejected]:
    partition = TopicPartition(f"{kafka.prefix}.rejected", 0)
    with closing(KafkaConsumer(bootstrap_servers=kafka.bootstrap)) as consumer:
        consumer.assign([partition])
        consumer.seek_to_beginning()
        end = consumer.end_offsets([partition])[partition]
        found: list[Rejected] = []
        while consumer.position(partition) < end:
            for records in consumer.poll(timeout_ms=500).values():
                found.extend(decode(Rejected, record.value) for record in records)
    return found


def committed(kafka: KafkaSettings) -> int:
    with closing(KafkaAdminClient(bootstrap_servers=kafka.bootstrap)) as admin:
        group = f"{kafka.prefix}-router"
        try:
            offsets = admin.list_group_offsets(group).get(group, {})
        except KafkaError:  # the broker is still making room for its first group
            return -1
        return max((one.offset for one in offsets.values()), default=-1)


@asynccontextmanager
async def taking(kafka: KafkaSettings, router: Router) -> AsyncIterator[Intake]:
    intake = Intake(kafka, router.accept, SystemClock())
    task = asyncio.create_task(intake.run())
    try:
        yield intake
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def until(holds: Callable[[], bool]) -> None:
    for _ in range(600):
        if await asyncio.to_thread(holds):
            return
        await asyncio.sleep(0.1)
    raise AssertionError("it never came to hold")


async def until_committed(kafka: KafkaSettings, offset: int) -> None:
    await until(lambda: committed(kafka) >= offset)


async def test_findings_are_taken_in_order_and_then_committed(kafka: KafkaSettings) -> None:
    router = Router()
    put_findings(kafka, some(5))
    async with taking(kafka, router) as intake:
        await until_committed(kafka, 5)
        assert intake.assignment() == [(f"{kafka.prefix}.findings", 0)]
    assert router.taken == ["f0", "f1", "f2", "f3", "f4"]
    assert intake.assignment() == []


async def test_what_was_committed_does_not_come_again(kafka: KafkaSettings) -> None:
    first, second = Router(), Router()
    put_findings(kafka, some(2))
    async with taking(kafka, first):
        await until_committed(kafka, 2)
    put_findings(kafka, some(3)[2:])
    async with taking(kafka, second):
        await until_committed(kafka, 3)
    assert second.taken == ["f2"]


async def test_findings_wait_for_a_database_that_is_away(kafka: KafkaSettings) -> None:
    router = Router()
    router.away = 2
    put_findings(kafka, some(3))
    async with taking(kafka, router) as intake:
        await until_committed(kafka, 3)
    assert router.taken == ["f0", "f1", "f2"]
    assert intake.retries == 2  # the watchdog sees that it is not stuck


async def test_nothing_is_committed_before_the_database_has_it(kafka: KafkaSettings) -> None:
    router = Router()
    router.away = 1_000
    put_findings(kafka, some(1))
    async with taking(kafka, router):
        await until(lambda: router.away < 1_000)  # it has asked at least once
        assert await asyncio.to_thread(committed, kafka) <= 0
    again = Router()
    async with taking(kafka, again):
        await until_committed(kafka, 1)
    assert again.taken == ["f0"]


async def test_a_finding_that_cannot_be_taken_is_set_aside_alone(kafka: KafkaSettings) -> None:
    router = Router()
    router.choke = "f1"
    put_findings(kafka, some(3))
    async with taking(kafka, router):
        await until_committed(kafka, 3)
    assert router.taken == ["f0", "f2"]
    (letter,) = letters(kafka)
    assert (letter.stage, letter.reason) == ("route", "route_failed")
    assert decode(Finding, base64.b64decode(letter.original_base64)).id == "f1"


async def test_a_record_that_is_not_ours_is_set_aside_with_its_place(kafka: KafkaSettings) -> None:
    router = Router()
    put(kafka, b"\xff garbage")
    put_findings(kafka, some(1))
    async with taking(kafka, router):
        await until_committed(kafka, 2)
    assert router.taken == ["f0"]
    (letter,) = letters(kafka)
    assert (letter.topic, letter.partition, letter.offset) == (f"{kafka.prefix}.findings", 0, 0)
    assert base64.b64decode(letter.original_base64) == b"\xff garbage"


async def test_without_a_broker_it_says_so() -> None:
    with pytest.raises(Unavailable, match=r"no Kafka broker answers at 127\.0\.0\.1:1"):
        await Intake(KafkaSettings(bootstrap="127.0.0.1:1"), Router().accept, SystemClock()).run()
