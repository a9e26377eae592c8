"""Live updates to one browser, as Server-Sent Events: only the parts of a page that read differently."""

import asyncio
import contextlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from aiohttp import web

from routing.console.feed import Feed, FeedFull, Seen
from routing.console.rendering import update

QUIET_S = 15.0  # a sign of life this often, so that proxies and browsers keep the connection
WRITE_S = 10.0  # a browser that takes no bytes for so long is given up
RETRY_MS = 3_000


@dataclass(frozen=True, slots=True)
class Update:
    """The parts of a page by the id of their element, as HTML, and the page's title."""

    parts: Mapping[str, str]
    title: str
    now_iso: str


async def stream(
    request: web.Request, feed: Feed[Seen], topic: str, render: Callable[[Seen], Update]
) -> web.StreamResponse:
    """Answer with every change of a topic until the browser goes away or the server stops."""
    if feed.full:
        return web.Response(status=503, text="too many live pages are open\n", headers={"Retry-After": "30"})
    response = web.StreamResponse(
        headers={"Content-Type": "text/event-stream; charset=utf-8", "X-Accel-Buffering": "no"}
    )
    await response.prepare(request)
    with contextlib.suppress(ConnectionError, TimeoutError, FeedFull):
        await _write(response, f"retry: {RETRY_MS}\n\n".encode())
        await _pass_on(response, feed, topic, render)
    return response


async def _pass_on(
    response: web.StreamResponse, feed: Feed[Seen], topic: str, render: Callable[[Seen], Update]
) -> None:
    known: dict[str, str] = {}
    async with contextlib.aclosing(feed.watch(topic, quiet_s=QUIET_S)) as states:
        async for seen in states:
            if seen is None:
                await _write(response, b": still here\n\n")
                continue
            fresh = await asyncio.to_thread(render, seen)
            changed = {name: html for name, html in fresh.parts.items() if known.get(name) != html}
            known.update(changed)
            if changed:
                await _write(response, update(changed, title=fresh.title, now_iso=fresh.now_iso))


async def _write(response: web.StreamResponse, data: bytes) -> None:
    async with asyncio.timeout(WRITE_S):
        await response.write(data)
