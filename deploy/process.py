"""What every process of Kafka mode does alike: health pages, and tasks that end together."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from importlib.metadata import version
from typing import Any

from aiohttp import web

from deploy.health import Health, add_health_routes, serve
from deploy.heartbeat import Heartbeat
from deploy.settings import ListenSettings
from monitor import metrics

log = logging.getLogger(__name__)


@asynccontextmanager
async def answering(
    app: web.Application,
    listen: ListenSettings,
    heartbeat: Heartbeat,
    unready_because: Callable[[], Sequence[str]],
    mode: str,
) -> AsyncIterator[int]:
    """Answer ``app`` with health and metrics while the body runs; gives the port. Raises RefuseToStart."""
    add_health_routes(app, Health(heartbeat.alive, unready_because))
    runner, port = await serve(app, listen)
    metrics.BUILD.labels(version("tocsin"), mode).set(1)
    log.info("%s: health and metrics on http://%s:%d", mode, listen.host, port)
    try:
        yield port
    finally:
        await runner.cleanup()


async def until_one_ends(*work: Coroutine[Any, Any, None]) -> None:
    """Run coroutines side by side until the first ends, then cancel the rest. Raises what that first one raised."""
    tasks = [asyncio.ensure_future(one) for one in work]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
