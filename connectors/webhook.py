"""Mentions that others push: signed JSON posted to ``/hooks/{name}``.

A delivery is answered with 2xx only after all of its mentions are acknowledged downstream; when that fails the
answer is 503 with Retry-After, so that the sender delivers again.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, ClassVar, Literal

from aiohttp import web
from pydantic import Field

from connectors.protocol import Batch, Cursor, Health
from connectors.raw_payload import raw_fields, to_json
from connectors.simple_mention import read_mention
from connectors.standard_webhooks import TOLERANCE_S, Verified, decode_secret, verify
from connectors.tape import load_json
from monitor import metrics
from monitor.batches import MAX_ITEMS
from monitor.clock import Clock
from monitor.errors import InvalidPayload, RefuseToStart
from monitor.records import Mention
from monitor.secret import SecretRef, read_secret
from monitor.settings import Name, Settings

MAX_BODY = 1_000_000
MAX_WAITING = 100  # deliveries that wait to be published
ANSWER_WITHIN_S = 20.0
RETRY_AFTER_S = 5
_REMEMBERED = 100_000


class WebhookSettings(Settings):
    """Where to listen and which secrets sign (two while one replaces the other). Put TLS in front of it."""

    type: Literal["webhook"] = "webhook"
    name: Name = "webhook"
    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65_535)] = 8090  # 0 takes a free one
    secrets: tuple[SecretRef, ...] = Field(min_length=1, max_length=2)
    keep_raw: bool = True  # mentions carry the JSON that they came in, for evidence


@dataclass(frozen=True, slots=True)
class _Delivery:
    """A verified request that waits for its mentions to be acknowledged (True) or not (False)."""

    mentions: tuple[Mention, ...]
    outcome: asyncio.Future[bool] = field(default_factory=lambda: asyncio.get_running_loop().create_future())

    def settle(self, acknowledged: bool) -> None:
        if not self.outcome.done():
            self.outcome.set_result(acknowledged)


@dataclass(frozen=True, slots=True)
class _Taken:
    """What is remembered of a delivery, so that the same one again is not published again."""

    forget_at: float  # monotonic seconds
    count: int
    outcome: asyncio.Future[bool]


class WebhookConnector:
    """Listens while it is followed. ``port`` is the bound one (None before the first ``batches``)."""

    kind: ClassVar[str] = "webhook"

    def __init__(
        self, settings: WebhookSettings, clock: Clock, environ: Mapping[str, str] | None = None
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._keys = _read_keys(settings, environ)
        self._waiting: deque[_Delivery] = deque()
        self._arrived = asyncio.Event()
        self._taken: dict[str, _Taken] = {}  # by delivery id
        self.port: int | None = None

    @property
    def name(self) -> str:
        return self._settings.name

    def __repr__(self) -> str:
        return f"WebhookConnector({self.name!r})"

    async def batches(self, since: Cursor | None) -> AsyncIterator[Batch]:
        """Deliveries that wait together make one batch; asking for the next batch acknowledges the last."""
        taken: list[_Delivery] = []
        async with self._listening():
            try:
                yield Batch(health=Health("quiet", "listening"))
                while True:
                    taken = await self._take()
                    yield Batch(
                        tuple(one for delivery in taken for one in delivery.mentions), health=Health("ok")
                    )
                    for delivery in taken:
                        delivery.settle(True)
            finally:
                for delivery in (*taken, *self._waiting):
                    delivery.settle(False)
                self._waiting.clear()

    async def _take(self) -> list[_Delivery]:
        while not self._waiting:
            self._arrived.clear()
            await self._arrived.wait()
        taken = [self._waiting.popleft()]
        count = len(taken[0].mentions)
        while self._waiting and count + len(self._waiting[0].mentions) <= MAX_ITEMS:
            taken.append(self._waiting.popleft())
            count += len(taken[-1].mentions)
        return taken

    @asynccontextmanager
    async def _listening(self) -> AsyncIterator[None]:
        app = web.Application(client_max_size=MAX_BODY)
        app.router.add_post("/hooks/{name}", self._receive)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=5.0)
        await runner.setup()
        try:
            port = self._settings.port if self.port is None else self.port
            try:
                await web.TCPSite(runner, self._settings.host, port).start()
            except OSError as error:
                raise RefuseToStart(
                    f"source {self.name}: cannot listen on {self._settings.host}:{port} ({error.strerror}): "
                    "choose another port"
                ) from None
            self.port = int(runner.addresses[0][1])
            yield
        finally:
            await runner.cleanup()

    async def _receive(self, request: web.Request) -> web.Response:
        try:
            async with asyncio.timeout(ANSWER_WITHIN_S):
                return await self._answer(request, await request.read())
        except TimeoutError:
            return self._refuse("timeout", _later())

    async def _answer(self, request: web.Request, body: bytes) -> web.Response:
        now = self._clock.now()
        verdict = verify(request.headers, body, self._keys, now)
        if not isinstance(verdict, Verified) or request.match_info["name"] != self.name:
            reason = "wrong_path" if isinstance(verdict, Verified) else verdict
            return self._refuse(reason, _error(401, "the delivery is not signed as agreed"))
        taken = self._known(verdict.delivery_id)
        if taken is None:
            mentions, problems = read_delivery(body, self.name, now, keep_raw=self._settings.keep_raw)
            if problems:
                return self._refuse("invalid", _error(400, *problems))
            if len(self._waiting) >= MAX_WAITING:
                return self._refuse("busy", _later())
            taken = self._enqueue(verdict.delivery_id, _Delivery(mentions))
        if not await asyncio.shield(taken.outcome):
            return self._refuse("not_published", _later())
        return web.json_response({"accepted": taken.count})

    def _known(self, delivery_id: str) -> _Taken | None:
        """The delivery of that id when it was taken, or is being taken, within twice the tolerance."""
        taken = self._taken.get(delivery_id)
        if taken is None or taken.forget_at <= self._clock.monotonic():
            return None
        failed = taken.outcome.done() and not taken.outcome.result()
        return None if failed else taken

    def _enqueue(self, delivery_id: str, delivery: _Delivery) -> _Taken:
        while len(self._taken) >= _REMEMBERED:
            self._taken.pop(next(iter(self._taken)))
        self._taken.pop(delivery_id, None)
        forget_at = self._clock.monotonic() + 2 * TOLERANCE_S
        taken = self._taken[delivery_id] = _Taken(forget_at, len(delivery.mentions), delivery.outcome)
        self._waiting.append(delivery)
        self._arrived.set()
        return taken

    def _refuse(self, reason: str, answer: web.Response) -> web.Response:
        metrics.WEBHOOKS_REFUSED.labels(self.name, reason).inc()
        return answer


def read_delivery(
    body: bytes, source: str, now: datetime, *, keep_raw: bool = True
) -> tuple[tuple[Mention, ...], list[str]]:
    """The mentions of a delivery's JSON, or the problems, each with the field where it is. Pure."""
    try:
        data = load_json(body)
    except ValueError:
        return (), ["the body is not JSON"]
    items = data.get("mentions") if isinstance(data, dict) else None
    if not isinstance(items, list) or not 1 <= len(items) <= MAX_ITEMS:
        return (), [f"mentions: a list of 1 to {MAX_ITEMS} mentions is expected"]
    mentions: list[Mention] = []
    problems: list[str] = []
    for index, item in enumerate(items):
        try:
            mention = read_mention(item, source=source, fetched_at=now)
        except InvalidPayload as error:
            problems.append(f"mentions.{index}: {error}")
        else:
            times = {"fetched_at": now, "created_at": min(mention.created_at, now)}
            raw = raw_fields(to_json(item), keep=keep_raw)
            mentions.append(mention.model_copy(update={**times, **raw}))
    return tuple(mentions), problems[:20]


def _read_keys(settings: WebhookSettings, environ: Mapping[str, str] | None) -> tuple[bytes, ...]:
    try:
        return tuple(decode_secret(read_secret(one, environ)) for one in settings.secrets)
    except ValueError as error:
        raise RefuseToStart(f"source {settings.name}: {error}") from None


def _error(status: int, *problems: str) -> web.Response:
    return web.json_response({"errors": list(problems)}, status=status)


def _later() -> web.Response:
    answer = _error(503, "the mentions could not be taken: deliver again later")
    answer.headers["Retry-After"] = str(RETRY_AFTER_S)
    return answer
