"""The page behind a personal link: GET shows, only POST from the page itself changes anything."""

from dataclasses import replace
from typing import Any

from aiohttp import web

from monitor import metrics
from monitor.clock import Clock
from routing.console.access import from_own_page, origin_of
from routing.console.attempts import Attempts
from routing.console.feed import Feed, Seen
from routing.console.people import told_of
from routing.console.reader import iso
from routing.console.rendering import Frame, Renderer
from routing.console.sheet import sheet_of
from routing.console.standing import (
    Action,
    answer_says,
    standing_of,
    standing_says,
    successor_of,
    track_of,
)
from routing.console.stream import Update, stream
from routing.console.visitors import frame_for, peer_of, with_headers
from routing.console.words import NoticeKey
from routing.desk import AckResult, Desk, IncidentView, TrackView
from routing.links import BadLink, LinkClaims, LinkSigner
from routing.settings import RoutingSettings
from routing.untrusted import Inert, agreed

_FORM = "application/x-www-form-urlencoded"
_NOTE = 40_000  # characters: the whole of a note
_RECENT = 100  # incidents looked through for the one that goes on with a closed one


class PersonalPages:
    """Handlers of ``/p/{token}``. Whoever holds a link may answer as the person it was made for."""

    def __init__(
        self,
        desk: Desk,
        signer: LinkSigner,
        settings: RoutingSettings,
        renderer: Renderer,
        attempts: Attempts,
        clock: Clock,
        feed: Feed[Seen],
    ) -> None:
        self._desk = desk
        self._signer = signer
        self._people = {person.id: person for person in settings.people}
        self._origin = origin_of(settings.links.base_url)
        self._renderer = renderer
        self._attempts = attempts
        self._clock = clock
        self._feed = feed

    async def show(self, request: web.Request) -> web.Response:
        """GET and HEAD: mail scanners and link previews come here before people do, so nothing is changed."""
        claims = self._claims(request)
        return claims if isinstance(claims, web.Response) else await self._sheet(request, claims)

    async def act(self, request: web.Request) -> web.Response:
        """POST: acknowledge or resolve; the same tap twice says who did it first and when."""
        claims = self._claims(request)
        if isinstance(claims, web.Response):
            return claims
        if not from_own_page(request.headers, own_origin=self._origin):
            return self._notice(request, "not_from_page", 403, claims)
        action = await _action(request)
        if action is None:
            return self._notice(request, "bad_request", 400, claims)
        view, claims = await self._followed(claims)
        track = track_of(view, claims) if view else None
        if view is None or track is None:
            return self._notice(request, "no_incident", 404, claims)
        if not track.paged:  # told for information: there is nothing to answer
            return await self._sheet(request, claims)
        if action == "acknowledge":
            result = await self._desk.acknowledge(
                claims.incident, claims.cycle, claims.department, claims.person, "link"
            )
        else:
            result = await self._desk.resolve(claims.incident, claims.cycle, claims.person, "link")
        return await self._sheet(request, claims, (action, result))

    async def events(self, request: web.Request) -> web.StreamResponse:
        """Live updates of an open page: a colleague's answer takes the button away. Changes nothing either."""
        claims = self._claims(request)
        if isinstance(claims, web.Response):
            return claims
        view, claims = await self._followed(claims)
        if view is None:
            return self._notice(request, "no_incident", 404, claims)
        frame = self._frame(request, claims)
        return await stream(
            request, self._feed, claims.incident, lambda seen: self._update(seen, claims, frame)
        )

    def _update(self, seen: Seen, claims: LinkClaims, frame: Frame) -> Update:
        now = iso(self._clock.now())
        track = track_of(seen.views[0], claims) if seen.views else None
        if track is None:
            return Update({}, "Tocsin", now)
        values = self._values(seen.views[0], track, claims, frame)
        parts = {
            name: self._renderer.text(f"personal_{name}.html", frame, **values) for name in ("top", "told")
        }
        return Update(parts, f"{seen.views[0].label} · Tocsin", now)

    def _claims(self, request: web.Request) -> LinkClaims | web.Response:
        """The claims of a good link, else the page that says what to do instead.

        A good link is never refused because of bad ones from the same address: behind a proxy everybody shares
        one, and nobody must be able to keep others from answering a page.
        """
        claims = self._signer.verify(request.match_info["token"])
        if not isinstance(claims, BadLink):
            known = claims.person in self._people
            return claims if known else self._notice(request, "unknown_person", 403)
        now, client = self._clock.now(), peer_of(request)
        metrics.BAD_LINKS.labels(claims.reason).inc()
        wait = self._attempts.wait_s(client, now)
        if wait:
            answer = self._notice(request, "too_many", 429)
            return with_headers(answer, {"Retry-After": str(int(wait) + 1)})
        self._attempts.failed(client, now)
        if claims.reason == "expired":  # only said of links that were genuine
            return self._notice(request, "expired", 410)
        return self._notice(request, "not_valid", 403)

    async def _sheet(
        self, request: web.Request, claims: LinkClaims, tapped: tuple[Action, AckResult] | None = None
    ) -> web.Response:
        view, claims = await self._followed(claims)
        track = track_of(view, claims) if view else None
        if view is None or track is None:
            return self._notice(request, "no_incident", 404, claims)
        frame = self._frame(request, claims)
        values = self._values(view, track, claims, frame)
        if tapped is not None:
            department = Inert(frame.t.words.department[track.department])
            values["answer"] = answer_says(*tapped, view, department, frame.t)
        elif values["standing"].may_acknowledge:
            frame = replace(frame, events="self")
        values["goes_on"] = await self._goes_on(view, frame)
        notes = await self._desk.legal_notes(view.id, claims.person)
        values["legal_notes"] = [agreed(note.of(frame.t.language), _NOTE) for note in notes]
        return self._renderer.page("personal.html", frame, **values)

    async def _followed(self, claims: LinkClaims) -> tuple[IncidentView | None, LinkClaims]:
        """The incident of a link, or the one that it was merged into: a link that was sent goes on working."""
        view = await self._desk.incident(claims.incident)
        while view is not None and view.merged_id and view.cycle == claims.cycle:
            view = await self._desk.incident(view.merged_id)
            if view is not None:
                claims = replace(claims, incident=view.id, cycle=view.cycle)
        return view, claims

    def _values(
        self, view: IncidentView, track: TrackView, claims: LinkClaims, frame: Frame
    ) -> dict[str, Any]:
        t, person = frame.t, self._people[claims.person]
        standing = standing_of(view, claims, person.name)
        return {
            "view": view,
            "sheet": sheet_of(view, track, person, t, self._clock.now()),
            "told": told_of(view, t),
            "standing": standing,
            "says": standing_says(standing, view, t),
            "answer": "",
            "goes_on": "",
            "expires": claims.expires,
        }

    async def _goes_on(self, view: IncidentView, frame: Frame) -> str:
        if view.state != "resolved":
            return ""
        later = successor_of(view, await self._desk.incidents(limit=_RECENT))
        return frame.t.say(frame.t.own.goes_on_as, label=frame.t.agreed(later.label)) if later else ""

    def _frame(self, request: web.Request, claims: LinkClaims | None) -> Frame:
        person = self._people.get(claims.person) if claims else None
        return frame_for(
            request,
            self._clock,
            language=person.language if person else None,
            time_zone=person.time_zone if person else "UTC",
            personal=True,
        )

    def _notice(
        self, request: web.Request, key: NoticeKey, status: int, claims: LinkClaims | None = None
    ) -> web.Response:
        return self._renderer.notice(key, self._frame(request, claims), status)


async def _action(request: web.Request) -> Action | None:
    if request.content_type != _FORM:
        return None
    try:
        form = await request.post()
    except ValueError:
        return None
    match form.get("action"):
        case "acknowledge":
            return "acknowledge"
        case "resolve":
            return "resolve"
        case _:
            return None
