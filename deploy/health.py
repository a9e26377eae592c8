"""``/livez``, ``/readyz`` and ``/metrics`` for every process, on loopback unless told otherwise."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from deploy.settings import ListenSettings
from monitor.errors import RefuseToStart


@dataclass(frozen=True, slots=True)
class Health:
    """What a process says of itself: is its loop alive, and every reason why it is not ready."""

    alive: Callable[[], bool]
    unready_because: Callable[[], Sequence[str]]


def add_health_routes(app: web.Application, health: Health) -> None:
    """Answer /livez, /readyz and /metrics on an application."""

    async def livez(_: web.Request) -> web.Response:
        return _answer([] if health.alive() else ["the event loop is late"])

    async def readyz(_: web.Request) -> web.Response:
        return _answer(health.unready_because())

    async def metrics(_: web.Request) -> web.Response:
        return web.Response(body=generate_latest(), headers={"Content-Type": CONTENT_TYPE_LATEST})

    app.router.add_get("/livez", livez)
    app.router.add_get("/readyz", readyz)
    app.router.add_get("/metrics", metrics)


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
