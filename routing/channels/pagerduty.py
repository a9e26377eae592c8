"""PagerDuty by its Events API v2: an alert per incident, department and severity, which repeats fold into."""

import asyncio
from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar, Literal

import orjson
from pydantic import SecretStr

from monitor.clock import Clock
from monitor.secret import SecretRef
from routing.channels.closing import Answered, alert_key_of, alert_keys_of, severity_sent, worst_of
from routing.channels.target import ChannelKind, Environ, WebTarget, posting_client, read_header_secret
from routing.channels.ticket_text import cell, section_text
from routing.channels.vendor_api import json_object
from routing.http import Answer, PostingClient
from routing.http_outcome import describe, outcome_of_status, retry_after_s
from routing.message import Message
from routing.message_compose import compose_message
from routing.message_text import short_text
from routing.outcome import Ambiguous, DeadTarget, Delivered, Outcome, RetryLater
from routing.page import Page
from routing.untrusted import agreed_line, truncate

MAX_SUMMARY = 1_024
MAX_EVENT = 512_000  # bytes
_DETAIL = 8_000  # UTF-16 units of one section: nine of them need at most 216,000 bytes
_FIELD = 255
_ROUTING_KEY = 32
_SLOW_DOWN_S = 30.0  # what PagerDuty advises where it names no time itself

EventAction = Literal["acknowledge", "resolve"]


class PagerDutyTarget(WebTarget):
    """A PagerDuty service, by the integration key of its Events API v2 integration."""

    kind: Literal["pagerduty"]
    routing_key: SecretRef
    api_url: str = "https://events.pagerduty.com"  # https://events.eu.pagerduty.com in the EU region


class PagerDutyChannel:
    """Pages to one PagerDuty service. A repeat of the same alert is folded into the open one: nobody is called twice.

    202 means accepted, not notified: what follows is PagerDuty's own escalation.
    """

    kind: ClassVar[str] = "pagerduty"
    deduplicates: ClassVar[bool] = True

    def __init__(self, target: str, routing_key: SecretStr, client: PostingClient, clock: Clock) -> None:
        self.target = target
        self._routing_key = routing_key
        self._client = client
        self._clock = clock

    async def send(self, page: Page, *, thread: str = "", plain: bool = False) -> Outcome:
        """``thread`` is of no use here: the key alone names the alert."""
        message = compose_message(page, self._clock.now())
        event = trigger(page, message, self._routing_key.get_secret_value(), plain=plain)
        return await self._enqueue(event)

    async def acknowledged(self, answered: Answered) -> Outcome:
        """Somebody answered in Tocsin: PagerDuty stops calling."""
        return await self._end(answered, "acknowledge")

    async def resolved(self, answered: Answered) -> Outcome:
        """The incident is over: its alerts are closed. An alert that is not open is left alone by PagerDuty."""
        return await self._end(answered, "resolve")

    async def aclose(self) -> None:
        await self._client.aclose()

    async def _end(self, answered: Answered, action: EventAction) -> Outcome:
        routing_key = self._routing_key.get_secret_value()
        events = [
            {"routing_key": routing_key, "event_action": action, "dedup_key": key}
            for key in alert_keys_of(answered)
        ]
        outcomes = await asyncio.gather(*(self._enqueue(event) for event in events))
        return worst_of(outcomes)

    async def _enqueue(self, event: Mapping[str, Any]) -> Outcome:
        answer = await self._client.post(orjson.dumps(event), {"content-type": "application/json"})
        if not isinstance(answer, Answer):
            return answer
        reason = describe(answer, [self._routing_key.get_secret_value()])
        return outcome_of(answer, str(event["dedup_key"]), reason, self._clock.now())


def trigger(page: Page, message: Message, routing_key: str, *, plain: bool) -> dict[str, Any]:
    """The event that opens the page's alert, within every limit of the Events API."""
    event: dict[str, Any] = {
        "routing_key": routing_key,
        "event_action": "trigger",
        "dedup_key": alert_key_of(page),
        "client": "Tocsin",
        "payload": {
            "summary": truncate(f"{message.mark} {message.headline} ({message.incident})", MAX_SUMMARY),
            "source": agreed_line(page.brand_name, _FIELD) or "Tocsin",
            # Our three severities are three of PagerDuty's four; "error" stays unused.
            "severity": severity_sent(page.severity, page.transition),
            "timestamp": page.receipt.queued_at.isoformat(),
            "component": page.department,
            "group": agreed_line(page.incident_label, _FIELD),
            "class": agreed_line(page.clause.id, _FIELD),
            "custom_details": {"text": short_text(message)} if plain else _details(message),
        },
    }
    if message.link:
        event["links"] = [{"href": message.link, "text": message.link_label}]
    return event


def _details(message: Message) -> dict[str, str]:
    details: dict[str, str] = {message.incident: "\n".join(message.lead)}
    for section in message.sections:
        details[section.title] = cell(section_text(section, message.colon), _DETAIL)
    return details


def outcome_of(answer: Answer, key: str, reason: str, now: datetime) -> Outcome:
    """What an answer of the Events API means for the event with that key."""
    said = json_object(answer) or {}
    if answer.status == 202 and said.get("status") == "success":
        return Delivered(key)
    if answer.status == 429:
        wanted = answer.headers.get("retry-after", "")
        return RetryLater(reason, retry_after_s(wanted, now) if wanted else _SLOW_DOWN_S, "token")
    if answer.status == 400 and "routing_key" in str(said.get("errors", "")).replace(" ", "_").lower():
        return DeadTarget(reason)
    return outcome_of_status(answer, now, reason) or Ambiguous(reason)


def build(target: PagerDutyTarget, *, clock: Clock, environ: Environ) -> PagerDutyChannel:
    key = read_header_secret(target.routing_key, "routing_key", environ)
    if len(key.get_secret_value()) != _ROUTING_KEY:
        raise ValueError(
            "the secret of routing_key is not the 32 characters of an Events API v2 integration key"
        )
    url = SecretStr(f"{target.api_url.rstrip('/')}/v2/enqueue")
    client = posting_client(url, target)
    return PagerDutyChannel(target.name, key, client, clock)


KIND = ChannelKind(PagerDutyTarget, build)
