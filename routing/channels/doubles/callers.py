"""The services on the other side, as they call us: signed clicks, webhooks and forms, to send once, twice or late."""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import orjson

FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True)
class SignedCall:
    """A request as it would arrive: sending it again replays it."""

    headers: Mapping[str, str]
    body: bytes


def slack_call(secret: str, payload: Mapping[str, Any], at: float) -> SignedCall:
    """An interaction as Slack signs it at that Unix time."""
    body = urlencode({"payload": orjson.dumps(payload).decode()}).encode()
    stamp = str(int(at))
    signature = hmac.new(secret.encode(), f"v0:{stamp}:".encode() + body, hashlib.sha256).hexdigest()
    headers = {
        "Content-Type": FORM,
        "X-Slack-Request-Timestamp": stamp,
        "X-Slack-Signature": f"v0={signature}",
    }
    return SignedCall(headers, body)


def slack_click(
    action_id: str, value: str, user: str, *, action_ts: str = "1700000000.000200", response_url: str = ""
) -> dict[str, Any]:
    """What Slack says of one press of a button."""
    return {
        "type": "block_actions",
        "user": {"id": user, "team_id": "T0DOUBLE"},
        "channel": {"id": "C0DOUBLE", "name": "alerts"},
        "container": {"type": "message", "message_ts": "1700000000.000100", "channel_id": "C0DOUBLE"},
        "actions": [{"type": "button", "action_id": action_id, "value": value, "action_ts": action_ts}],
        "response_url": response_url,
    }


def pagerduty_event(
    kind: str, key: str, user: str, *, event: str = "01DOUBLE", agent: str = "user_reference"
) -> dict[str, Any]:
    """A v3 event about the alert with that key; ``agent`` other than a user is PagerDuty itself, or an integration."""
    return {
        "event": {
            "id": event,
            "event_type": kind,
            "resource_type": "incident",
            "agent": {"id": user, "type": agent, "summary": "Somebody"},
            "data": {"id": "Q0DOUBLE", "type": "incident", "incident_key": key, "status": "acknowledged"},
        }
    }


def pagerduty_call(secrets: tuple[str, ...], event: Mapping[str, Any]) -> SignedCall:
    """A webhook with one signature for each secret: two while one replaces the other."""
    body = orjson.dumps(event)
    signatures = [hmac.new(one.encode(), body, hashlib.sha256).hexdigest() for one in secrets]
    headers = {
        "Content-Type": "application/json",
        "X-PagerDuty-Signature": ",".join(f"v1={one}" for one in signatures),
    }
    return SignedCall(headers, body)


def twilio_call(token: str, url: str, form: Mapping[str, str]) -> SignedCall:
    """A form as Twilio signs it for the address that it calls."""
    text = url + "".join(f"{name}{form[name]}" for name in sorted(form))
    signature = base64.b64encode(hmac.new(token.encode(), text.encode(), hashlib.sha1).digest()).decode()
    return SignedCall({"Content-Type": FORM, "X-Twilio-Signature": signature}, urlencode(form).encode())
