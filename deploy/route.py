"""The router of Kafka mode: intake from the findings topic, senders, timers and the console in one process."""

import asyncio

from deploy.answering_back import build_hooks
from deploy.events import EventsRelay
from deploy.heartbeat import Heartbeat
from deploy.intake import STAGE, Intake
from deploy.kafka_topics import declare_topics
from deploy.legal_leaks import refuse_legal_leaks
from deploy.process import answering, until_one_ends
from deploy.settings import TocsinSettings
from deploy.signals import stop_on_signals
from deploy.watchdog import Watchdog, Watched
from deploy.wiring import build_routing
from monitor.clock import Clock
from monitor.playbook import load_playbook
from routing.console.app import build_console


async def run_router(settings: TocsinSettings, clock: Clock) -> None:
    """Route until told to stop. Raises what a part could not survive, so that a supervisor starts us again."""
    stop = stop_on_signals()
    refuse_legal_leaks(settings, load_playbook(settings.playbook))
    routing = build_routing(settings, clock)
    router = routing.router
    try:
        await asyncio.to_thread(declare_topics, settings.kafka)
        intake = Intake(settings.kafka, router.accept, clock)
        relay = EventsRelay(routing.database, settings.kafka, clock)
        heartbeat = Heartbeat(clock)
        watched = Watched(
            settings.kafka.bootstrap,
            intake.group,
            {intake.topic: STAGE},
            intake.assignment,
            # Findings wait for a database that is away; starting again would not bring it back sooner.
            beforehand=lambda: intake.retries,
        )
        watchdog = Watchdog(watched, heartbeat, clock)

        def unready() -> list[str]:
            database = [] if router.healthy() else ["the router's database does not answer"]
            return watchdog.unready_because() + database

        hooks = build_hooks(settings, routing.store, routing.signer, clock)
        console = build_console(router, routing.signer, settings.routing, clock, hooks=hooks)
        async with answering(console, settings.http, heartbeat, unready, "route"):
            watchdog.start()
            try:
                await until_one_ends(
                    _told(stop, watchdog),
                    intake.run(),
                    router.run(),
                    routing.sealer.run(),
                    relay.run(),
                    heartbeat.beat(),
                )
            finally:
                watchdog.stop()
    finally:
        await routing.aclose()


async def _told(stop: asyncio.Event, watchdog: Watchdog) -> None:
    await stop.wait()
    watchdog.stopping()
