"""Secrets of the doubles, and how a channel is built for them."""

import base64
from typing import Any

from monitor.clock import Clock, ManualClock
from routing.channel import Channel
from routing.channels.doubles.slack import CHANNEL, TOKEN
from routing.channels.email import EmailTarget
from routing.channels.slack import SlackApiTarget
from routing.channels.slack_webhook import SlackWebhookTarget
from routing.channels.table import build_channel
from routing.channels.webhook import WebhookTarget
from tests.routing.channels.pages import NOW

KEY = bytes(range(32))
OLD_KEY = bytes(range(32, 64))


def whsec(key: bytes) -> str:
    return "whsec_" + base64.b64encode(key).decode()


def clock() -> ManualClock:
    return ManualClock(NOW)


def slack(api_url: str, *, time: Clock | None = None, token: str = TOKEN, channel: str = CHANNEL) -> Channel:
    target = SlackApiTarget(
        kind="slack",
        name="legal-slack",
        channel=channel,
        token="env:SLACK_TOKEN",
        api_url=api_url,
        allow_private_addresses=True,
    )
    return build_channel(target, clock=time or clock(), environ={"SLACK_TOKEN": token})


def slack_webhook(url: str) -> Channel:
    target = SlackWebhookTarget(
        kind="slack_webhook", name="legal-hook", url="env:HOOK", allow_private_addresses=True
    )
    return build_channel(target, clock=clock(), environ={"HOOK": url})


def webhook(url: str, *, time: Clock | None = None, rotating: bool = False) -> Channel:
    target = WebhookTarget(
        kind="webhook",
        name="legal-webhook",
        url="env:URL",
        secret="env:SECRET",
        previous_secret="env:OLD" if rotating else None,
        allow_private_addresses=True,
    )
    environ = {"URL": url, "SECRET": whsec(KEY), "OLD": whsec(OLD_KEY)}
    return build_channel(target, clock=time or clock(), environ=environ)


def email_target(port: int, **changes: Any) -> EmailTarget:
    values: dict[str, Any] = {
        "kind": "email",
        "name": "legal-mail",
        "to": "legal-oncall@veloria.example",
        "sender": "Tocsin <tocsin@veloria.example>",
        "host": "127.0.0.1",
        "port": port,
        "security": "none",
    }
    return EmailTarget(**{**values, **changes})


def email(port: int, **changes: Any) -> Channel:
    environ = {"MAIL_PASSWORD": "canary-password"}
    return build_channel(email_target(port, **changes), clock=clock(), environ=environ)
