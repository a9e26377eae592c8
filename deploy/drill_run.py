"""Runs a drill: hands its finding to the router by the way of the mode, then follows what becomes of it."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from kafka import KafkaProducer
from kafka.errors import KafkaError

from connectors.kafka_publisher import shard_of
from deploy.drill_receipt import Receipt, receipt_of
from deploy.settings import KafkaSettings, TocsinSettings
from monitor.batches import FindingBatch, encode_batch
from monitor.clock import Clock
from monitor.errors import Unavailable
from monitor.records import Finding
from monitor.topic_table import topic_name
from routing.database import Database
from routing.desk import IncidentView
from routing.liveness import ROUTER_LOOKED, marked
from routing.store import Store

Way = Literal["kafka", "store"]

LOOK_S = 0.5
ROUTER_FRESH = timedelta(seconds=30)  # a router leaves a sign of life every five seconds
ROUTER_PATIENCE = timedelta(seconds=15)  # one that is just starting
MOVES_WITHIN = timedelta(seconds=60)


def default_way(settings: TocsinSettings) -> Way:
    """By Kafka when the configuration has a ``kafka:`` section, else straight into the router's database."""
    return "kafka" if "kafka" in settings.model_fields_set else "store"


@dataclass(frozen=True, slots=True)
class Drill:
    """One drill on its way. ``told`` is given a receipt each time that it changed."""

    store: Store
    finding: Finding
    clock: Clock
    told: Callable[[Receipt], None]

    async def follow(self, wait: timedelta) -> Receipt | None:
        """Look until somebody acknowledged and every page is done, nothing moves, or ``wait`` is over."""
        started, seen = self.finding.found_at, None
        while True:
            view = await asyncio.to_thread(self.view)
            receipt = None if view is None else receipt_of(view, self.finding.clause.page[0], started)
            if receipt is not None and receipt != seen:
                self.told(receipt)
            seen = receipt
            if is_over(receipt, self.clock.now() - started, wait):
                return receipt
            await self.clock.sleep(LOOK_S)

    def view(self) -> IncidentView | None:
        """The drill's incident, None before the router took it in."""
        newest = self.store.incidents(200)
        return next((one for one in newest if one.story.id == self.finding.story.id), None)


def is_over(receipt: Receipt | None, elapsed: timedelta, wait: timedelta) -> bool:
    """Whether there is nothing more to wait for. Pure."""
    if elapsed >= wait or (receipt is not None and receipt.state == "resolved"):
        return True
    if receipt is None or not receipt.moves:
        return elapsed >= MOVES_WITHIN
    under_way = any(page.state in {"pending", "sending"} for page in receipt.pages)
    return receipt.acknowledged_after_s is not None and not under_way


async def router_works(url: str, clock: Clock) -> bool:
    """Whether a router has been at work on this database just now; waits a little for one that starts."""
    database = await asyncio.to_thread(Database.open, url)
    try:
        until = clock.now() + ROUTER_PATIENCE
        while not _fresh(await asyncio.to_thread(_looked, database), clock.now()):
            if clock.now() >= until:
                return False
            await clock.sleep(LOOK_S)
        return True
    finally:
        database.close()


def hand_over(settings: TocsinSettings, store: Store, finding: Finding, way: Way) -> None:
    """Give the finding to the router; it is safely there when this returns. Blocks. Raises Unavailable."""
    if way == "store":
        store.fold(settings.routing, [finding])
    else:
        _publish(settings.kafka, finding)


def _publish(kafka: KafkaSettings, finding: Finding) -> None:
    topic, key = topic_name(kafka.prefix, "findings"), finding.story.id
    record = encode_batch(FindingBatch(story=key, findings=(finding,)))
    try:
        producer = KafkaProducer(
            bootstrap_servers=kafka.bootstrap.split(","),
            client_id="tocsin-drill",
            acks="all",
            bootstrap_timeout_ms=10_000,
            max_block_ms=10_000,
        )
    except KafkaError as error:
        raise Unavailable(f"no Kafka broker answers at {kafka.bootstrap}: {type(error).__name__}") from None
    try:
        partition = shard_of(key, kafka.partitions)
        producer.send(topic, record, key.encode(), partition=partition).get(timeout=20)
    except KafkaError as error:
        raise Unavailable(f"Kafka did not take the drill: {type(error).__name__}") from None
    finally:
        producer.close(timeout=5)


def _looked(database: Database) -> datetime | None:
    with database.reading() as connection:
        return marked(connection, ROUTER_LOOKED)


def _fresh(looked: datetime | None, now: datetime) -> bool:
    return looked is not None and now - looked <= ROUTER_FRESH
