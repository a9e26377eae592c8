"""Embedded mode: connectors, judgement, router and console in one process, SQLite beneath."""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from connectors.canary import CanaryConnector
from connectors.cursors import SqliteCursors
from connectors.protocol import Connector
from connectors.runner import run_connector
from connectors.table import build_connector
from deploy.answering_back import build_hooks
from deploy.auditor import Auditor
from deploy.auditor_process import build_auditor
from deploy.heartbeat import Heartbeat
from deploy.legal_leaks import refuse_legal_leaks
from deploy.metric_series import start_judgement_series, start_source_series
from deploy.pipeline import Pipeline
from deploy.process import answering
from deploy.settings import TocsinSettings
from deploy.soft_state import SoftState
from deploy.wiring import Routing, build_routing
from monitor.canary import CanaryJudge, brands_with_canary, with_canary
from monitor.clock import Clock
from monitor.playbook import Playbook, load_playbook
from monitor.read import build_stages
from monitor.watch import BrandState
from routing.console.app import build_console

log = logging.getLogger(__name__)


@dataclass
class Embedded:
    """Everything of one process, built but not yet running."""

    settings: TocsinSettings
    clock: Clock
    playbook: Playbook
    soft_state: SoftState
    cursors: SqliteCursors
    routing: Routing
    pipeline: Pipeline
    connectors: tuple[Connector, ...]
    auditor: Auditor
    port: int = 0
    sources_ended: asyncio.Event = field(default_factory=asyncio.Event)

    async def run(self, stop: asyncio.Event) -> None:
        """Run until ``stop``. What is unfinished is taken up at the next start. Raises what a part could not
        survive, so that a supervisor starts us again."""
        heartbeat = Heartbeat(self.clock)

        def unready() -> list[str]:
            database = [] if self.routing.router.healthy() else ["the router's database does not answer"]
            return heartbeat.because() + database

        listen = self.settings.http
        async with answering(self._console(), listen, heartbeat, unready, "embedded") as self.port:
            background = [
                asyncio.create_task(self.routing.router.run(), name="router"),
                asyncio.create_task(self.routing.sealer.run(), name="sealer"),
                asyncio.create_task(self.pipeline.run(), name="pipeline"),
                asyncio.create_task(heartbeat.beat(), name="heartbeat"),
                asyncio.create_task(self.auditor.run(self.settings.auditor.every), name="auditor"),
            ]
            if self.settings.canary.on:
                background.append(asyncio.create_task(self._send_canaries(stop), name="canary"))
            sources = asyncio.create_task(self._follow_sources(stop), name="sources")
            told = asyncio.create_task(stop.wait(), name="stop")
            try:
                await self._until_one_ends({told, *background}, sources)
            finally:
                await _cancel([sources, told])
                await _cancel(background)

    @staticmethod
    async def _until_one_ends(tasks: set[asyncio.Task[Any]], sources: asyncio.Task[None]) -> None:
        """Sources may come to their end (a recorded tape) and the rest goes on; a source that fails ends all."""
        waited = {*tasks, sources}
        while True:
            done, waited = await asyncio.wait(waited, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
            if done != {sources}:
                return

    async def aclose(self) -> None:
        """Close files and connections. Call once, after ``run``."""
        await self.auditor.aclose()
        await self.routing.aclose()
        await self.cursors.aclose()
        self.soft_state.close()

    async def _follow_sources(self, stop: asyncio.Event) -> None:
        try:
            async with asyncio.TaskGroup() as group:
                for connector in self.connectors:
                    follow = run_connector(connector, self.pipeline, self.cursors, self.clock, stop=stop)
                    group.create_task(follow)
        except ExceptionGroup as failed:
            raise failed.exceptions[0] from None  # one plain reason, for the message and the exit code
        self.sources_ended.set()

    async def _send_canaries(self, stop: asyncio.Event) -> None:
        canary = CanaryConnector(self.settings.canary.every, self.clock)
        await run_connector(canary, self.pipeline, self.cursors, self.clock, stop=stop)

    def _console(self) -> web.Application:
        return build_console(
            self.routing.router,
            self.routing.signer,
            self.settings.routing,
            self.clock,
            extra=self._counters,
            hooks=build_hooks(self.settings, self.routing.store, self.routing.signer, self.clock),
        )

    def _counters(self) -> Mapping[str, int]:
        tally = self.pipeline.tally
        return {
            "mentions": tally.mentions,
            "of_no_brand": tally.of_no_brand,
            "readings": tally.readings,
            "stories": tally.stories,
            "findings": tally.findings,
            "rejected": tally.rejected,
        }


def build_embedded(
    settings: TocsinSettings,
    clock: Clock,
    connect: Callable[[TocsinSettings, Clock], tuple[Connector, ...]] | None = None,
) -> Embedded:
    """Put everything together. Raises ConfigErrors with every mistake of the configuration."""
    playbook = load_playbook(settings.playbook)
    refuse_legal_leaks(settings, playbook)
    start_source_series(settings)
    start_judgement_series(settings, playbook)
    stages = with_canary(build_stages(settings.brands))
    connectors = (connect or _connectors)(settings, clock)
    routing = build_routing(settings, clock)
    soft_state = SoftState(settings.data_dir / "state.db")
    soft_state.forget_rejected(clock.now())
    brands = brands_with_canary({brand.id: brand for brand in settings.brands})
    states = {name: BrandState.restore(brand, soft_state.entries(name)) for name, brand in brands.items()}
    pipeline = Pipeline(stages, states, CanaryJudge(playbook), soft_state, routing.router.accept, clock)
    cursors = SqliteCursors(settings.data_dir / "cursors.db")
    auditor = build_auditor(settings, routing.channels, clock)
    return Embedded(settings, clock, playbook, soft_state, cursors, routing, pipeline, connectors, auditor)


def _connectors(settings: TocsinSettings, clock: Clock) -> tuple[Connector, ...]:
    return tuple(build_connector(source, clock) for source in settings.sources)


async def _cancel(tasks: Sequence[asyncio.Task[Any]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
