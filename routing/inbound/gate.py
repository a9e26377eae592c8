"""The way in: bounded bodies, signatures before anything is read, one answer for whatever is wrong with them."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from functools import partial
from typing import TypeVar

from aiohttp import web
from pydantic import SecretStr
from sqlalchemy import Connection

from monitor.clock import Clock
from monitor.errors import TransientError
from routing.console.attempts import Attempts
from routing.console.visitors import peer_of
from routing.inbound.answering import Source, count
from routing.store import Store

MAX_BODY = 1_000_000
ANSWER_WITHIN_S = 2.5  # Slack waits three seconds, PagerDuty five

Made = TypeVar("Made")
Keys = tuple[bytes, ...]
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def keys_of(*secrets: SecretStr | None) -> Keys:
    """The active secrets as keys, the newest first."""
    return tuple(one.get_secret_value().encode() for one in secrets if one is not None)


class Gate:
    """What every way in shares. Bad signatures are limited by address; a good one always passes."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._attempts = Attempts()

    async def body(
        self, request: web.Request, source: Source, is_genuine: Callable[[bytes, datetime], bool]
    ) -> bytes | web.Response:
        """The signed body of a request, else the answer to give. Every fault looks the same from outside."""
        body, now = await _read(request), self._clock.now()
        if body is not None and is_genuine(body, now):
            return body
        client = peer_of(request)
        if wait := self._attempts.wait_s(client, now):
            count(source, "limited")
            return web.Response(
                status=429, text="too many requests\n", headers={"Retry-After": f"{wait:.0f}"}
            )
        self._attempts.failed(client, now)
        count(source, "forged")
        return web.Response(status=401, text="not signed as agreed\n")

    async def transact(self, work: Callable[[Connection, datetime], Made]) -> Made | web.Response:
        """Do the work in one transaction before anything is answered: what was answered well is never lost.

        503 when the database is away or slow: the sender, or the person, tries again, and a copy changes nothing.
        """
        try:
            async with asyncio.timeout(ANSWER_WITHIN_S):
                return await asyncio.to_thread(partial(self._store.transact, work))
        except (TransientError, TimeoutError):
            return web.Response(status=503, text="try again\n", headers={"Retry-After": "5"})


async def _read(request: web.Request) -> bytes | None:
    """The body, None when it is too large."""
    read = bytearray()
    async for part in request.content.iter_chunked(65_536):
        read += part
        if len(read) > MAX_BODY:
            return None
    return bytes(read)
