"""What a request says of its sender, and the console's door: shared by every page."""

from collections.abc import Mapping

from aiohttp import web
from pydantic import SecretStr

from monitor.clock import Clock
from routing.console.access import entry
from routing.console.attempts import Attempts
from routing.console.language import chosen, preferred
from routing.console.reader import iso, reader_of
from routing.console.rendering import Frame, Renderer
from routing.page import ReaderLanguage


def peer_of(request: web.Request) -> str:
    """The address at the other end of the connection. Headers about forwarding are not believed: anybody can
    write them."""
    return request.remote or ""


def frame_for(
    request: web.Request,
    clock: Clock,
    *,
    language: ReaderLanguage | None = None,
    time_zone: str = "UTC",
    events: str = "",
    personal: bool = False,
) -> Frame:
    """The frame of a page: the page's own switch decides its language, then ``language``, then the browser."""
    wanted = chosen(request.query.get("lang"))
    spoken = wanted or language or preferred(request.headers.get("Accept-Language", ""))
    keep = f"?lang={wanted}" if wanted else ""
    now = clock.now()
    return Frame(
        t=reader_of(spoken, time_zone, now),
        now_iso=iso(now),
        keep=keep,
        events=events + keep if events else "",
        personal=personal,
    )


class Door:
    """Lets visitors see the console, or answers why not. Personal links do not pass here."""

    def __init__(
        self, password: SecretStr | None, attempts: Attempts, renderer: Renderer, clock: Clock
    ) -> None:
        self._password = password
        self._attempts = attempts
        self._renderer = renderer
        self._clock = clock

    def refuse(self, request: web.Request) -> web.Response | None:
        """None when the visitor may pass, else the answer."""
        now, client = self._clock.now(), peer_of(request)
        frame = frame_for(request, self._clock)
        wait = self._attempts.wait_s(client, now) if self._password else 0.0
        if wait:
            return with_headers(
                self._renderer.notice("too_many", frame, 429), {"Retry-After": str(int(wait) + 1)}
            )
        found = entry(
            self._password,
            peer=request.remote,
            host=request.headers.get("Host", ""),
            authorization=request.headers.get("Authorization", ""),
        )
        if found == "open":
            return None
        if found == "this_machine_only":
            return self._renderer.notice("this_machine_only", frame, 403)
        if found == "wrong_password":
            self._attempts.failed(client, now)
        answer = self._renderer.notice("wants_password", frame, 401)
        return with_headers(answer, {"WWW-Authenticate": 'Basic realm="Tocsin", charset="UTF-8"'})


def with_headers(response: web.Response, headers: Mapping[str, str]) -> web.Response:
    """The response with more headers."""
    response.headers.update(headers)
    return response
