"""Templates to HTML: autoescaped, strict about missing values."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from aiohttp import web
from jinja2 import Environment, PackageLoader, StrictUndefined

from routing.console.board import main_track, measure_now, pages_sent
from routing.console.people import silences_of
from routing.console.reader import Reader, iso
from routing.console.words import NoticeKey

TEMPLATES = "templates/console"


@dataclass(frozen=True, slots=True)
class Frame:
    """What surrounds a page: who reads it, its address for live updates, and the query that keeps the language."""

    t: Reader
    now_iso: str
    keep: str = ""  # "?lang=fr" once the reader chose a language
    events: str = ""  # address of the stream of live updates, empty for none
    personal: bool = False


class Renderer:
    """Renders the console's templates."""

    def __init__(self) -> None:
        self._templates = Environment(
            loader=PackageLoader("routing", TEMPLATES),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.globals.update(
            iso=iso,
            main_track=main_track,
            measure_now=measure_now,
            pages_sent=pages_sent,
            silences_of=silences_of,
        )

    def text(self, name: str, frame: Frame, **values: Any) -> str:
        """A template as HTML text."""
        template = self._templates.get_template(name)
        return template.render(frame=frame, t=frame.t, own=frame.t.own, words=frame.t.words, **values)

    def page(self, name: str, frame: Frame, status: int = 200, **values: Any) -> web.Response:
        """A whole page."""
        return web.Response(
            text=self.text(name, frame, **values),
            content_type="text/html",
            status=status,
            headers={"Content-Language": frame.t.language, "Vary": "Accept-Language"},
        )

    def notice(self, key: NoticeKey, frame: Frame, status: int) -> web.Response:
        """A page that says what happened and what to do instead."""
        return self.page("notice.html", frame, status, notice=frame.t.own.notices[key])


def update(parts: Mapping[str, str], *, title: str, now_iso: str) -> bytes:
    """One live update as a Server-Sent Event. JSON without line breaks, so that it is one data line."""
    data = json.dumps({"parts": dict(parts), "title": title, "now": now_iso}, ensure_ascii=True)
    return f"data: {data}\n\n".encode()
