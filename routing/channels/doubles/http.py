"""An HTTP server on loopback that answers as scripted, also in the ways that real ones fail."""

import asyncio
import ssl
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Self

Fault = Literal["", "hang", "late", "reset_before_body", "reset", "reset_inside_body", "drip"]

_MAX_REQUEST = 1_000_000
_LATE_S = 60.0


@dataclass(frozen=True, slots=True)
class Received:
    """One request. Header names are in lower case."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Reply:
    """What to answer. ``fault`` goes wrong after the request was read, or for ``reset_before_body`` its head alone:

    ``hang`` says nothing until the double closes, ``late`` answers after a minute, ``reset`` cuts the connection
    without a word, ``reset_inside_body`` cuts it after half of the body, ``drip`` sends the body one byte a second.
    """

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    fault: Fault = ""


class HttpDouble:
    """Records every request. Answers the scripted replies in order, then ``answer(request)``."""

    def __init__(self, *, tls: ssl.SSLContext | None = None) -> None:
        self.received: list[Received] = []
        self._script: deque[Reply] = deque()
        self._tls = tls
        self._server: asyncio.Server | None = None
        self._port = 0
        self._conversations: set[asyncio.Task[None]] = set()

    def script(self, *replies: Reply) -> None:
        """Answer the next requests with these, one each."""
        self._script.extend(replies)

    def answer(self, request: Received) -> Reply:
        """The answer once the script is used up: 200 unless a subclass knows better."""
        return Reply()

    @property
    def shown(self) -> Sequence[str]:
        """What people read, one text for each message that was taken: the double of a service knows."""
        return ()

    @property
    def live(self) -> Sequence[str]:
        """Addresses of links and pictures, and mentions, that came alive in those messages."""
        return ()

    @property
    def port(self) -> int:
        """The port it listens or listened on."""
        if not self._port:
            raise RuntimeError("the double was not started: use it with 'async with'")
        return self._port

    @property
    def url(self) -> str:
        """The root URL, without a slash at its end."""
        return f"{'https' if self._tls else 'http'}://127.0.0.1:{self.port}"

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0, ssl=self._tls)
        self._port = int(self._server.sockets[0].getsockname()[1])
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._server is not None:
            self._server.close()
        for conversation in self._conversations:
            conversation.cancel()
        await asyncio.gather(*self._conversations, return_exceptions=True)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        conversation = asyncio.get_running_loop().create_task(self._converse(reader, writer))
        self._conversations.add(conversation)
        conversation.add_done_callback(self._conversations.discard)

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            cut = bool(self._script) and self._script[0].fault == "reset_before_body"
            request = await _read_request(reader, head_only=cut)
            self.received.append(request)
            await _send(writer, self._script.popleft() if self._script else self.answer(request))
        except (ConnectionError, asyncio.IncompleteReadError, ValueError):
            pass  # the client hung up, or did not speak HTTP
        finally:
            writer.transport.abort() if writer.transport.is_closing() else writer.close()


async def _read_request(reader: asyncio.StreamReader, *, head_only: bool = False) -> Received:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    first, *lines = head.rstrip("\r\n").split("\r\n")
    method, path, _version = first.split(" ", 2)
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    length = 0 if head_only else int(headers.get("content-length", "0"))
    if length > _MAX_REQUEST:
        raise ValueError("request too large for a test")
    return Received(method, path, headers, await reader.readexactly(length))


async def _send(writer: asyncio.StreamWriter, reply: Reply) -> None:
    if reply.fault == "hang":
        await asyncio.Event().wait()
    if reply.fault == "late":
        await asyncio.sleep(_LATE_S)
    if reply.fault in ("reset", "reset_before_body"):
        writer.transport.abort()
        return
    headers = {"content-length": str(len(reply.body)), "connection": "close", **reply.headers}
    lines = [f"HTTP/1.1 {reply.status} Double", *(f"{name}: {value}" for name, value in headers.items())]
    writer.write("\r\n".join([*lines, "", ""]).encode("latin-1"))
    if reply.fault == "drip":
        for place in range(len(reply.body)):
            writer.write(reply.body[place : place + 1])
            await writer.drain()
            await asyncio.sleep(1)
        return
    whole = reply.fault != "reset_inside_body"
    writer.write(reply.body if whole else reply.body[: len(reply.body) // 2])
    await writer.drain()
    if not whole:
        writer.transport.abort()
