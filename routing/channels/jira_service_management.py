"""Alerts of Jira Service Management (and of Opsgenie, which it follows): accepted first, created afterwards."""

import asyncio
from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar, Literal
from urllib.parse import quote

import orjson

from monitor.clock import Clock
from monitor.records import Severity, ShortText
from monitor.secret import SecretRef
from routing.channels.closing import (
    Answered,
    Ending,
    alert_key_of,
    alert_keys_of,
    ending_line,
    severity_sent,
    worst_of,
)
from routing.channels.target import ChannelKind, Environ, WebTarget, read_header_secret
from routing.channels.ticket_text import cell, fitted_text, without_tags
from routing.channels.vendor_api import VendorApi, json_object, keyed
from routing.http import Answer
from routing.http_outcome import outcome_of_status, retry_after_s
from routing.message import Message
from routing.message_compose import compose_message
from routing.message_text import short_text
from routing.outcome import Ambiguous, DeadTarget, Delivered, Outcome, RejectedPayload, RetryLater
from routing.page import Page
from routing.untrusted import agreed_line, truncate, utf16_size

MAX_MESSAGE = 130
MAX_DESCRIPTION = 15_000
_MAX_NOTE = 1_000
_MAX_TAG = 50
_MAX_FIELD = 500
_MAX_USER = 100
_POST_S, _READ_S, _CONFIRM_S = 3.0, 2.0, 4.5
_LOOKS_AFTER_S = (
    0.2,
    0.4,
    0.8,
    1.6,
)  # when to ask what became of a request, each counted from the look before
_ASK_AGAIN_S = 5.0
_PRIORITY: Mapping[Severity, str] = {"info": "P5", "warning": "P3", "critical": "P1"}
_VERB: Mapping[Ending, str] = {"acknowledged": "acknowledge", "resolved": "close"}


class JiraServiceManagementTarget(WebTarget):
    """An API integration of Jira Service Management. For Opsgenie set ``api_url`` to https://api.opsgenie.com/v2."""

    kind: Literal["jira_service_management"]
    key: SecretRef  # the integration's key; an account's API token is refused
    team: ShortText = ""  # the responder; empty: the integration's own routing decides
    api_url: str = "https://api.atlassian.com/jsm/ops/integration/v2"


class JiraServiceManagementChannel:
    """Alerts to one integration. The alias folds a repeat into the open alert: nobody is called twice.

    A request is only queued when it is accepted, so each is followed up: a page counts as delivered when the alert
    is there. While that is not known the outcome is ambiguous, and sending again is safe.
    """

    kind: ClassVar[str] = "jira_service_management"
    deduplicates: ClassVar[bool] = True

    def __init__(self, target: str, team: str, api: VendorApi, clock: Clock) -> None:
        self.target = target
        self._team = team
        self._api = api
        self._clock = clock

    async def send(self, page: Page, *, thread: str = "", plain: bool = False) -> Outcome:
        """``thread`` is of no use here: the alias alone names the alert."""
        message = compose_message(page, self._clock.now())
        return await self._request("/alerts", alert_of(page, message, self._team, plain=plain))

    async def acknowledged(self, answered: Answered) -> Outcome:
        """Somebody answered in Tocsin: the alert stops calling."""
        return await self._end(answered, "acknowledged")

    async def resolved(self, answered: Answered) -> Outcome:
        """The incident is over: its alerts are closed."""
        return await self._end(answered, "resolved")

    async def aclose(self) -> None:
        await self._api.aclose()

    async def _end(self, answered: Answered, ending: Ending) -> Outcome:
        body = {
            "source": "Tocsin",
            "user": agreed_line(answered.by, _MAX_USER),
            "note": truncate(without_tags(ending_line(answered, ending)), _MAX_NOTE),
        }
        requests = [
            self._request(f"/alerts/{alias}/{_VERB[ending]}?identifierType=alias", body)
            for alias in alert_keys_of(answered)
        ]
        return worst_of(await asyncio.gather(*requests))

    async def _request(self, path: str, body: Mapping[str, Any]) -> Outcome:
        answer = await self._api.post(path, orjson.dumps(body), deadline_s=_POST_S)
        if not isinstance(answer, Answer):
            return answer
        said = json_object(answer) or {}
        if answer.status == 202 and isinstance(request := said.get("requestId"), str) and request:
            try:
                async with asyncio.timeout(_CONFIRM_S):
                    return await self._confirmed(request)
            except TimeoutError:
                return _not_yet()
        reason = self._api.reason(answer)
        return _refusal(answer, reason, self._clock.now()) or Ambiguous(reason)

    async def _confirmed(self, request: str) -> Outcome:
        """What became of an accepted request, looked up a few times."""
        for wait_s in _LOOKS_AFTER_S:
            await self._clock.sleep(wait_s)
            answer = await self._api.get(f"/alerts/requests/{quote(request, safe='')}", deadline_s=_READ_S)
            if isinstance(answer, Answer):
                outcome = outcome_of_request(answer, self._api.reason(answer))
                if outcome is not None:
                    return outcome
        return _not_yet()


def _not_yet() -> Outcome:
    return Ambiguous("accepted, but the alert is not there yet", _ASK_AGAIN_S)


def alert_of(page: Page, message: Message, team: str, *, plain: bool) -> dict[str, Any]:
    """The body that creates the page's alert, within every limit. Tags of HTML are made unreadable to a browser."""
    text = short_text(message) if plain else fitted_text(message, MAX_DESCRIPTION)
    alert: dict[str, Any] = {
        "message": truncate(without_tags(f"{message.mark} {message.headline}"), MAX_MESSAGE, utf16_size),
        "alias": alert_key_of(page),
        "description": truncate(without_tags(text), MAX_DESCRIPTION, utf16_size),
        "priority": _PRIORITY[severity_sent(page.severity, page.transition)],
        "source": "Tocsin",
    }
    if team:
        alert["responders"] = [{"type": "team", "name": team}]
    if not plain:
        clause = cell(without_tags(agreed_line(page.clause.id, _MAX_FIELD)), _MAX_FIELD)
        label = cell(without_tags(agreed_line(page.incident_label, _MAX_FIELD)), _MAX_FIELD)
        alert["entity"] = cell(without_tags(agreed_line(page.brand_name, _MAX_FIELD)), _MAX_FIELD)
        alert["tags"] = ["tocsin", page.department, truncate(clause, _MAX_TAG, utf16_size)]
        alert["details"] = {"incident": label, "clause": clause, "playbook": page.playbook.sha256[:12]}
    return alert


def outcome_of_request(answer: Answer, reason: str) -> Outcome | None:
    """What an answer to "what became of my request" means; None: nothing yet, look again."""
    if answer.status in (401, 403):
        return DeadTarget(f"the key may not read what became of a request: give it read access ({reason})")
    data = (json_object(answer) or {}).get("data")
    if answer.status != 200 or not isinstance(data, dict):
        return None
    if data.get("isSuccess", data.get("success")) is True:
        return Delivered(str(data.get("alertId", ""))[:_MAX_FIELD])
    return RejectedPayload(reason)


def _refusal(answer: Answer, reason: str, now: datetime) -> Outcome | None:
    if answer.status == 429:
        wanted = answer.headers.get("retry-after") or answer.headers.get("x-ratelimit-period-in-sec", "")
        return RetryLater(reason, retry_after_s(wanted, now), "account")
    return outcome_of_status(answer, now, reason)


def build(
    target: JiraServiceManagementTarget, *, clock: Clock, environ: Environ
) -> JiraServiceManagementChannel:
    key = read_header_secret(target.key, "key", environ)
    api = VendorApi(
        target.api_url, keyed("GenieKey", key), allow_private_addresses=target.allow_private_addresses
    )
    return JiraServiceManagementChannel(target.name, target.team, api, clock)


KIND = ChannelKind(JiraServiceManagementTarget, build)
