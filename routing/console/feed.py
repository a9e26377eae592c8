"""Follows things that change and wakes who watches them: one reader of the database for any number of browsers."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Generic, TypeVar

from monitor.clock import Clock
from monitor.errors import TransientError
from routing.desk import IncidentView

log = logging.getLogger(__name__)

MAX_WATCHERS = 64
SHARE = 0.1  # of the time may be spent on looking: pages to people go before pages to look at
State = TypeVar("State")


@dataclass(frozen=True, slots=True)
class Seen:
    """What a live page is made of at one moment."""

    views: tuple[IncidentView, ...]
    counters: Mapping[str, int]


class FeedFull(Exception):
    """As many browsers watch as may; the next one is asked to come again."""


def pause_s(every_s: float, took_s: float) -> float:
    """How long to rest after a look that took ``took_s`` seconds, so that looking stays within its share."""
    return max(every_s, took_s / SHARE - took_s)


class _Topic(Generic[State]):
    """One thing that is followed while somebody watches it."""

    def __init__(self) -> None:
        self.watchers = 0
        self.version = 0
        self.latest: State | None = None
        self.changed = asyncio.Condition()
        self.task: asyncio.Task[None] | None = None


class Feed(Generic[State]):
    """``read(topic)`` is asked every ``every_s`` seconds while somebody watches the topic, less often when it is slow.

    A watcher gets the newest state and skips what it was too slow for, so a slow browser costs no memory.
    """

    def __init__(
        self,
        read: Callable[[str], Awaitable[State]],
        clock: Clock,
        *,
        every_s: float = 1.0,
        max_watchers: int = MAX_WATCHERS,
    ) -> None:
        self._read = read
        self._clock = clock
        self._every_s = every_s
        self._max_watchers = max_watchers
        self._topics: dict[str, _Topic[State]] = {}
        self._closed = False

    @property
    def watchers(self) -> int:
        return sum(topic.watchers for topic in self._topics.values())

    @property
    def full(self) -> bool:
        """Whether the next watcher would be refused."""
        return self._closed or self.watchers >= self._max_watchers

    async def watch(self, name: str, *, quiet_s: float) -> AsyncGenerator[State | None]:
        """Each new state of a topic; None after ``quiet_s`` seconds without one. Raises FeedFull."""
        with self._watched(name) as topic:
            version = 0
            while True:
                try:
                    async with asyncio.timeout(quiet_s):
                        await self._until_newer(topic, version)
                except TimeoutError:
                    yield None
                    continue
                if self._closed:
                    return
                version = topic.version
                yield topic.latest

    async def _until_newer(self, topic: _Topic[State], version: int) -> None:
        async with topic.changed:
            while topic.version == version and not self._closed:
                await topic.changed.wait()

    async def aclose(self) -> None:
        """End every watch, so that a server can stop without waiting for browsers."""
        self._closed = True
        for topic in list(self._topics.values()):
            if topic.task is not None:
                topic.task.cancel()
            async with topic.changed:
                topic.changed.notify_all()

    @contextmanager
    def _watched(self, name: str) -> Iterator[_Topic[State]]:
        if self.full:
            raise FeedFull
        topic = self._topics.setdefault(name, _Topic[State]())
        topic.watchers += 1
        if topic.task is None:
            topic.task = asyncio.create_task(self._follow(name, topic), name=f"console feed {name}")
        try:
            yield topic
        finally:
            topic.watchers -= 1
            if not topic.watchers:
                topic.task.cancel()
                del self._topics[name]

    async def _follow(self, name: str, topic: _Topic[State]) -> None:
        while True:
            began = self._clock.monotonic()
            try:
                await self._look(name, topic)
            except TransientError as error:
                log.warning("the live console waits: %s", error)
            except Exception:
                log.exception("the live console could not read what it shows; it tries again")
            took = self._clock.monotonic() - began
            await asyncio.sleep(pause_s(self._every_s, took))

    async def _look(self, name: str, topic: _Topic[State]) -> None:
        seen = await self._read(name)
        if topic.version and seen == topic.latest:
            return
        async with topic.changed:
            topic.latest = seen
            topic.version += 1
            topic.changed.notify_all()
