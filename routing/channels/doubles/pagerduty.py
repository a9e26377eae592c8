"""A PagerDuty on loopback: the Events API v2 with its limits, and the alerts that its events leave behind."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

from monitor.clock import Clock
from routing.channels.doubles.http import HttpDouble, Received, Reply
from routing.channels.doubles.live_text import addresses_in

ROUTING_KEY = "0123456789abcdef0123456789abcdef"
PER_MINUTE = 120

_MAX_EVENT = 512 * 1024
_LIMITS = {"source": 255, "component": 255, "group": 255, "class": 255}
_SEVERITIES = ("critical", "error", "warning", "info")


@dataclass
class Alert:
    """One alert. ``notified`` counts how often people were called: a repeat into an open alert calls nobody."""

    summary: str
    severity: str
    state: str = "triggered"
    notified: int = 1
    events: list[dict[str, Any]] = field(default_factory=list)


class PagerDutyDouble(HttpDouble):
    """Alerts by dedup key, newest last. With a clock it takes 120 events in any 60 s, as PagerDuty does."""

    def __init__(self, *, clock: Clock | None = None) -> None:
        super().__init__()
        self.alerts: dict[str, list[Alert]] = {}
        self.dropped = 0  # events that PagerDuty takes with 202 and does nothing about
        self._clock = clock
        self._times: deque[float] = deque()

    @property
    def shown(self) -> Sequence[str]:
        return [
            "\n".join([alert.summary, *map(str, details.values()), *(link["text"] for link in links)])
            for alerts in self.alerts.values()
            for alert in alerts
            for details in [alert.events[0]["payload"]["custom_details"]]
            for links in [alert.events[0].get("links", [])]
        ]

    @property
    def live(self) -> Sequence[str]:
        hrefs = [
            link["href"]
            for alerts in self.alerts.values()
            for alert in alerts
            for link in alert.events[0].get("links", [])
        ]
        return [*hrefs, *(found for text in self.shown for found in addresses_in(text))]

    def answer(self, request: Received) -> Reply:
        if (request.method, request.path) != ("POST", "/v2/enqueue"):
            return Reply(404)
        if self._too_many():
            return Reply(429)
        errors = event_errors(request.body)
        if errors:
            body = {"status": "invalid event", "message": "Event object is invalid", "errors": errors}
            return Reply(400, orjson.dumps(body))
        event = orjson.loads(request.body)
        self._take(event)
        body = {"status": "success", "message": "Event processed", "dedup_key": event["dedup_key"]}
        return Reply(202, orjson.dumps(body))

    def _too_many(self) -> bool:
        if self._clock is None:
            return False
        now = self._clock.monotonic()
        while self._times and now - self._times[0] >= 60:
            self._times.popleft()
        if len(self._times) >= PER_MINUTE:
            return True
        self._times.append(now)
        return False

    def _take(self, event: dict[str, Any]) -> None:
        alerts = self.alerts.setdefault(event["dedup_key"], [])
        is_open = bool(alerts) and alerts[-1].state != "resolved"
        if event["event_action"] == "trigger":
            if not is_open:
                payload = event["payload"]
                alerts.append(Alert(payload["summary"], payload["severity"]))
            alerts[-1].events.append(event)
        elif is_open:
            alerts[-1].state = {"acknowledge": "acknowledged", "resolve": "resolved"}[event["event_action"]]
            alerts[-1].events.append(event)
        else:
            self.dropped += 1


def event_errors(body: bytes) -> list[str]:
    """What PagerDuty finds wrong with an event; empty when it is valid."""
    if len(body) > _MAX_EVENT:
        return ["Event object is too large"]
    try:
        event = orjson.loads(body)
    except orjson.JSONDecodeError:
        return ["JSON cannot be parsed"]
    errors = []
    if len(event.get("routing_key", "")) != 32:
        errors.append("Length of 'routing_key' is incorrect (should be 32 characters)")
    elif event["routing_key"] != ROUTING_KEY:
        errors.append("Invalid routing key")
    if event.get("event_action") not in ("trigger", "acknowledge", "resolve"):
        errors.append("'event_action' is invalid")
    if not 0 < len(event.get("dedup_key", "")) <= 255:
        errors.append("Length of 'dedup_key' is incorrect")
    if event.get("event_action") == "trigger":
        errors.extend(_payload_errors(event.get("payload", {})))
    return errors


def _payload_errors(payload: dict[str, Any]) -> list[str]:
    errors = [
        f"'payload.{name}' is too long" for name, most in _LIMITS.items() if len(payload.get(name, "")) > most
    ]
    if not 0 < len(payload.get("summary", "")) <= 1_024:
        errors.append("'payload.summary' is missing, blank or too long")
    if not payload.get("source"):
        errors.append("'payload.source' is missing or blank")
    if payload.get("severity") not in _SEVERITIES:
        errors.append("'payload.severity' is invalid")
    return errors
