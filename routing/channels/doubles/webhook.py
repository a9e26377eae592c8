"""A receiver of signed webhooks on loopback, as its owner would write it: verify, drop repeats, answer."""

from typing import Any

import orjson

from monitor.clock import Clock
from routing.channels.doubles.http import HttpDouble, Received, Reply
from routing.channels.standard_webhooks import is_genuine

_MAX_BODY = 20_000


class WebhookDouble(HttpDouble):
    """Keeps each event once, in ``events``. A bad signature gets 401, too large a body 413."""

    def __init__(self, key: bytes, clock: Clock) -> None:
        super().__init__()
        self.events: list[dict[str, Any]] = []
        self.repeats = 0
        self._key = key
        self._clock = clock
        self._seen: set[str] = set()

    @property
    def shown(self) -> list[str]:
        """The text of each event: what a receiver without a taste of its own shows."""
        return [event["data"]["text"] for event in self.events]

    def answer(self, request: Received) -> Reply:
        if len(request.body) > _MAX_BODY:
            return Reply(413)
        if not is_genuine(self._key, request.headers, request.body, self._clock.now().timestamp()):
            return Reply(401)
        event_id = request.headers["webhook-id"]
        if event_id in self._seen:
            self.repeats += 1
            return Reply(204)
        self._seen.add(event_id)
        self.events.append(orjson.loads(request.body))
        return Reply(204)
