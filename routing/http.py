"""The one HTTP client that talks to channels: bounded in time and size, pinned to checked addresses, silent on secrets.

It asks once. Retrying is the router's decision, so what went wrong is answered as an outcome, never raised.
A URL may be a credential: it appears in no log, no repr and no reason.
"""

import asyncio
import ipaddress
import logging
import socket
import ssl
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Literal
from urllib.parse import SplitResult, urlsplit

import certifi
import httpx
from pydantic import SecretStr

from monitor.addresses import is_public_address
from routing.outcome import Ambiguous, DeadTarget, Outcome, RetryLater

MAX_BODY = 64 * 1024
DEADLINE_S = 8.0
CONNECT_S = 2.0
PUBLIC_PORTS = (443, 8443)

Method = Literal["GET", "POST", "PATCH", "PUT"]
Resolver = Callable[[str, int], Awaitable[tuple[str, ...]]]


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. ``complete`` is False when the body was cut at 64 KiB or by the deadline."""

    status: int
    headers: Mapping[str, str]  # names in lower case
    body: bytes
    complete: bool


async def resolve(host: str, port: int) -> tuple[str, ...]:
    """Every address of a host, IPv4 and IPv6. Raises OSError when there is none."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return tuple(dict.fromkeys(str(address[0]) for *_, address in found))


class PostingClient:
    """Posts bytes to one URL, or to what lies below it.

    Redirects are never followed and proxies of the environment never used. Unless ``allow_private_addresses``,
    the URL must be https on a usual port, every address of its name must be public, and the connection goes to
    the very address that was checked. Raises ValueError for a URL that breaks these rules, without repeating it.
    """

    def __init__(
        self,
        url: SecretStr,
        *,
        allow_private_addresses: bool = False,
        deadline_s: float = DEADLINE_S,
        resolver: Resolver = resolve,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._parts = _checked(url.get_secret_value(), allow_private_addresses)
        self._url = url
        self._private = allow_private_addresses
        self._deadline_s = deadline_s
        self._resolve = resolver
        _quiet_loggers()
        self._client = httpx.AsyncClient(
            verify=tls or _verified_tls(),
            trust_env=False,
            follow_redirects=False,
            timeout=httpx.Timeout(deadline_s, connect=min(CONNECT_S, deadline_s)),
            # A kept connection that the other side has closed would make a page ambiguous for nothing.
            limits=httpx.Limits(max_connections=8, max_keepalive_connections=0),
        )

    @property
    def host(self) -> str:
        """The host of the URL: the only part that may be shown."""
        return self._parts.hostname or ""

    async def post(self, body: bytes, headers: Mapping[str, str]) -> Answer | Outcome:
        """One attempt. Gives the answer, or the outcome when there is none within the deadline."""
        return await self.request("POST", body, headers)

    async def request(
        self,
        method: Method,
        body: bytes,
        headers: Mapping[str, str],
        *,
        path: str = "",
        deadline_s: float | None = None,
    ) -> Answer | Outcome:
        """One attempt with any method. ``path`` (percent-encoded, with its query) is added to the URL as it is.

        ``deadline_s`` may shorten the client's own deadline.
        """
        attempt = _Attempt(method, f"{self._url.get_secret_value()}{path}", body, headers)
        try:
            async with asyncio.timeout(min(deadline_s or self._deadline_s, self._deadline_s)):
                return await self._ask(attempt)
        except TimeoutError:
            return attempt.failed("no answer in time")
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            return attempt.failed(type(error).__name__)
        except (OSError, UnicodeError, ValueError) as error:
            return attempt.failed(type(error).__name__)

    async def aclose(self) -> None:
        await self._client.aclose()

    async def _ask(self, attempt: "_Attempt") -> Answer | Outcome:
        url = httpx.URL(attempt.url)
        addresses = await self._resolve(self.host, url.port or (80 if url.scheme == "http" else 443))
        permitted = _is_connectable if self._private else is_public_address
        if url.host != httpx.URL(self._url.get_secret_value()).host:
            raise ValueError("the path leads to another host")
        if not addresses or not all(permitted(address) for address in addresses):
            return DeadTarget(f"{self.host} leads to an address that Tocsin must not talk to")
        for address in addresses[:-1]:
            try:
                return await self._send(attempt, url.copy_with(host=address))
            except (httpx.ConnectError, httpx.ConnectTimeout):
                continue
        return await self._send(attempt, url.copy_with(host=addresses[-1]))

    async def _send(self, attempt: "_Attempt", url: httpx.URL) -> Answer:
        request = self._client.build_request(
            attempt.method,
            url,
            content=attempt.body,
            headers={
                "user-agent": "Tocsin",
                "accept-encoding": "identity",
                **attempt.headers,
                "host": self._authority(),
            },
            extensions={"trace": attempt.trace, "sni_hostname": self.host},
        )
        response = await self._client.send(request, stream=True)
        try:
            received = bytearray()
            complete = await _read(response, received)
        finally:
            await response.aclose()
        return Answer(response.status_code, response.headers, bytes(received), complete)

    def _authority(self) -> str:
        return self._parts.netloc.rpartition("@")[2]


class _Attempt:
    """One request, and whether any byte of it may have left."""

    def __init__(self, method: Method, url: str, body: bytes, headers: Mapping[str, str]) -> None:
        self.method = method
        self.url = url
        self.body = body
        self.headers = headers
        self._sent = False

    async def trace(self, event: str, _info: object) -> None:
        if event.endswith("send_request_headers.started"):
            self._sent = True

    def failed(self, reason: str) -> Outcome:
        return Ambiguous(reason) if self._sent else RetryLater(reason, 1.0)


async def _read(response: httpx.Response, into: bytearray) -> bool:
    """Up to 64 KiB of the undecoded body. False when there was more, or the body broke off."""
    try:
        async for chunk in response.aiter_raw():
            into.extend(chunk[: MAX_BODY - len(into)])
            if len(into) >= MAX_BODY:
                return False
    except httpx.HTTPError:
        return False
    return True


def _is_connectable(text: str) -> bool:
    """Loopback and private networks pass; link-local addresses (cloud metadata) never do."""
    address = ipaddress.ip_address(text.partition("%")[0])
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    real = mapped or address
    return not (real.is_link_local or real.is_multicast or real.is_unspecified)


def _checked(url: str, private: bool) -> SplitResult:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise ValueError("the URL cannot be read: write https://host/path") from None
    if not parts.hostname or not url.isascii() or not url.isprintable() or " " in url:
        raise ValueError("the URL cannot be read: write https://host/path, percent-encoded")
    if parts.username is not None or parts.password is not None:
        raise ValueError("the URL carries a user name or password: take it out")
    if parts.scheme not in ("https", "http") or (parts.scheme == "http" and not private):
        raise ValueError("the URL must start with https://")
    if not private and (port or 443) not in PUBLIC_PORTS:
        raise ValueError(f"the URL's port must be one of {', '.join(map(str, PUBLIC_PORTS))}")
    return parts


def _verified_tls() -> ssl.SSLContext:
    """The machine's authorities (SSL_CERT_FILE is honoured) and the bundled ones."""
    context = ssl.create_default_context()
    context.load_verify_locations(certifi.where())
    return context


def _quiet_loggers() -> None:
    """httpx logs the whole URL of each request at INFO; filters stay whatever level is set later."""
    for name in ("httpx", "httpcore"):
        logger = logging.getLogger(name)
        logger.setLevel(logging.WARNING)
        if _warnings_only not in logger.filters:
            logger.addFilter(_warnings_only)


def _warnings_only(record: logging.LogRecord) -> bool:
    return record.levelno >= logging.WARNING
