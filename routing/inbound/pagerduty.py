"""PagerDuty's v3 webhooks: who acknowledges or resolves an alert of ours there, answers here as that person."""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from aiohttp import web
from sqlalchemy import Connection, or_, select

from monitor.records import SEVERITIES
from routing.channels.closing import Alert, alert_key
from routing.inbound.answering import Caller, count, take_answer
from routing.inbound.deliveries import once
from routing.inbound.directory import by_pagerduty
from routing.inbound.gate import Gate, Keys
from routing.inbound.tokens import Bound
from routing.inbound.words import Action
from routing.schema import incidents, micros, tracks
from routing.settings import RoutingSettings

_ACTIONS: Mapping[str, Action] = {"incident.acknowledged": "acknowledge", "incident.resolved": "resolve"}
_CYCLES = 4  # of an incident that was opened again: what old alerts say is written down, and changes nothing
_RECENT_US = 48 * 3_600 * 1_000_000
_MOST = 2_000


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to an incident there. ``user`` is empty when it was no person: our own acknowledgement
    comes back like that."""

    id: str
    action: Action
    key: str
    user: str


def is_genuine(keys: Keys, headers: Mapping[str, str], body: bytes) -> bool:
    """One of the ``v1=`` signatures is over the very bytes."""
    given = [one.strip() for one in headers.get("X-PagerDuty-Signature", "").split(",")][:10]
    wanted = [f"v1={hmac.new(key, body, 'sha256').hexdigest()}".encode() for key in keys]
    same = [hmac.compare_digest(one, sent.encode("utf-8", "replace")) for one in wanted for sent in given]
    return any(same)


def read_event(body: bytes) -> Event | None:
    """The event in a signed body; None when it is none that answers an alert."""
    try:
        event: Any = orjson.loads(body)["event"]
        agent = event.get("agent") or {}
        user = agent["id"] if agent.get("type") in ("user_reference", "user") else ""
        key = event["data"].get("incident_key") or ""
        return Event(str(event["id"])[:200], _ACTIONS[event["event_type"]], str(key)[:300], str(user)[:100])
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


class PagerDutyWebhook:
    """``POST /hooks/pagerduty``. Ids of events are kept for three days: their signatures name no time."""

    def __init__(self, gate: Gate, settings: RoutingSettings, keys: Keys) -> None:
        self._gate = gate
        self._settings = settings
        self._keys = keys

    async def receive(self, request: web.Request) -> web.Response:
        body = await self._gate.body(
            request, "pagerduty", lambda raw, _: is_genuine(self._keys, request.headers, raw)
        )
        if isinstance(body, web.Response):
            return body
        event = read_event(body)
        if event is None or not event.key.startswith("tocsin-"):
            count("pagerduty", "ignored")
            return web.Response()
        done = await self._gate.transact(lambda connection, now: self._take(connection, now, event))
        return done if isinstance(done, web.Response) else web.Response()

    def _take(self, connection: Connection, now: datetime, event: Event) -> str:
        outcome, first = once(
            connection, "pagerduty", event.id, now, lambda: self._outcome(connection, now, event)
        )
        count("pagerduty", outcome if first else "copy")
        return outcome

    def _outcome(self, connection: Connection, now: datetime, event: Event) -> str:
        if not event.user:
            return "ignored"  # an echo of what we told PagerDuty, or a rule of its own: nobody has answered
        bound = _find(connection, event.key, now)
        if bound is None:
            return "not_found"
        person = by_pagerduty(self._settings, event.user)
        result = take_answer(connection, Caller("pagerduty", event.user, person), event.action, bound, now)
        return "refused" if person is None else result.outcome


def _find(connection: Connection, key: str, now: datetime) -> Bound | None:
    """What an alert of ours is about: keys are digests, so those of what is open, or was lately, are computed."""
    open_or_recent = or_(
        incidents.c.resolved_at.is_(None), incidents.c.resolved_at > micros(now) - _RECENT_US
    )
    query = (
        select(incidents.c.id, incidents.c.cycle, tracks.c.department, tracks.c.round)
        .join(tracks, tracks.c.incident == incidents.c.id)
        .where(open_or_recent)
        .order_by(incidents.c.number.desc())
        .limit(_MOST)
    )
    for row in connection.execute(query).all():
        for cycle in range(row.cycle, max(-1, row.cycle - _CYCLES), -1):
            alerts = (Alert(severity, round_) for round_ in range(row.round + 1) for severity in SEVERITIES)
            if any(alert_key(row.id, cycle, row.department, alert) == key for alert in alerts):
                return Bound(row.id, cycle, row.department, key)
    return None
