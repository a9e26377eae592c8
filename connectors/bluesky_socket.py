"""The websocket to a Jetstream server: bounded, to a checked address only, its failures in Tocsin's words."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus, WebSocketException

from connectors.http import USER_AGENT
from connectors.http_failure import where
from connectors.http_retry import parse_retry_after
from connectors.pinned import Resolver, checked_addresses, system_resolver
from monitor import metrics
from monitor.clock import Clock
from monitor.errors import RateLimited, RefuseToStart, TransientError, Unavailable

MAX_FRAME_BYTES = 1_000_000  # asked of the server; the socket itself breaks at twice that
OPEN_TIMEOUT_S = 15.0
PING_S = 20.0
CLOSE_TIMEOUT_S = 2.0

_WRONG_ADDRESS = frozenset({400, 401, 404, 405, 410})


class FrameSocket:
    """Frames as they come. Every failure is a TransientError that says what happened."""

    def __init__(self, connection: ClientConnection, place: str, silence_s: float) -> None:
        self._connection = connection
        self._place = place
        self._silence_s = silence_s

    async def gather(self, most: int, within_s: float) -> tuple[list[bytes], TransientError | None]:
        """At least one frame, and those that follow it within ``within_s`` seconds, ``most`` at most.

        A failure is given back beside the frames that came before it, so that none of them is lost.
        """
        frames: list[bytes] = []
        try:
            async with asyncio.timeout(self._silence_s):
                frames.append(await self._connection.recv(decode=False))
            async with asyncio.timeout(within_s):
                while len(frames) < most:
                    frames.append(await self._connection.recv(decode=False))
        except TimeoutError:
            return frames, None if frames else self._silent()
        except ConnectionClosed as closed:
            return frames, self._closed(closed)
        return frames, None

    def _silent(self) -> Unavailable:
        return Unavailable(
            f"{self._place}: not one frame in {self._silence_s:g} s, though the network always has some"
        )

    def _closed(self, closed: ConnectionClosed) -> Unavailable:
        code = closed.rcvd.code if closed.rcvd else closed.sent.code if closed.sent else 1006
        return Unavailable(f"{self._place}: the socket closed ({code})")


@asynccontextmanager
async def open_socket(
    url: str,
    *,
    source: str,
    clock: Clock,
    silence_s: float,
    allow_private: bool,
    resolver: Resolver = system_resolver,
) -> AsyncIterator[FrameSocket]:
    """A connected socket, closed at the end. Raises RateLimited, Unavailable or RefuseToStart."""
    try:
        connection = await _connect(url, allow_private, resolver)
    except (TransientError, OSError, WebSocketException, ValueError) as error:
        failure = _failure(error, where(url), clock)
        metrics.SOURCE_ERRORS.labels(source, "connection").inc()
        raise failure from None
    try:
        yield FrameSocket(connection, where(url), silence_s)
    finally:
        await connection.close()


async def _connect(url: str, allow_private: bool, resolver: Resolver) -> ClientConnection:
    parts = urlsplit(url)
    port = parts.port or (443 if parts.scheme == "wss" else 80)
    addresses = await checked_addresses(
        parts.hostname or "", port, allow_private=allow_private, resolver=resolver
    )
    failure: OSError | None = None
    for address in addresses:
        try:
            # An explicit host pins the connection to the checked address, and refuses redirects elsewhere;
            # the certificate is still verified against the name.
            return await connect(
                url,
                host=address,
                port=port,
                proxy=None,
                user_agent_header=USER_AGENT,
                open_timeout=OPEN_TIMEOUT_S,
                ping_interval=PING_S,
                ping_timeout=PING_S,
                close_timeout=CLOSE_TIMEOUT_S,
                max_size=2 * MAX_FRAME_BYTES,
                max_queue=256,
            )
        except OSError as error:
            failure = error
    raise failure or OSError("no address")


def _failure(error: Exception, place: str, clock: Clock) -> TransientError | RefuseToStart:
    if isinstance(error, TransientError):
        return error
    if not isinstance(error, InvalidStatus):
        return Unavailable(f"{place}: the connection failed ({type(error).__name__})")
    status = error.response.status_code
    after_s = parse_retry_after(error.response.headers.get("Retry-After"), clock.now())
    if status == 429:
        return RateLimited(f"{place}: asked too often (429)", after_s=after_s)
    if status in _WRONG_ADDRESS:
        return RefuseToStart(
            f"{place} answers {status}: it is no Jetstream server; check the url of this source, which ends in "
            "/subscribe"
        )
    return Unavailable(f"{place}: the server answered {status}", after_s=after_s)
