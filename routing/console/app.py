"""The web application: personal links, the live console, and what every answer has in common."""

import os
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

from aiohttp import web
from aiohttp.typedefs import Middleware

from monitor.clock import Clock
from monitor.errors import TransientError
from routing.console.access import console_password
from routing.console.attempts import Attempts
from routing.console.boards import BoardPages, Counters, Handler
from routing.console.feed import Feed, Seen
from routing.console.headers import protect
from routing.console.personal import PersonalPages
from routing.console.rendering import Renderer
from routing.console.visitors import Door, frame_for
from routing.console.words import NoticeKey
from routing.desk import Desk
from routing.inbound.hooks import Hooks
from routing.links import LinkSigner
from routing.settings import RoutingSettings

MAX_BODY = 16 * 1024  # bytes: a form with one button
LOOK_EVERY_S = 1.0
_STATIC = Path(__file__).parent.parent / "static"


def build_console(
    desk: Desk,
    signer: LinkSigner,
    settings: RoutingSettings,
    clock: Clock,
    *,
    extra: Counters | None = None,
    hooks: Hooks | None = None,
    environ: Mapping[str, str] | None = None,
    look_every_s: float = LOOK_EVERY_S,
) -> web.Application:
    """The pages of a router.

    ``extra`` gives counters to show on the console. ``hooks`` are the ways for services to answer.
    ``environ`` may hold the console's password, see ``access.PASSWORD``. The live pages look at the desk
    every ``look_every_s`` seconds while somebody watches.
    Raises ConfigErrors for a password that is too short.
    """
    password = console_password(os.environ if environ is None else environ)
    renderer = Renderer()
    attempts = Attempts()
    door = Door(password, attempts, renderer, clock)
    boards = BoardPages(desk, settings.people, renderer, door, clock, extra)
    feed: Feed[Seen] = Feed(boards.read, clock, every_s=look_every_s)
    personal = PersonalPages(desk, signer, settings, renderer, attempts, clock, feed)
    app = web.Application(client_max_size=MAX_BODY, middlewares=[_troubles(renderer, clock)])
    app.on_response_prepare.append(protect)
    app.on_shutdown.append(_ending(feed))
    app.router.add_get("/p/{token}", personal.show)
    app.router.add_post("/p/{token}", personal.act)
    app.router.add_get("/p/{token}/events", personal.events, allow_head=False)
    app.router.add_get("/", boards.listing)
    app.router.add_get("/events", boards.events(feed), allow_head=False)
    app.router.add_get("/incidents/{incident}", boards.incident)
    app.router.add_get("/incidents/{incident}/events", boards.incident_events(feed), allow_head=False)
    app.router.add_get("/api/incidents", boards.api_list)
    app.router.add_get("/api/incidents/{incident}", boards.api_incident)
    if hooks is not None:
        hooks.add_to(app)
    app.router.add_get("/robots.txt", _robots)
    app.router.add_static("/static", _STATIC)
    return app


async def _robots(_: web.Request) -> web.Response:
    return web.Response(text="User-agent: *\nDisallow: /\n")


def _ending(feed: Feed[Seen]) -> Callable[[web.Application], Awaitable[None]]:
    async def end(_: web.Application) -> None:
        await feed.aclose()

    return end


def _troubles(renderer: Renderer, clock: Clock) -> Middleware:
    """Errors as pages in the reader's language. None of them tells what went wrong inside."""

    @web.middleware
    async def handle(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            return await handler(request)
        except TransientError:
            key: NoticeKey = "trouble"
            status = 503
        except web.HTTPException as error:
            if error.status < 400 or "text/html" not in request.headers.get("Accept", ""):
                raise
            key, status = ("not_found" if error.status == 404 else "bad_request"), error.status
        return renderer.notice(key, frame_for(request, clock, personal=True), status)

    return handle
