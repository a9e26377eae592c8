"""The router's intake in Kafka mode: findings from their topic into the router's database, then the offset.

The offset is committed only after the database committed, so a crash repeats findings, which the database
recognises by id, and loses none.
"""

import logging
from collections.abc import Sequence
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.errors import CommitFailedError, IllegalStateError, KafkaError

from deploy.accepting import Accept, accept_each
from deploy.settings import KafkaSettings
from deploy.vitals import Partition
from monitor import metrics
from monitor.batches import MAX_RECORD_BYTES, BadItem, decode_findings
from monitor.clock import Clock
from monitor.codec import encode
from monitor.dead_letter import dead_letter
from monitor.errors import DeadLetterError, DeadLetterLost, TransientError, Unavailable
from monitor.records import Finding
from monitor.topic_table import TOPICS, topic_name

log = logging.getLogger(__name__)

STAGE = "route"
FIRST_PAUSE_S = 0.5
MAX_PAUSE_S = 5.0
AT_ONCE = 50  # records of one partition that become one transaction each in turn


class Intake:
    """Takes findings in order, one partition after the other; see the module's promise."""

    def __init__(self, kafka: KafkaSettings, accept: Accept, clock: Clock) -> None:
        self._kafka = kafka
        self._accept = accept
        self._clock = clock
        self.group = f"{kafka.prefix}-router"
        self.topic = topic_name(kafka.prefix, "findings")
        self.retries = 0  # times that the database was asked again
        self._consumer: Any = None
        self._producer: Any = None

    def assignment(self) -> list[Partition]:
        """The partitions that this process owns."""
        if self._consumer is None:
            return []
        return [(tp.topic, tp.partition) for tp in self._consumer.assignment()]

    async def run(self) -> None:
        """Take findings until cancelled. Raises Unavailable when no broker answers at the start, DeadLetterLost
        when a rejected record cannot be kept."""
        self._producer = self._new_producer()
        self._consumer = self._new_consumer()
        try:
            try:
                await self._producer.start()
                await self._consumer.start()
            except KafkaError as error:
                raise Unavailable(
                    f"no Kafka broker answers at {self._kafka.bootstrap}: {type(error).__name__}"
                ) from None
            while True:
                fetched = await self._consumer.getmany(timeout_ms=500, max_records=AT_ONCE)
                for partition, records in fetched.items():
                    await self._take(partition, records)
        finally:
            consumer, self._consumer = self._consumer, None
            await consumer.stop()
            await self._producer.stop()

    def _new_consumer(self) -> Any:
        return AIOKafkaConsumer(
            self.topic,
            bootstrap_servers=self._kafka.bootstrap.split(","),
            group_id=self.group,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            fetch_max_wait_ms=200,
            session_timeout_ms=10_000,
            heartbeat_interval_ms=2_500,
            max_partition_fetch_bytes=MAX_RECORD_BYTES + 400_000,
        )

    def _new_producer(self) -> Any:
        largest = max(topic.max_message_bytes for topic in TOPICS)
        return AIOKafkaProducer(
            bootstrap_servers=self._kafka.bootstrap.split(","),
            acks="all",
            enable_idempotence=True,
            compression_type="lz4",
            max_request_size=largest,
        )

    async def _take(self, partition: TopicPartition, records: Sequence[Any]) -> None:
        findings: list[Finding] = []
        for record in records:
            metrics.EVENTS.labels(STAGE).inc()
            try:
                decoded = decode_findings(record.value or b"")
            except DeadLetterError as error:
                await self._reject(record, [BadItem(error.reason, str(error), record.value or b"")])
                continue
            findings.extend(decoded.items)
            await self._reject(record, decoded.bad)
        if findings:
            await self._reject(records[-1], await self._accepted(findings))
        await self._commit(partition, records[-1].offset + 1)

    async def _accepted(self, findings: Sequence[Finding]) -> list[BadItem]:
        """Wait for the database as long as it takes: findings must not be dropped because it is away."""
        pause = FIRST_PAUSE_S
        while True:
            try:
                return await accept_each(self._accept, findings)
            except TransientError as error:
                self.retries += 1
                metrics.RETRIES.labels(STAGE).inc()
                log.warning("findings wait for the router's database: %s", error)
                await self._clock.sleep(max(pause, error.after_s or 0.0))
                pause = min(pause * 2, MAX_PAUSE_S)

    async def _commit(self, partition: TopicPartition, offset: int) -> None:
        try:
            await self._consumer.commit({partition: offset})
        except (CommitFailedError, IllegalStateError):
            log.warning("%s went to another process; it takes the same findings again", partition)
        except KafkaError as error:
            # The next commit covers this one; were there none, the findings would come again, by id.
            log.warning("the broker did not take a commit: %s", type(error).__name__)

    async def _reject(self, record: Any, bad: Sequence[BadItem]) -> None:
        for item in bad:
            letter = dead_letter(
                STAGE,
                item,
                self._clock.now(),
                topic=record.topic,
                partition=record.partition,
                offset=record.offset,
            )
            try:
                await self._producer.send_and_wait(
                    topic_name(self._kafka.prefix, "rejected"),
                    encode(letter),
                    key=letter.id.encode("utf-8", "replace"),
                )
            except KafkaError as error:
                raise DeadLetterLost(f"a finding could not be set aside ({type(error).__name__})") from error
            metrics.REJECTED.labels(STAGE, item.reason).inc()
