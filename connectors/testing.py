"""A source on loopback for tests: it serves recorded payloads and misbehaves on demand.

::

    async with SourceServer() as server:
        server.on("/feed.xml", too_many("2"), reply(FEED, content_type="application/rss+xml"))
        answer = await http.get(server.url("/feed.xml"))
        assert [call.path for call in server.calls] == ["/feed.xml", "/feed.xml"]

Replies of one path are given in turn; the last one stays. Public, so that whoever writes a connector can use it.
"""

import asyncio
import gzip
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self
from urllib.parse import parse_qs

from aiohttp import web

LOOPBACK = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Call:
    """A request that the server saw. Header names are in lower case; ``query`` holds the first value of each."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Reply:
    """What the server answers. ``missing``: bytes promised by Content-Length but never sent."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    missing: int = 0
    hold_open: bool = False  # after the body, say nothing more and stay connected until the server closes


Answering = Reply | Callable[[Call], Reply]


def reply(
    body: bytes | str, *, status: int = 200, content_type: str = "application/json", **headers: str
) -> Reply:
    """A plain answer; keyword names become header names with ``_`` as ``-`` (``etag``, ``last_modified``)."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    data = body.encode() if isinstance(body, str) else body
    return Reply(status, data, {"content-type": content_type, **named})


def too_many(retry_after: str | None = None, **headers: str) -> Reply:
    """429 with a Retry-After of any form: seconds, decimals, a date, junk."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    after = {} if retry_after is None else {"retry-after": retry_after}
    return Reply(
        429, b'{"error":"Too many requests"}', {"content-type": "application/json", **after, **named}
    )


def broken(status: int = 500, **headers: str) -> Reply:
    """A server error."""
    return Reply(status, b"", {name.replace("_", "-"): value for name, value in headers.items()})


def cut(body: bytes = b"half of it", content_type: str = "application/json") -> Reply:
    """The connection is cut in the middle of the body."""
    return Reply(200, body, {"content-type": content_type}, missing=1_000)


def drip(body: bytes = b"{", content_type: str = "application/json") -> Reply:
    """A few bytes, then nothing more, with the connection kept open."""
    return Reply(200, body, {"content-type": content_type}, missing=1_000_000, hold_open=True)


def huge(size: int = 10_000_000) -> Reply:
    """A body of ``size`` bytes."""
    return Reply(200, b"x" * size, {"content-type": "application/json"})


def bomb(size: int = 10_000_000) -> Reply:
    """A small gzip body that becomes ``size`` bytes."""
    headers = {"content-type": "application/json", "content-encoding": "gzip"}
    return Reply(200, gzip.compress(b"\0" * size), headers)


def redirect(location: str, status: int = 302) -> Reply:
    """Sends the caller elsewhere, for example to ``http://169.254.169.254/latest/meta-data/``."""
    return Reply(status, b"", {"location": location})


def login_page() -> Reply:
    """The page of a bot check: 200, and HTML."""
    page = "<!DOCTYPE html><html><head><title>Just a moment...</title></head><body>Checking your browser</body></html>"
    return reply(page, content_type="text/html; charset=utf-8")


def stream(*lines: str, then_close: bool = False) -> Reply:
    """Server-sent lines, after which the stream stays open, or breaks off."""
    body = "".join(f"{line}\n" for line in lines).encode()
    return Reply(200, body, {"content-type": "text/event-stream"}, hold_open=not then_close)


class SourceServer:
    """The double. Unknown paths answer 404; ``calls`` lists every request in order."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self._replies: dict[str, list[Answering]] = {}
        self._closing = asyncio.Event()
        self._runner: web.ServerRunner | None = None
        self.port = 0

    def on(self, path: str, *replies: Answering) -> None:
        """Answer ``path`` with these in turn; the last one stays. Replaces what was set before."""
        if not replies:
            raise ValueError(f"give {path} at least one reply")
        self._replies[path] = list(replies)

    def url(self, path: str, host: str = LOOPBACK) -> str:
        """The address of a path on this server."""
        return f"http://{host}:{self.port}{path}"

    async def __aenter__(self) -> Self:
        self._runner = web.ServerRunner(web.Server(self._answer, access_log=None), shutdown_timeout=1.0)
        await self._runner.setup()
        site = web.TCPSite(self._runner, LOOPBACK, 0)
        await site.start()
        self.port = int(self._runner.addresses[0][1])
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closing.set()
        if self._runner is not None:
            await self._runner.cleanup()

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        query = {name: values[0] for name, values in parse_qs(request.query_string, True).items()}
        headers = {name.lower(): value for name, value in request.headers.items()}
        call = Call(request.method, request.path, query, headers, await request.read())
        self.calls.append(call)
        return await self._send(request, self._next(call))

    def _next(self, call: Call) -> Reply:
        replies = self._replies.get(call.path)
        if replies is None:
            return Reply(404, b"not found", {"content-type": "text/plain"})
        answer = replies.pop(0) if len(replies) > 1 else replies[0]
        return answer if isinstance(answer, Reply) else answer(call)

    async def _send(self, request: web.BaseRequest, answer: Reply) -> web.StreamResponse:
        response = web.StreamResponse(status=answer.status, headers=dict(answer.headers))
        if answer.missing or not answer.hold_open:
            response.content_length = len(answer.body) + answer.missing
        await response.prepare(request)
        await response.write(answer.body)
        if answer.hold_open:
            await self._closing.wait()
        if answer.missing and request.transport is not None:
            request.transport.close()
        return response
