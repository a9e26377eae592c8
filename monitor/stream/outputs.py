"""Where the agents send to: topics, and the dead letters."""

import asyncio
from collections.abc import Sequence
from typing import Any

import faust

from monitor.batches import Rejected
from monitor.codec import encode
from monitor.stream.app import StreamSettings
from monitor.stream.ending import End
from monitor.topic_table import TOPICS, Stage, topic_name


class Outputs:
    """Sends to topics, for one agent. A record that was not acknowledged ends the process before the offset of
    what caused it is committed."""

    def __init__(self, app: faust.App, settings: StreamSettings, end: End) -> None:
        self._end = end
        self._unacknowledged: list[asyncio.Future[Any]] = []
        self._topics: dict[Stage, Any] = {
            topic.stage: app.topic(
                topic_name(settings.prefix, topic.stage),
                key_serializer="raw",
                value_serializer="raw",
                key_type=bytes,
            )
            for topic in TOPICS
        }

    def topic(self, stage: Stage) -> Any:
        """The Faust topic of a stage."""
        return self._topics[stage]

    async def send(self, stage: Stage, key: str, value: bytes) -> None:
        """Queue a record, whose acknowledgement ``take`` gives out."""
        self.expect(await self._topics[stage].send(key=key.encode(), value=value))

    def expect(self, acknowledgement: asyncio.Future[Any]) -> None:
        """One more acknowledgement to wait for."""
        self._unacknowledged.append(acknowledgement)

    def take(self) -> Sequence[asyncio.Future[Any]]:
        """The acknowledgements to wait for since this was last asked."""
        waiting, self._unacknowledged = self._unacknowledged, []
        return waiting

    async def delivered(self, waiting: Sequence[asyncio.Future[Any]]) -> None:
        """Returns once the broker has all of it.

        Faust's own flush before a commit is not enough: it overlooks what its buffer is handing over at that
        moment, and gives up on the rest after a tenth of a second.
        """
        answers = await asyncio.gather(*waiting, return_exceptions=True)
        for answer in answers:
            if isinstance(answer, BaseException):
                self._end(f"the broker did not take a record ({type(answer).__name__})")

    async def reject(self, letter: Rejected) -> None:
        """Keep a dead letter: returns once the broker has it."""
        sent = await self._topics["rejected"].send(
            key=letter.id.encode("utf-8", "replace"), value=encode(letter)
        )
        await sent
