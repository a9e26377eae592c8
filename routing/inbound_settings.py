"""The ``routing.inbound:`` part of the configuration: which services may answer, and what proves that it is them."""

from typing import Annotated
from urllib.parse import urlsplit

from pydantic import Field, field_validator, model_validator

from monitor.secret import SecretRef
from monitor.settings import Settings

MAX_LOCAL = 30  # characters before the "+": with the token an address part stays within 64
_LOOPBACK = ("localhost", "127.0.0.1", "::1")


class SlackInbound(Settings):
    """The Slack app whose buttons are on pages. ``previous_secret`` verifies too, while the secret is rotated."""

    signing_secret: SecretRef
    previous_secret: SecretRef | None = None


class PagerDutyInbound(Settings):
    """A PagerDuty v3 webhook subscription."""

    secret: SecretRef
    previous_secret: SecretRef | None = None


class TwilioInbound(Settings):
    """The account's auth token: Twilio signs with it, also where pages are sent with an API key."""

    auth_token: SecretRef
    previous_token: SecretRef | None = None


class EmailInbound(Settings):
    """The mailbox that replies go to. The mail server hands what comes for ``local+anything`` to tocsin mail-reply."""

    address: Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{1,30}@[A-Za-z0-9.-]{1,200}$")]


class InboundSettings(Settings):
    """Ways to answer besides the personal link. What is left out is off.

    ``public_url`` is this Tocsin as the services reach it, for example https://tocsin.example; Twilio signs it.
    """

    public_url: Annotated[str, Field(max_length=200)] = ""
    slack: SlackInbound | None = None
    pagerduty: PagerDutyInbound | None = None
    twilio: TwilioInbound | None = None
    email: EmailInbound | None = None

    @field_validator("public_url")
    @classmethod
    def _reachable(cls, value: str) -> str:
        if not value:
            return value
        parts = urlsplit(value)
        fine = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)
        plain = not (parts.query or parts.fragment or parts.username) and value.isascii()
        if not (fine and plain and parts.hostname):
            raise ValueError(
                "is no https address; write the one that services reach, as https://tocsin.example"
            )
        return value.rstrip("/")

    @model_validator(mode="after")
    def _twilio_needs_an_address(self) -> "InboundSettings":
        if self.twilio is not None and not self.public_url:
            raise ValueError("twilio needs public_url: Twilio signs the address that it calls")
        return self
