"""Probes of the sources: one real request each. Nothing is published, no cursor is read or written."""

import asyncio
import errno
import socket
from collections.abc import AsyncGenerator, Iterator
from datetime import datetime

import httpx

from connectors.bluesky import BlueskySettings, subscription
from connectors.bluesky_socket import open_socket
from connectors.feeds import FeedsSettings
from connectors.http_failure import where
from connectors.protocol import Batch
from connectors.replay import ReplaySettings
from connectors.table import SourceSettings, build_connector
from connectors.tape import load_tape
from connectors.webhook import WebhookSettings
from deploy.doctor import Probe, Said, down, good, warning
from deploy.settings import TocsinSettings
from monitor.clock import Clock
from routing.untrusted import Untrusted, inert_line

_DETAIL = 300  # characters
_A_FRAME_WITHIN = 0.6  # of the time that a probe has
_MORE_THAN_ANY_BUDGET_S = 600.0


class OneTryClock:
    """A clock whose monotonic time makes a leap at every reading: whoever tries again within a budget of time finds
    it spent. So a refusal is told as what it is, not as silence while a second try was waited for."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._leaps = 0

    def now(self) -> datetime:
        return self._clock.now()

    def monotonic(self) -> float:
        self._leaps += 1
        return self._clock.monotonic() + self._leaps * _MORE_THAN_ANY_BUDGET_S

    async def sleep(self, seconds: float) -> None:
        await self._clock.sleep(seconds)


def source_probes(settings: TocsinSettings, clock: Clock, timeout_s: float) -> Iterator[Probe]:
    """One probe for each source, for each address of a source of feeds."""

    def probe(name: str, source: SourceSettings) -> Probe:
        async def run() -> Said:
            return await try_source(source, clock, timeout_s)

        return Probe("source", name, run)

    for source in settings.sources:
        if isinstance(source, FeedsSettings):
            for url in source.urls:
                yield probe(f"{source.name} {where(url)}", source.model_copy(update={"urls": (url,)}))
        else:
            yield probe(f"{source.name} ({source.type})", source)


async def try_source(source: SourceSettings, clock: Clock, timeout_s: float) -> Said:
    """Reach one source. Raises what its connector raises; ``timeout_s`` is the time of the whole probe in seconds."""
    if isinstance(source, WebhookSettings):
        return await _try_port(source)
    if isinstance(source, ReplaySettings):
        tape = await asyncio.to_thread(load_tape, source.path)
        return good(f"a tape of {len(tape.lines)} lines")
    if isinstance(source, BlueskySettings):
        return await _try_socket(source, clock, timeout_s)
    batches = build_connector(source, OneTryClock(clock)).batches(None)
    try:
        async for batch in batches:
            return of_batch(batch)
    finally:
        if isinstance(batches, AsyncGenerator):  # closed, it lets go of its connections at once
            await batches.aclose()
    return warning("is at its end at once", "see whether this is what you meant to follow")


def of_batch(batch: Batch) -> Said:
    """What a source's first batch says of it. Pure."""
    posts = len(batch.mentions)
    said = inert_line(Untrusted(batch.health.detail), _DETAIL)  # a server's words may be among it
    detail = f": {said}" if said else ""
    match batch.health.state:
        case "blind":
            return down(f"does not answer with posts{detail}", "see SourceBlind in docs/operations.md")
        case "limited":
            return warning(f"answers in part{detail}", "see SourceLimited in docs/operations.md")
    unread = f", {len(batch.rejected)} items could not be read" if batch.rejected else ""
    if batch.rejected and not posts:
        return warning(
            f"answers{unread}", "its format may have changed: see DeadLetters in docs/operations.md"
        )
    return good(f"answers, {posts} posts in the first batch{unread}{detail}")


async def _try_socket(source: BlueskySettings, clock: Clock, timeout_s: float) -> Said:
    async with open_socket(
        subscription(source, None),
        source=source.name,
        clock=clock,
        silence_s=timeout_s * _A_FRAME_WITHIN,
        allow_private=source.allow_private_addresses,
    ) as stream:
        frames, failure = await stream.gather(1, 0.05)
    if frames:
        return good("connected, and frames come")
    return warning(f"connected, but: {failure}", "the network always has some: see the status of that server")


async def _try_port(source: WebhookSettings) -> Said:
    """Whether the port is free, or Tocsin itself has it. The question asked of it is no delivery."""
    place = f"{source.host}:{source.port}"
    if source.port == 0:
        return good("listens on any free port")
    problem = await asyncio.to_thread(_bind, source.host, source.port)
    if problem is None:
        return good(f"{place} is free: no process listens yet")
    if problem != errno.EADDRINUSE:
        what = f"cannot listen on {place}: {errno.errorcode.get(problem, 'no such address')}"
        return down(what, "choose a host of this machine and a port above 1023")
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(source.host, source.host)  # noqa: S104 - read, not bound
    address = httpx.URL(scheme="http", host=host, port=source.port, path=f"/hooks/{source.name}")
    try:
        async with (
            httpx.AsyncClient(trust_env=False, timeout=None) as client,  # noqa: S113 - the probe has its own
            client.stream("GET", address) as answer,
        ):
            ours = answer.status_code == 405 and answer.headers.get("allow") == "POST"
    except httpx.HTTPError:
        ours = False
    if ours:
        return good(f"{place}: Tocsin listens")
    return down(f"{place} is taken by another program", "stop it, or choose another port")


def _bind(host: str, port: int) -> int | None:
    """None when the port could be had; the error's number otherwise. The port is let go at once."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as the server itself does
        try:
            listener.bind((host, port))
        except OSError as error:
            return error.errno or errno.EINVAL
    return None
