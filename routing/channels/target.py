"""What a channel's file gives to the table: the settings of its targets and how to build a channel from them."""

import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Generic, Protocol, TypeVar

import certifi
from pydantic import SecretStr

from monitor.clock import Clock
from monitor.secret import read_secret
from monitor.settings import Name, Settings
from routing.channel import Channel
from routing.http import PostingClient

Environ = Mapping[str, str] | None  # None: the environment of the process


class Target(Settings):
    """What every kind of target has. A channel's own model narrows ``kind`` to one literal and adds its fields."""

    kind: str
    name: Name

    @property
    def private(self) -> bool:
        """Whether one person alone reads what is sent there. Where that cannot be known, it is not."""
        return False


class WebTarget(Target):
    """A target that is posted to over HTTP."""

    allow_private_addresses: bool = False  # for a gateway inside your own network


TargetT = TypeVar("TargetT", bound=Target)
TargetT_contra = TypeVar("TargetT_contra", bound=Target, contravariant=True)


class Build(Protocol[TargetT_contra]):
    """Builds a channel, its secrets read now. Neither connects nor blocks. Raises ValueError that says the mend."""

    def __call__(self, target: TargetT_contra, *, clock: Clock, environ: Environ) -> Channel: ...


@dataclass(frozen=True, slots=True)
class ChannelKind(Generic[TargetT]):
    """A kind of channel: one line of the table. Each channel's file has its own as ``KIND``."""

    settings: type[TargetT]
    build: Build[TargetT]


def read_header_secret(reference: str, field: str, environ: Environ) -> SecretStr:
    """A secret that travels in a request line or header. Raises ValueError that names the field, not the secret.

    A stray line break would otherwise end up in an error text.
    """
    secret = read_secret(reference, environ)
    value = secret.get_secret_value()
    if not value.isascii() or not value.isprintable() or " " in value:
        raise ValueError(
            f"the secret of {field} holds a space, a line break or a character that is not ASCII"
        )
    return secret


def posting_client(url: SecretStr, target: WebTarget) -> PostingClient:
    """The client that posts to a target. Raises ValueError for a URL that it must not talk to."""
    return PostingClient(url, allow_private_addresses=target.allow_private_addresses, tls=authorities())


@cache
def authorities() -> ssl.SSLContext:
    """Whom every channel trusts: the machine's authorities and the bundled ones. Read once: it takes 40 ms."""
    context = ssl.create_default_context()
    context.load_verify_locations(certifi.where())
    return context
