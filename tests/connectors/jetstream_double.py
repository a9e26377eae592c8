"""A Jetstream server on loopback: it replays from a cursor, and breaks when told to."""

import asyncio
from collections.abc import Iterable
from http import HTTPStatus
from types import TracebackType
from typing import Self
from urllib.parse import parse_qs, urlsplit

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.http11 import Request, Response

from connectors.tape import load_json


class JetstreamDouble:
    """Serves ``frames`` in order, to a client with a cursor only those of that time and later.

    Each connection takes the next of ``cut_after``: the TCP connection is cut after so many frames (None: not), and
    the next of ``refusals``: the handshake is answered with that status (None: accepted). ``stays_open``: after
    the last frame the connection is kept, with nothing more to say.
    """

    def __init__(
        self,
        frames: Iterable[bytes],
        *,
        cut_after: Iterable[int | None] = (),
        refusals: Iterable[int | None] = (),
        stays_open: bool = False,
    ) -> None:
        self.frames = [frame for frame in frames if frame]
        self.queries: list[dict[str, list[str]]] = []
        self._cuts = list(cut_after)
        self._refusals = list(refusals)
        self._stays_open = stays_open
        self.somebody_left = asyncio.Event()
        self._server: Server | None = None

    @property
    def url(self) -> str:
        assert self._server is not None
        return f"ws://127.0.0.1:{next(iter(self._server.sockets)).getsockname()[1]}/subscribe"

    @property
    def cursors(self) -> list[int | None]:
        """The cursor that each connection asked for."""
        return [int(one["cursor"][0]) if "cursor" in one else None for one in self.queries]

    async def __aenter__(self) -> Self:
        self._server = await serve(
            self._serve, "127.0.0.1", 0, process_request=self._refuse, close_timeout=1, compression=None
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._server is not None
        self._server.close()
        await self._server.wait_closed()

    def _refuse(self, connection: ServerConnection, request: Request) -> Response | None:
        status = self._refusals.pop(0) if self._refusals else None
        return None if status is None else connection.respond(HTTPStatus(status), "no\n")

    async def _serve(self, connection: ServerConnection) -> None:
        assert connection.request is not None
        query = parse_qs(urlsplit(connection.request.path).query)
        self.queries.append(query)
        cut_after = self._cuts.pop(0) if self._cuts else None
        after = int(query["cursor"][0]) if "cursor" in query else 0
        for number, frame in enumerate(one for one in self.frames if time_of(one) >= after):
            if number == cut_after:
                connection.transport.abort()
                return
            await connection.send(frame, text=True)
        if self._stays_open:
            await connection.wait_closed()
            self.somebody_left.set()


def time_of(frame: bytes) -> int:
    """The time of a frame in microseconds; one that cannot be read counts as the latest."""
    try:
        item = load_json(frame)
    except ValueError:
        return 2**62
    return int(item["time_us"]) if isinstance(item, dict) and isinstance(item.get("time_us"), int) else 2**62
