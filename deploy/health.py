"""``/livez``, ``/readyz`` and ``/metrics`` for every process, on loopback unless told otherwise."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from deploy.settings import ListenSettings
from monitor import metrics
from monitor.clock import Clock, SystemClock
from monitor.errors import RefuseToStart

LATENESS_EVERY_S = 0.5


@dataclass(frozen=True, slots=True)
class Health:
    """What a process says of itself: is its loop alive, and every reason why it is not ready."""

    alive: Callable[[], bool]
    unready_because: Callable[[], Sequence[str]]


def add_health_routes(app: web.Application, health: Health) -> None:
    """Answer /livez, /readyz and /metrics on an application, and measure how late its event loop is."""

    async def livez(_: web.Request) -> web.Response:
        return _answer([] if health.alive() else ["the event loop is late"])

    async def readyz(_: web.Request) -> web.Response:
        return _answer(health.unready_because())

    async def show_metrics(_: web.Request) -> web.Response:
        return web.Response(body=generate_latest(), headers={"Content-Type": CONTENT_TYPE_LATEST})

    app.router.add_get("/livez", livez)
    app.router.add_get("/readyz", readyz)
    app.router.add_get("/metrics", show_metrics)
    app.cleanup_ctx.append(_measuring_lateness)


async def measure_lateness(clock: Clock) -> None:
    """Until cancelled, see how much later than asked this task is woken: everything else on the loop waits as long."""
    while True:
        asleep = clock.monotonic()
        await clock.sleep(LATENESS_EVERY_S)
        metrics.LOOP_LATE_SECONDS.observe(max(0.0, clock.monotonic() - asleep - LATENESS_EVERY_S))


async def _measuring_lateness(_: web.Application) -> AsyncIterator[None]:
    measuring = asyncio.create_task(measure_lateness(SystemClock()), name="lateness")
    yield
    measuring.cancel()
    with suppress(asyncio.CancelledError):
        await measuring


def _answer(reasons: Sequence[str]) -> web.Response:
    return web.json_response({"ok": not reasons, "because": list(reasons)}, status=503 if reasons else 200)


async def serve(app: web.Application, listen: ListenSettings) -> tuple[web.AppRunner, int]:
    """Serve an application; returns its runner and the port it got. Raises RefuseToStart when the port is taken."""
    runner = web.AppRunner(app, access_log=None, handle_signals=False, shutdown_timeout=2.0)
    await runner.setup()
    site = web.TCPSite(runner, listen.host, listen.port)
    try:
        await site.start()
    except OSError as error:
        await runner.cleanup()
        raise RefuseToStart(
            f"cannot listen on {listen.host}:{listen.port} ({error.strerror}): choose another port in the configuration"
        ) from None
    return runner, runner.addresses[0][1]
