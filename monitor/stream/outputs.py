"""Where the agents send to: topics, and the dead letters."""

from typing import Any

import faust

from monitor.batches import Rejected
from monitor.codec import encode
from monitor.stream.app import StreamSettings
from monitor.stream.ending import End
from monitor.topic_table import TOPICS, Stage, topic_name


class Outputs:
    """Sends to topics. A record that was not acknowledged ends the process before its offset is committed."""

    def __init__(self, app: faust.App, settings: StreamSettings, end: End) -> None:
        self._end = end
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
        """Queue a record. Faust flushes its producer before it commits the offset of what caused it."""
        sent = await self._topics[stage].send(key=key.encode(), value=value)
        sent.add_done_callback(self._check)

    async def reject(self, letter: Rejected) -> None:
        """Keep a dead letter: returns once the broker has it."""
        sent = await self._topics["rejected"].send(
            key=letter.id.encode("utf-8", "replace"), value=encode(letter)
        )
        await sent

    def _check(self, sent: Any) -> None:
        if sent.cancelled() or sent.exception() is not None:
            self._end("the broker did not take a record")
