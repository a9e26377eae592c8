"""The web application: GET shows, only POST on a personal link changes anything."""

from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

from aiohttp import web
from jinja2 import Environment, PackageLoader

from monitor.clock import Clock
from routing.console.words import WORDS, PageLanguage, language_of
from routing.desk import AckResult, Desk, IncidentView
from routing.links import BadLink, LinkClaims, LinkSigner
from routing.settings import PersonSettings, RoutingSettings
from routing.untrusted import Untrusted, defang, inert

Counters = Callable[[], Mapping[str, int]]

_HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors 'none'",
}


def build_console(
    desk: Desk, signer: LinkSigner, settings: RoutingSettings, clock: Clock, *, extra: Counters | None = None
) -> web.Application:
    """The pages of a router. ``extra`` gives counters to show on the console."""
    pages = _Pages(desk, signer, {person.id: person for person in settings.people}, extra)
    app = web.Application(client_max_size=64 * 1024, middlewares=[_with_headers])
    app.router.add_get("/", pages.listing)
    app.router.add_get("/incidents/{incident}", pages.incident)
    app.router.add_get("/api/incidents", pages.api_list)
    app.router.add_get("/api/incidents/{incident}", pages.api_incident)
    app.router.add_get("/p/{token}", pages.personal)
    app.router.add_post("/p/{token}", pages.act)
    app.router.add_static("/static", Path(__file__).parent.parent / "static")
    return app


@web.middleware
async def _with_headers(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    response = await handler(request)
    response.headers.update(_HEADERS)
    return response


class _Pages:
    def __init__(
        self, desk: Desk, signer: LinkSigner, people: Mapping[str, PersonSettings], extra: Counters | None
    ) -> None:
        self._desk = desk
        self._signer = signer
        self._people = people
        self._extra = extra
        self._templates = Environment(loader=PackageLoader("routing", "templates/console"), autoescape=True)
        self._templates.globals.update(inert=_inert, defanged=_defanged)

    async def listing(self, request: web.Request) -> web.Response:
        incidents = await self._desk.incidents(limit=50)
        counters = self._extra() if self._extra else {}
        return self._page(
            "list.html", _language(request), incidents=incidents, counters=counters, refresh=True
        )

    async def incident(self, request: web.Request) -> web.Response:
        language = _language(request)
        view = await self._desk.incident(request.match_info["incident"])
        if view is None:
            return self._page("notice.html", language, 404, notice=WORDS[language]["not_found"])
        return self._page(
            "incident.html", language, one=view, tracks=view.tracks, may_act=False, refresh=True
        )

    async def api_list(self, _: web.Request) -> web.Response:
        views = await self._desk.incidents(limit=50)
        return web.json_response([view.model_dump(mode="json") for view in views])

    async def api_incident(self, request: web.Request) -> web.Response:
        view = await self._desk.incident(request.match_info["incident"])
        if view is None:
            return web.json_response({"error": "there is no such incident"}, status=404)
        return web.json_response(view.model_dump(mode="json"))

    async def personal(self, request: web.Request) -> web.Response:
        """The page behind a link. Never changes anything: mail scanners open links before people do."""
        claims = self._signer.verify(request.match_info["token"])
        if isinstance(claims, BadLink):
            return self._bad_link(request)
        return await self._for(claims, "")

    async def act(self, request: web.Request) -> web.Response:
        """Acknowledge or resolve; the same click twice says who did it first."""
        claims = self._signer.verify(request.match_info["token"])
        if isinstance(claims, BadLink):
            return self._bad_link(request)
        form = await request.post()
        match form.get("action"):
            case "acknowledge":
                result = await self._desk.acknowledge(
                    claims.incident, claims.cycle, claims.department, claims.person, "link"
                )
            case "resolve":
                result = await self._desk.resolve(claims.incident, claims.cycle, claims.person, "link")
            case _:
                raise web.HTTPBadRequest(text="action must be acknowledge or resolve")
        return await self._for(claims, _told(result, self._language_of(claims)))

    async def _for(self, claims: LinkClaims, notice: str) -> web.Response:
        language = self._language_of(claims)
        view = await self._desk.incident(claims.incident)
        if view is None:
            return self._page("notice.html", language, 404, notice=WORDS[language]["not_found"])
        old = WORDS[language]["old_cycle"] if view.cycle != claims.cycle else ""
        return self._page(
            "incident.html",
            language,
            one=view,
            tracks=[track for track in view.tracks if track.department == claims.department] or view.tracks,
            department=claims.department,
            may_act=not old and _open_for(view, claims),
            notice=notice or old,
            personal=True,
        )

    def _language_of(self, claims: LinkClaims) -> PageLanguage:
        person = self._people.get(claims.person)
        return person.language if person else "en"

    def _bad_link(self, request: web.Request) -> web.Response:
        language = _language(request)
        return self._page("notice.html", language, 403, notice=WORDS[language]["bad_link"])

    def _page(self, name: str, language: PageLanguage, status: int = 200, **values: Any) -> web.Response:
        html = self._templates.get_template(name).render(language=language, w=WORDS[language], **values)
        return web.Response(text=html, content_type="text/html", status=status)


def _language(request: web.Request) -> PageLanguage:
    return language_of(request.query.get("lang"), request.headers.get("Accept-Language", ""))


def _open_for(view: IncidentView, claims: LinkClaims) -> bool:
    return view.state != "resolved" and any(track.department == claims.department for track in view.tracks)


def _told(result: AckResult, language: PageLanguage) -> str:
    words = WORDS[language]
    return f"{words['already']} {result.by}" if result.outcome == "already" else words[result.outcome]


def _inert(text: str) -> str:
    return str(inert(Untrusted(text), 3_000))


def _defanged(url: str | None) -> str:
    return str(defang(Untrusted(url))) if url else ""
