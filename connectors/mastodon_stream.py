"""Mastodon's streaming lines (server-sent events): lines into events, events into what they mean. Pure."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from connectors.mastodon_status import Home, NotPublic, Status, deletion, read_status
from connectors.tape import load_json
from monitor.errors import InvalidPayload
from monitor.records import Mention

MAX_EVENT_BYTES = 1_000_000

_KNOWN = frozenset(
    {
        "notification", "filters_changed", "conversation", "announcement", "announcement.reaction",
        "announcement.delete", "encrypted_message", "notifications_merged",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Event:
    """One event of a stream; ``data`` is JSON, a bare id, or the word ``undefined``, as ``name`` demands."""

    name: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Skipped:
    """An event that says nothing about a public post that we know."""

    reason: Literal["visibility", "other_event", "unknown_event", "unknown_deletion"]


@dataclass(frozen=True, slots=True)
class Deleted:
    """A post that was lately given out is gone."""

    mention: Mention


class EventReader:
    """Puts lines together into events. Comments (``:)`` at the start, ``:thump`` as heartbeat) are skipped."""

    def __init__(self) -> None:
        self._name = ""
        self._data: list[bytes] = []
        self._size = 0

    def feed(self, line: bytes) -> Event | None:
        """The event that ``line`` (without its end) completes, or None. Raises InvalidPayload: it is too large."""
        if not line:
            return self._complete()
        field, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if field == b"event":
            self._name = value.decode("utf-8", "replace")[:100]
        elif field == b"data":
            self._size += len(value) + 1
            if self._size > MAX_EVENT_BYTES:
                raise InvalidPayload("too_large", f"an event is larger than {MAX_EVENT_BYTES} bytes")
            self._data.append(value)
        return None

    def _complete(self) -> Event | None:
        event = Event(self._name, b"\n".join(self._data)) if self._name and self._data else None
        self._name, self._data, self._size = "", [], 0
        return event


def read_event(event: Event, home: Home, fetched_at: datetime) -> Status | Deleted | Skipped:
    """What an event means. Raises InvalidPayload."""
    if event.name == "delete":
        # Only the server's own id is told: without having seen the post, its global id cannot be known.
        known = home.lately.get(event.data.decode("utf-8", "replace").strip().strip('"'))
        return Skipped("unknown_deletion") if known is None else Deleted(deletion(known, fetched_at))
    if event.name not in {"update", "status.update"}:
        return Skipped("other_event" if event.name in _KNOWN else "unknown_event")
    try:
        item = load_json(event.data)
    except ValueError:
        raise InvalidPayload("not_json", f"the data of {event.name} is not JSON") from None
    status = read_status(item, home, fetched_at, edited=event.name == "status.update")
    return Skipped(status.reason) if isinstance(status, NotPublic) else status
