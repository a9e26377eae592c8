"""Connections only to addresses that were checked: a name is resolved once, judged, and that address is used.

Resolving again after the check would let a name answer a public address first and a private one later.
TLS keeps verifying the certificate of the name: only the TCP connection is pinned.
"""

import asyncio
import ipaddress
import socket
from collections.abc import Awaitable, Callable, Iterable

import httpcore
import httpx

from monitor.addresses import is_public_address
from monitor.errors import Unavailable

Resolver = Callable[[str, int], Awaitable[list[str]]]
SocketOption = tuple[int, int, int] | tuple[int, int, bytes | bytearray] | tuple[int, int, None, int]

MAX_CONNECTIONS = 20
MAX_ADDRESSES = 4  # tried in order when several answer for one name


class RefusedAddress(Unavailable):
    """A name leads to an address that Tocsin must not talk to."""


async def system_resolver(host: str, port: int) -> list[str]:
    """All addresses of a name, IPv4 and IPv6, as the machine resolves it."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(info[4][0]) for info in found))


async def checked_addresses(
    host: str, port: int, *, allow_private: bool = False, resolver: Resolver = system_resolver
) -> tuple[str, ...]:
    """The addresses of ``host`` that may be connected to. Raises RefusedAddress when any of them may not.

    With ``allow_private`` loopback and private networks pass; link-local ones (cloud metadata) never do.
    """
    try:
        addresses = await resolver(host, port)
    except (OSError, UnicodeError):
        raise Unavailable(f"{host[:200]}: the name cannot be resolved") from None
    if not addresses:
        raise Unavailable(f"{host[:200]}: the name has no address")
    permitted = _is_connectable if allow_private else is_public_address
    for address in addresses:
        if not permitted(address):
            raise RefusedAddress(
                f"{host[:200]} leads to {address[:60]}, which is not a public address; "
                "set allow_private_addresses for a source inside your own network"
            )
    return tuple(addresses[:MAX_ADDRESSES])


def _is_connectable(text: str) -> bool:
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return False
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    real = mapped or address
    return not (real.is_link_local or real.is_multicast or real.is_unspecified)


class PinnedBackend(httpcore.AsyncNetworkBackend):
    """Opens TCP connections to checked addresses only."""

    def __init__(self, *, allow_private: bool, resolver: Resolver) -> None:
        self._inner = httpcore.AnyIOBackend()
        self._allow_private = allow_private
        self._resolver = resolver

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - the signature is httpcore's
        local_address: str | None = None,
        socket_options: Iterable[SocketOption] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """A stream to the first checked address that answers."""
        addresses = await checked_addresses(
            host, port, allow_private=self._allow_private, resolver=self._resolver
        )
        failure: Exception | None = None
        for address in addresses:
            try:
                return await self._inner.connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure or httpcore.ConnectError("no address")

    async def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,  # noqa: ASYNC109 - the signature is httpcore's
        socket_options: Iterable[SocketOption] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Never: a source is on the network."""
        raise httpcore.ConnectError("unix sockets are not used")

    async def sleep(self, seconds: float) -> None:
        await self._inner.sleep(seconds)


class PinnedTransport(httpx.AsyncHTTPTransport):
    """httpx's transport over a pinned backend. Proxies of the environment are not used."""

    def __init__(self, *, allow_private: bool, resolver: Resolver = system_resolver) -> None:
        certificates = httpx.create_ssl_context(trust_env=False)
        super().__init__(verify=certificates, trust_env=False)
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=certificates,
            max_connections=MAX_CONNECTIONS,
            max_keepalive_connections=MAX_CONNECTIONS,
            keepalive_expiry=30.0,
            network_backend=PinnedBackend(allow_private=allow_private, resolver=resolver),
        )
