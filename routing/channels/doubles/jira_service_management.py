"""A Jira Service Management on loopback: alerts are accepted first and created, or not, afterwards."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit

import orjson

from routing.channels.doubles.http import HttpDouble, Received, Reply
from routing.channels.doubles.live_text import addresses_in, tags_in

KEY = "0a1b2c3d-double"
_LIMITS = {"message": 130, "alias": 512, "description": 15_000, "entity": 512, "source": 100, "note": 25_000}


@dataclass
class JsmAlert:
    """One alert. ``notified`` counts how often people were called: a repeat of the alias calls nobody."""

    body: dict[str, Any]
    state: str = "open"
    count: int = 1
    notified: int = 1


class JiraServiceManagementDouble(HttpDouble):
    """Alerts by alias, newest last. ``slow`` answers 404 to so many looks at a request before it is done;

    ``fails`` makes what was accepted fail afterwards, with that text.
    """

    def __init__(self, *, slow: int = 0, fails: str = "") -> None:
        super().__init__()
        self.alerts: dict[str, list[JsmAlert]] = {}
        self.notes: list[dict[str, Any]] = []
        self._slow = slow
        self._fails = fails
        self._requests: dict[str, dict[str, Any]] = {}
        self._looks: dict[str, int] = {}

    @property
    def shown(self) -> Sequence[str]:
        return [
            "\n".join([alert.body["message"], alert.body.get("description", ""), *_values(alert.body)])
            for alerts in self.alerts.values()
            for alert in alerts
        ]

    @property
    def live(self) -> Sequence[str]:
        return [found for text in self.shown for found in (*addresses_in(text), *tags_in(text))]

    def answer(self, request: Received) -> Reply:
        if request.headers.get("authorization") != f"GenieKey {KEY}":
            return _said(401, message="Could not authenticate")
        path = urlsplit(request.path)
        parts = [unquote(part) for part in path.path.strip("/").split("/")]
        if request.method == "GET" and parts[:2] == ["alerts", "requests"]:
            return self._status(parts[2])
        if request.method != "POST" or parts[0] != "alerts":
            return _said(404, message="No such path")
        return self._take_in(parts, path.query, orjson.loads(request.body))

    def _take_in(self, parts: list[str], query: str, body: dict[str, Any]) -> Reply:
        if errors := body_errors(body, creates=len(parts) == 1):
            return _said(422, message="Request body is not processable", errors=errors)
        identity = f"request-{len(self._requests) + 1}"
        if self._fails:
            result = {"isSuccess": False, "status": self._fails}
        elif len(parts) == 1:
            result = self._create(body)
        else:
            result = self._end(parts[1], parts[2], query, body)
        self._requests[identity] = {"success": result["isSuccess"], **result}
        return _said(202, result="Request will be processed", requestId=identity)

    def _create(self, body: dict[str, Any]) -> dict[str, Any]:
        alerts = self.alerts.setdefault(body["alias"], [])
        if alerts and alerts[-1].state != "closed":
            alerts[-1].count += 1
        else:
            alerts.append(JsmAlert(body))
        return {"isSuccess": True, "status": "Created alert", "alertId": f"alert-{body['alias'][-8:]}"}

    def _end(self, alias: str, verb: str, query: str, body: dict[str, Any]) -> dict[str, Any]:
        alerts = self.alerts.get(alias, [])
        if "identifierType=alias" not in query or not alerts or alerts[-1].state == "closed":
            return {"isSuccess": False, "status": "Alert does not exist"}
        alerts[-1].state = {"acknowledge": "acknowledged", "close": "closed"}[verb]
        self.notes.append(body)
        return {"isSuccess": True, "status": "Done", "alertId": f"alert-{alias[-8:]}"}

    def _status(self, identity: str) -> Reply:
        looks = self._looks[identity] = self._looks.get(identity, 0) + 1
        if identity not in self._requests or looks <= self._slow:
            return _said(404, message="Request not found. It might not be processed, yet.")
        return _said(200, data=self._requests[identity], requestId=identity)


def body_errors(body: dict[str, Any], *, creates: bool) -> dict[str, str]:
    """What the service finds wrong with a body; empty when it is valid. Lengths are in UTF-16 units."""
    errors = {
        name: "is too long"
        for name, most in _LIMITS.items()
        if len(body.get(name, "").encode("utf-16-le")) // 2 > most
    }
    if creates and not body.get("message"):
        errors["message"] = "must not be empty"
    if creates and body.get("priority") not in ("P1", "P2", "P3", "P4", "P5"):
        errors["priority"] = "should be one of P1 to P5"
    tags = body.get("tags", [])
    if len(tags) > 20 or any(len(tag) > 50 for tag in tags):
        errors["tags"] = "too many or too long"
    if sum(len(key) + len(value) for key, value in body.get("details", {}).items()) > 8_000:
        errors["details"] = "is too long"
    return errors


def _values(body: dict[str, Any]) -> list[str]:
    return [body.get("entity", ""), *body.get("tags", []), *body.get("details", {}).values()]


def _said(status: int, **body: Any) -> Reply:
    return Reply(status, orjson.dumps(body), {"content-type": "application/json"})
