"""The public door for whoever tests a channel or a configuration: everything that a test of a channel needs.

``CHECKS`` with ``over_http`` (the suite that every channel passes), ``HttpDouble`` with ``Received`` and ``Reply``
(another side that behaves and misbehaves as told; those of known services are in ``routing.channels.doubles``),
``make_page`` (a realistic page), ``RecordingChannel`` stands in for a channel in tests of
a router.
"""

import asyncio
from collections import deque
from collections.abc import Iterable
from typing import ClassVar

from routing.channels.conformance import CHECKS, Check, Conformance, over_http
from routing.channels.conformance.sample_pages import make_page
from routing.channels.doubles import HttpDouble, Received, Reply
from routing.outcome import Delivered, Outcome
from routing.page import Page

__all__ = [
    "CHECKS",
    "Check",
    "Conformance",
    "HttpDouble",
    "Received",
    "RecordingChannel",
    "Reply",
    "make_page",
    "over_http",
]


class RecordingChannel:
    """Answers the scripted outcomes in order, then Delivered for ever. ``hang`` makes it never answer."""

    kind: ClassVar[str] = "recording"

    def __init__(
        self, target: str, outcomes: Iterable[Outcome] = (), *, deduplicates: bool = False, hang: bool = False
    ) -> None:
        self._target = target
        self._outcomes = deque(outcomes)
        self._deduplicates = deduplicates
        self._hang = hang
        self.pages: list[Page] = []
        self.plain: list[bool] = []
        self.threads: list[str] = []

    @property
    def target(self) -> str:
        return self._target

    @property
    def deduplicates(self) -> bool:
        return self._deduplicates

    async def send(self, page: Page, *, thread: str = "", plain: bool = False) -> Outcome:
        self.pages.append(page)
        self.plain.append(plain)
        self.threads.append(thread)
        if self._hang:
            await asyncio.Event().wait()
        return self._outcomes.popleft() if self._outcomes else Delivered(remote_id=page.id)

    async def aclose(self) -> None:
        return None
