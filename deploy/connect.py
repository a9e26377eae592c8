"""Connectors of Kafka mode: each source into the mentions topic, cursors in a file of this process."""

import asyncio
import logging
from collections.abc import Sequence

from aiohttp import web

from connectors.canary import CanaryConnector
from connectors.cursors import SqliteCursors
from connectors.kafka_publisher import KafkaPublisher
from connectors.protocol import Connector
from connectors.runner import run_connector
from connectors.table import SourceSettings, build_connector
from deploy.heartbeat import Heartbeat
from deploy.kafka_topics import declare_topics
from deploy.metric_series import start_source_series
from deploy.process import answering, until_one_ends
from deploy.settings import ListenSettings, TocsinSettings
from deploy.signals import stop_on_signals
from monitor.clock import Clock

log = logging.getLogger(__name__)


async def run_connectors(
    settings: TocsinSettings, sources: Sequence[SourceSettings], listen: ListenSettings, clock: Clock
) -> None:
    """Follow the sources until told to stop, or until all of them are at their end. Raises RefuseToStart."""
    stop = stop_on_signals()
    kafka = settings.kafka
    start_source_series(settings)
    connectors = [build_connector(source, clock) for source in sources]
    await asyncio.to_thread(declare_topics, kafka)
    publisher = await asyncio.to_thread(
        KafkaPublisher, kafka.bootstrap, prefix=kafka.prefix, partitions=kafka.partitions, clock=clock
    )
    cursors = SqliteCursors(settings.data_dir / "cursors.db")
    heartbeat = Heartbeat(clock)

    def unready() -> list[str]:
        broker = [] if publisher.connected() else ["the broker does not answer"]
        return [*heartbeat.because(), *broker, *(["stopping"] if stop.is_set() else [])]

    try:
        async with answering(web.Application(), listen, heartbeat, unready, "connect"):
            work = [_follow(connectors, publisher, cursors, clock, stop), heartbeat.beat()]
            if settings.canary.on:  # no source: it does not keep a process whose sources came to their end
                canary = CanaryConnector(settings.canary.every, clock)
                work.append(run_connector(canary, publisher, cursors, clock, stop=stop))
            await until_one_ends(*work)
    finally:
        await publisher.aclose()
        await cursors.aclose()


async def _follow(
    connectors: Sequence[Connector],
    publisher: KafkaPublisher,
    cursors: SqliteCursors,
    clock: Clock,
    stop: asyncio.Event,
) -> None:
    try:
        async with asyncio.TaskGroup() as group:
            for connector in connectors:
                group.create_task(run_connector(connector, publisher, cursors, clock, stop=stop))
    except ExceptionGroup as failed:
        raise failed.exceptions[0] from None  # one plain reason, for the message and the exit code
