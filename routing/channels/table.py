"""The one table of channels: which settings build which channel."""

from collections.abc import Mapping
from pathlib import Path

from pydantic import SecretStr

from monitor.clock import Clock
from monitor.secret import read_secret
from routing.channel import Channel
from routing.channels.email import EmailChannel
from routing.channels.slack import SlackChannel
from routing.channels.slack_webhook import SlackWebhookChannel
from routing.channels.standard_webhooks import decode_secret
from routing.channels.terminal import TerminalChannel
from routing.channels.webhook import WebhookChannel
from routing.http import PostingClient
from routing.settings import (
    EmailTarget,
    SlackApiTarget,
    SlackWebhookTarget,
    TargetSettings,
    TerminalTarget,
    WebhookTarget,
)

Environ = Mapping[str, str] | None


def build_channel(target: TargetSettings, *, clock: Clock, environ: Environ = None) -> Channel:
    """The channel of a target, its secrets read now. Raises ValueError that names the target and the mend."""
    try:
        return _build(target, clock, environ)
    except ValueError as error:
        raise ValueError(f"target {target.name} ({target.kind}): {error}") from None


def _build(target: TargetSettings, clock: Clock, environ: Environ) -> Channel:
    match target:
        case SlackApiTarget():
            return _slack(target, clock, environ)
        case SlackWebhookTarget():
            url = _header_safe(read_secret(target.url, environ), "url")
            client = PostingClient(url, allow_private_addresses=target.allow_private_addresses)
            return SlackWebhookChannel(target.name, url, client, clock)
        case EmailTarget():
            password = read_secret(target.password, environ) if target.password else None
            return EmailChannel(target, password, clock)
        case WebhookTarget():
            return _webhook(target, clock, environ)
        case TerminalTarget():
            return TerminalChannel(target.name, Path(target.path) if target.path else None, clock)


def _slack(target: SlackApiTarget, clock: Clock, environ: Environ) -> Channel:
    token = _header_safe(read_secret(target.token, environ), "token")
    url = SecretStr(f"{target.api_url.rstrip('/')}/chat.postMessage")
    client = PostingClient(url, allow_private_addresses=target.allow_private_addresses)
    return SlackChannel(target.name, target.channel, token, client, clock)


def _webhook(target: WebhookTarget, clock: Clock, environ: Environ) -> Channel:
    url = _header_safe(read_secret(target.url, environ), "url")
    keys = [decode_secret(read_secret(target.secret, environ).get_secret_value())]
    if target.previous_secret:
        keys.append(decode_secret(read_secret(target.previous_secret, environ).get_secret_value()))
    client = PostingClient(url, allow_private_addresses=target.allow_private_addresses)
    return WebhookChannel(target.name, url, keys, client, clock)


def _header_safe(secret: SecretStr, field: str) -> SecretStr:
    """A secret that can travel in a request line or header. A stray line break would end up in an error text."""
    value = secret.get_secret_value()
    if not value.isascii() or not value.isprintable() or " " in value:
        raise ValueError(
            f"the secret of {field} holds a space, a line break or a character that is not ASCII"
        )
    return secret
