"""The live console: the list of incidents, one incident with its history, and both as JSON. Only shows."""

from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from aiohttp import web

from monitor.clock import Clock
from routing.console.board import LIMIT, Board, board_of
from routing.console.feed import Feed, Seen
from routing.console.people import happened_of, told_of
from routing.console.reader import iso
from routing.console.rendering import Frame, Renderer
from routing.console.sheet import sheet_of
from routing.console.stream import Update, stream
from routing.console.visitors import Door, frame_for
from routing.desk import Desk, IncidentView
from routing.settings import PersonSettings

Counters = Callable[[], Mapping[str, int]]
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class BoardPages:
    """Handlers of the console. Every one asks the door first."""

    def __init__(
        self,
        desk: Desk,
        people: Sequence[PersonSettings],
        renderer: Renderer,
        door: Door,
        clock: Clock,
        extra: Counters | None,
    ) -> None:
        self._desk = desk
        self._names = {person.id: person.name for person in people}
        self._zone = common_zone(people)
        self._renderer = renderer
        self._door = door
        self._clock = clock
        self._extra = extra
        self._shown: dict[
            str, tuple[Seen, str]
        ] = {}  # incidents as HTML, by language and query: a few entries

    async def read(self, topic: str) -> Seen:
        """What a live page shows: of one incident, or (empty topic) of all."""
        if topic:
            view = await self._desk.incident(topic)
            return Seen((view,) if view else (), {})
        views = await self._desk.incidents(limit=LIMIT)
        return Seen(views, dict(self._extra()) if self._extra else {})

    async def listing(self, request: web.Request) -> web.StreamResponse:
        if refused := self._door.refuse(request):
            return refused
        seen = await self.read("")
        frame = self._frame(request, "/events")
        board = board_of(seen.views, seen.counters)
        return self._renderer.page("board.html", frame, board=board, shown=LIMIT)

    async def incident(self, request: web.Request) -> web.StreamResponse:
        if refused := self._door.refuse(request):
            return refused
        name = request.match_info["incident"]
        view = await self._desk.incident(name)
        if view is None:
            return self._renderer.notice("no_incident", self._frame(request), 404)
        frame = self._frame(request, f"/incidents/{view.id}/events")
        return self._renderer.page("incident.html", frame, **self._values(view, frame))

    async def api_list(self, request: web.Request) -> web.StreamResponse:
        if refused := self._door.refuse(request):
            return refused
        views = await self._desk.incidents(limit=LIMIT)
        return web.json_response([view.model_dump(mode="json") for view in views])

    async def api_incident(self, request: web.Request) -> web.StreamResponse:
        if refused := self._door.refuse(request):
            return refused
        view = await self._desk.incident(request.match_info["incident"])
        if view is None:
            return web.json_response({"error": "there is no such incident"}, status=404)
        return web.json_response(view.model_dump(mode="json"))

    def events(self, feed: Feed[Seen]) -> Handler:
        """Handler of the live updates of the list."""

        async def handle(request: web.Request) -> web.StreamResponse:
            if refused := self._door.refuse(request):
                return refused
            frame = self._frame(request, "/events")
            return await stream(request, feed, "", lambda seen: self._list_update(seen, frame))

        return handle

    def incident_events(self, feed: Feed[Seen]) -> Handler:
        """Handler of the live updates of one incident."""

        async def handle(request: web.Request) -> web.StreamResponse:
            if refused := self._door.refuse(request):
                return refused
            view = await self._desk.incident(request.match_info["incident"])
            if view is None:  # only incidents that exist are followed
                return web.Response(status=404, text="there is no such incident\n")
            frame = self._frame(request)
            return await stream(request, feed, view.id, lambda seen: self._incident_update(seen, frame))

        return handle

    def _frame(self, request: web.Request, events: str = "") -> Frame:
        return frame_for(request, self._clock, time_zone=self._zone, events=events)

    def _list_update(self, seen: Seen, frame: Frame) -> Update:
        board = board_of(seen.views, seen.counters)
        parts = {
            name: self._renderer.text(f"board_{name}.html", frame, board=board, shown=LIMIT)
            for name in ("summary", "stages")
        }
        parts["incidents"] = self._incidents(seen, board, frame)
        title = self._renderer.text("board_title.html", frame, board=board).strip()
        return Update(parts, title, iso(self._clock.now()))

    def _incidents(self, seen: Seen, board: Board, frame: Frame) -> str:
        """The list as HTML: made once for all who watch, and not again when only the counters changed."""
        key = f"{frame.t.language} {frame.keep}"
        before = self._shown.get(key)
        if before is not None and before[0].views == seen.views:
            return before[1]
        html = self._renderer.text("board_incidents.html", frame, board=board, shown=LIMIT)
        self._shown[key] = (seen, html)
        return html

    def _incident_update(self, seen: Seen, frame: Frame) -> Update:
        now = iso(self._clock.now())
        if not seen.views:
            return Update({}, "Tocsin", now)
        values = self._values(seen.views[0], frame)
        body = self._renderer.text("incident_body.html", frame, **values)
        return Update({"incident": body}, f"{seen.views[0].label} · Tocsin", now)

    def _values(self, view: IncidentView, frame: Frame) -> dict[str, Any]:
        t = frame.t
        return {
            "view": view,
            "told": told_of(view, t),
            "sheets": [sheet_of(view, track, None, t, self._clock.now()) for track in view.tracks],
            "history": happened_of(view, self._names, t),
        }


def common_zone(people: Sequence[PersonSettings]) -> str:
    """The time zone that most people of the configuration live in: the console's own."""
    return Counter(person.time_zone for person in people).most_common(1)[0][0]
