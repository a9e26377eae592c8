"""An ntfy on loopback: publishing as JSON, its limits, its burst, and notifications as a phone shows them."""

import re
from typing import Any

import orjson

from monitor.clock import Clock
from routing.channels.doubles.http import HttpDouble, Received, Reply

TOPIC = "canary-topic-4f1d"
TOKEN = "tk_canary_4f1d"  # noqa: S105 - the double's own, good for nothing else

_MAX_MESSAGE = 4_096  # bytes
_BURST, _REFILL_S = 60, 5.0
_ADDRESS = re.compile(r"(?i)\bhttps?://\S+")


class NtfyDouble(HttpDouble):
    """Shows each notification. A longer text becomes an attachment that nobody reads, counted in ``attachments``.

    With a clock, sixty messages at once and then one every five seconds.
    """

    def __init__(self, *, clock: Clock | None = None) -> None:
        super().__init__()
        self.notifications: list[dict[str, Any]] = []
        self.attachments = 0
        self._clock = clock
        self._room, self._since = float(_BURST), clock.monotonic() if clock else 0.0
        self._shown: list[str] = []
        self._live: list[str] = []

    @property
    def shown(self) -> list[str]:
        return self._shown

    @property
    def live(self) -> list[str]:
        return self._live

    def answer(self, request: Received) -> Reply:
        if request.headers.get("authorization") != f"Bearer {TOKEN}":
            return _error(401, 40101, "unauthorized")
        if not self._has_room():
            return _error(429, 42901, "limit reached: too many requests")
        try:
            note = orjson.loads(request.body)
        except orjson.JSONDecodeError:
            return _error(400, 40017, "invalid request: JSON must be valid")
        if request.path != "/" or note.get("topic") != TOPIC:
            return _error(403, 40301, "forbidden")
        fault = note_fault(note)
        if fault:
            return _error(400, 40018, fault)
        if len(note.get("message", "").encode()) > _MAX_MESSAGE:
            self.attachments += 1
        else:
            self._keep(note)
        return Reply(
            200, orjson.dumps({"id": f"n{len(self.notifications)}", "event": "message", "topic": TOPIC})
        )

    def _has_room(self) -> bool:
        if self._clock is None:
            return True
        now = self._clock.monotonic()
        self._room = min(_BURST, self._room + (now - self._since) / _REFILL_S)
        self._since = now
        if self._room < 1:
            return False
        self._room -= 1
        return True

    def _keep(self, note: dict[str, Any]) -> None:
        self.notifications.append(note)
        labels = [action["label"] for action in note.get("actions", [])]
        text = "\n".join([note.get("title", ""), note.get("message", ""), *labels])
        self._shown.append(text)
        self._live += [note[key] for key in ("click", "attach", "icon") if key in note]
        self._live += [action["url"] for action in note.get("actions", [])]
        self._live += _ADDRESS.findall(text)


def note_fault(note: dict[str, Any]) -> str:
    """What ntfy finds wrong with a notification, empty when it takes it."""
    if note.get("priority", 3) not in range(1, 6):
        return "invalid priority parameter"
    actions = note.get("actions", [])
    fine = all(one.get("action") == "view" and one.get("label") and one.get("url") for one in actions)
    return "" if fine and len(actions) <= 3 else "invalid actions"


def _error(status: int, code: int, text: str) -> Reply:
    return Reply(status, orjson.dumps({"code": code, "http": status, "error": text}))
