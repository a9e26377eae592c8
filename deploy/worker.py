"""A worker of Kafka mode: Faust agents, their watchdog and their health page in one process."""

import asyncio
import logging
from collections.abc import Iterable

import faust
from aiohttp import web

from deploy.heartbeat import Heartbeat
from deploy.kafka_topics import declare_topics
from deploy.metric_series import start_judgement_series
from deploy.process import answering, until_one_ends
from deploy.settings import KafkaSettings, TocsinSettings
from deploy.signals import stop_on_signals
from deploy.vitals import Partition
from deploy.watchdog import Watchdog, Watched
from monitor.canary import CanaryJudge, brands_with_canary, with_canary
from monitor.clock import Clock
from monitor.errors import StopError
from monitor.playbook import Playbook, load_playbook
from monitor.read import build_stages
from monitor.stream.agents import INPUTS, add_agents
from monitor.stream.app import StreamSettings, make_app
from monitor.stream.bodies import Judgement
from monitor.topic_table import topic_name

log = logging.getLogger(__name__)


def stream_settings(kafka: KafkaSettings) -> StreamSettings:
    """The part of the configuration that the agents need."""
    return StreamSettings(bootstrap=kafka.bootstrap, prefix=kafka.prefix, partitions=kafka.partitions)


def judgement(settings: TocsinSettings, playbook: Playbook) -> Judgement:
    """The pure parts, built from the configuration."""
    return Judgement(
        stages=with_canary(build_stages(settings.brands)),
        brands=brands_with_canary({brand.id: brand for brand in settings.brands}),
        judge=CanaryJudge(playbook),
    )


async def run_worker(settings: TocsinSettings, clock: Clock) -> None:
    """Run the agents until told to stop. Raises ConfigErrors; ends the process with exit code 70 when going on
    would be unsafe."""
    stop = stop_on_signals()
    kafka = settings.kafka
    playbook = load_playbook(settings.playbook)
    judging = judgement(settings, playbook)
    start_judgement_series(settings, playbook)
    await asyncio.to_thread(declare_topics, kafka)
    stream = stream_settings(kafka)
    app = make_app(stream)
    add_agents(app, stream, judging, clock, cap=kafka.dead_letter_cap)
    stages = {topic_name(kafka.prefix, topic): stage for stage, topic in INPUTS.items()}

    def assignment() -> Iterable[Partition]:
        return [(tp.topic, tp.partition) for tp in app.assignor.assigned_actives() if tp.topic in stages]

    def restored() -> int:
        return sum(offset or 0 for offset in list(app.tables.recovery.active_offsets.values()))

    heartbeat = Heartbeat(clock)
    watched = Watched(kafka.bootstrap, stream.app_id, stages, assignment, beforehand=restored)
    watchdog = Watchdog(watched, heartbeat, clock)

    def unready() -> list[str]:
        restoring = ["the stories are being restored from their changelog"] if app.in_recovery else []
        return watchdog.unready_because() + restoring

    async with answering(web.Application(), kafka.worker, heartbeat, unready, "worker"):
        watchdog.start()
        try:
            await until_one_ends(_work(app, stop, watchdog), heartbeat.beat())
        finally:
            watchdog.stop()


async def _work(app: faust.App, stop: asyncio.Event, watchdog: Watchdog) -> None:
    """Run Faust until told to stop. Raises StopError when it crashed, so that a supervisor starts us again."""
    told = asyncio.ensure_future(stop.wait())
    ended = asyncio.ensure_future(app.wait_until_stopped())
    try:
        await app.start()
        await asyncio.wait({told, ended}, return_when=asyncio.FIRST_COMPLETED)
        if not told.done():
            raise StopError("the stream engine stopped by itself: start this worker again")
    finally:
        told.cancel()
        ended.cancel()
        watchdog.stopping()
        await app.stop()
