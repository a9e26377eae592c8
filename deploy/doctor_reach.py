"""Reaches a host without asking it anything: name, connection, TLS with the days its certificate has left."""

import asyncio
import ipaddress
import ssl
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from deploy.doctor import Said, down, good, warning, wrong
from monitor.addresses import is_public_address
from routing.http import Resolver, resolve

SOON_DAYS = 14
_HANG_UP_S = 0.5


@dataclass(frozen=True, slots=True)
class Place:
    """Where to connect. ``private``: addresses of one's own network are permitted."""

    host: str
    port: int
    tls: ssl.SSLContext | None
    private: bool = False

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


async def reach(place: Place, now: datetime, resolver: Resolver = resolve) -> Said:
    """Whether a connection opens. Nothing is sent but the TLS handshake."""
    try:
        addresses = await resolver(place.host, place.port)
    except (OSError, UnicodeError):
        return down(
            f"{place.host} has no address", "see the name in the configuration, and this machine's DNS"
        )
    if not addresses or not all(_permitted(one, place.private) for one in addresses):
        return wrong(
            f"{place.host} leads to an address that Tocsin must not talk to",
            "mend the address, or set allow_private_addresses for a gateway of your own network",
        )
    failure: Said | None = None
    for address in addresses:
        said = await _connect(place, address, now)
        if said.state != "down":
            return said
        failure = failure or said
    assert failure is not None  # noqa: S101 - there was an address
    return failure


async def _connect(place: Place, address: str, now: datetime) -> Said:
    try:
        name = place.host if place.tls else None
        _, writer = await asyncio.open_connection(address, place.port, ssl=place.tls, server_hostname=name)
    except (OSError, ssl.SSLError) as error:
        return refused(place, error)
    try:
        return reached(place, writer.get_extra_info("peercert"), now)
    finally:
        writer.close()
        # Some servers never answer the farewell of TLS: it is not waited for long.
        with suppress(OSError, TimeoutError):
            await asyncio.wait_for(writer.wait_closed(), _HANG_UP_S)


def refused(place: Place, error: Exception) -> Said:
    """The line for a connection that did not open."""
    match error:
        case ssl.SSLCertVerificationError():
            what = f"{place}: its certificate is not accepted: {error.verify_message or 'not verified'}"
            return down(
                what, "whoever runs that host renews it; behind a proxy, give its authority by SSL_CERT_FILE"
            )
        case ssl.SSLError():
            what = f"{place}: no TLS there ({error.reason or type(error).__name__})"
            return down(what, "see the port and the kind of encryption in the configuration")
        case ConnectionRefusedError():
            return down(
                f"{place}: refused, nothing listens there", "see the port, and whether the service runs"
            )
        case _:
            what = f"{place}: the connection failed ({type(error).__name__})"
            return down(what, "see whether the service runs and a firewall lets us through")


def reached(place: Place, certificate: Mapping[str, Any] | None, now: datetime, also: str = "") -> Said:
    """The line for a connection that opened; ``also`` is what else was seen."""
    also = f", {also}" if also else ""
    days = days_left(certificate, now)
    if days is None:
        return good(f"{place} answers{also}")
    what = f"{place} answers, certificate: {days} d left{also}"
    return warning(what, "whoever runs that host renews the certificate") if days < SOON_DAYS else good(what)


def days_left(certificate: Mapping[str, Any] | None, now: datetime) -> int | None:
    """Whole days until a verified certificate ends; None without one."""
    ends = (certificate or {}).get("notAfter")
    if not isinstance(ends, str):
        return None
    return int((ssl.cert_time_to_seconds(ends) - now.timestamp()) // 86_400)


def _permitted(address: str, private: bool) -> bool:
    if not private:
        return is_public_address(address)
    try:
        real = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    return not (real.is_link_local or real.is_multicast or real.is_unspecified)
