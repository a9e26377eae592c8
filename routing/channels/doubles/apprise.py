"""The other side of apprise on loopback: what its ``json://`` posts, as somebody would read it."""

from typing import Any

import orjson

from routing.channels.doubles.http import HttpDouble, Received, Reply
from routing.channels.doubles.live_text import addresses_in

PATH = "/canaryapprisekey"


class AppriseDouble(HttpDouble):
    """Keeps each notification. Everything in it that looks like an address is a link."""

    def __init__(self) -> None:
        super().__init__()
        self.notes: list[dict[str, Any]] = []

    @property
    def apprise_url(self) -> str:
        """The address as apprise wants it."""
        return f"json://127.0.0.1:{self.port}{PATH}"

    @property
    def shown(self) -> list[str]:
        return [f"{note['title']}\n{note['message']}" for note in self.notes]

    @property
    def live(self) -> list[str]:
        return [address for text in self.shown for address in addresses_in(text)]

    def answer(self, request: Received) -> Reply:
        if request.path.rstrip("/") != PATH:
            return Reply(404)
        self.notes.append(orjson.loads(request.body))
        return Reply(200)
