"""A channel for tests, ours and yours: it keeps what it was given and answers what it is told to."""

import asyncio
from collections import deque
from collections.abc import Iterable
from typing import ClassVar

from routing.outcome import Delivered, Outcome
from routing.page import Page


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
