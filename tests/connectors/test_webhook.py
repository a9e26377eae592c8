import asyncio
import base64
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from connectors.cursors import MemoryCursors
from connectors.protocol import RejectedItem
from connectors.runner import run_connector
from connectors.standard_webhooks import sign
from connectors.webhook import WebhookConnector, WebhookSettings, read_delivery
from monitor import metrics
from monitor.clock import ManualClock
from monitor.errors import RefuseToStart, Unavailable
from monitor.records import Mention

KEY, NEXT = b"k" * 32, b"n" * 32
ENVIRON = {
    name: "whsec_" + base64.b64encode(key).decode() for name, key in (("HOOK", KEY), ("NEXT_HOOK", NEXT))
}
ONE = {"mentions": [{"text": "Véloria en panne", "id": "1"}]}


@dataclass
class Publisher:
    """Holds every publish until ``open`` is set; fails as often as told."""

    failures: int = 0
    open: asyncio.Event = field(default_factory=asyncio.Event)
    started: asyncio.Event = field(default_factory=asyncio.Event)
    taken: list[Mention] = field(default_factory=list)

    async def publish(self, source: str, mentions: tuple[Mention, ...]) -> None:
        self.started.set()
        await self.open.wait()
        if self.failures:
            self.failures -= 1
            raise Unavailable("the broker is down")
        self.taken.extend(mentions)

    async def reject(self, source: str, rejected: tuple[RejectedItem, ...]) -> None:
        raise AssertionError("a webhook answers 400 instead")


@dataclass
class Hook:
    """A running webhook and a client of it."""

    connector: WebhookConnector
    publisher: Publisher
    clock: ManualClock
    client: httpx.AsyncClient

    async def post(
        self,
        body: Any,
        *,
        key: bytes = KEY,
        delivery_id: str = "msg_1",
        name: str = "hook",
        signed: bytes | None = None,
    ) -> httpx.Response:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        stamp = str(int(self.clock.now().timestamp()))
        headers = {
            "webhook-id": delivery_id,
            "webhook-timestamp": stamp,
            "webhook-signature": sign(key, delivery_id, stamp, content if signed is None else signed),
        }
        url = f"http://127.0.0.1:{self.connector.port}/hooks/{name}"
        return await self.client.post(url, content=content, headers=headers)


def settings(*secrets: str, port: int = 0) -> WebhookSettings:
    return WebhookSettings(name="hook", port=port, secrets=secrets or ("env:HOOK", "env:NEXT_HOOK"))


async def until_listening(connector: WebhookConnector) -> None:
    async with asyncio.timeout(10):
        while connector.port is None:  # noqa: ASYNC110 - the port is the signal
            await asyncio.sleep(0)


@asynccontextmanager
async def running(clock: ManualClock, publisher: Publisher) -> AsyncIterator[Hook]:
    connector = WebhookConnector(settings(), clock, ENVIRON)
    stop = asyncio.Event()
    task = asyncio.create_task(run_connector(connector, publisher, MemoryCursors(), clock, stop=stop))
    await until_listening(connector)
    async with httpx.AsyncClient(trust_env=False) as client:
        yield Hook(connector, publisher, clock, client)
    publisher.open.set()
    stop.set()
    await task


@pytest.fixture
async def hook(clock: ManualClock) -> AsyncIterator[Hook]:
    publisher = Publisher()
    publisher.open.set()
    async with running(clock, publisher) as one:
        yield one


async def test_a_signed_delivery_is_published_and_acknowledged(hook: Hook) -> None:
    answer = await hook.post(ONE)
    assert (answer.status_code, answer.json()) == (200, {"accepted": 1})
    assert [one.id for one in hook.publisher.taken] == ["hook:1"]
    assert hook.publisher.taken[0].fetched_at == hook.clock.now()


async def test_both_secrets_are_valid_while_rotating(hook: Hook) -> None:
    assert (await hook.post(ONE, key=NEXT)).status_code == 200


async def test_the_answer_waits_for_the_acknowledgement(clock: ManualClock) -> None:
    publisher = Publisher()
    async with running(clock, publisher) as hook:
        posting = asyncio.create_task(hook.post(ONE))
        await publisher.started.wait()
        assert not posting.done()
        publisher.open.set()
        assert (await posting).status_code == 200
        assert len(publisher.taken) == 1


async def test_what_cannot_be_published_is_delivered_again(clock: ManualClock) -> None:
    publisher = Publisher(failures=1)
    publisher.open.set()
    async with running(clock, publisher) as hook:
        answer = await hook.post(ONE)
        assert answer.status_code == 503
        assert answer.headers["retry-after"] == "5"
        for _ in range(1_000):  # the runner restarts the listener by and by, on the same port
            try:
                again = await hook.post(ONE)
                break
            except httpx.TransportError:
                await asyncio.sleep(0)
        assert again.status_code == 200
    assert [one.id for one in publisher.taken] == ["hook:1"]


async def test_the_same_delivery_twice_is_published_once(hook: Hook) -> None:
    assert (await hook.post(ONE)).status_code == 200
    assert (await hook.post(ONE)).json() == {"accepted": 1}
    assert len(hook.publisher.taken) == 1
    await hook.post(ONE, delivery_id="msg_2")
    assert len({one.id for one in hook.publisher.taken}) == 1


async def test_every_refusal_looks_the_same(hook: Hook) -> None:
    reasons = metrics.WEBHOOKS_REFUSED.labels("hook", "wrong_signature")._value
    before = reasons.get()
    answers = [
        await hook.post(ONE, key=b"x" * 32),
        await hook.post(ONE, name="other"),
        await hook.post(ONE, signed=b"something else"),
        await hook.post(b"{not json", key=b"x" * 32),
        await hook.post(ONE, delivery_id="a.b"),
        await hook.client.post(f"http://127.0.0.1:{hook.connector.port}/hooks/hook", content=b"{}"),
    ]
    assert {(one.status_code, one.text) for one in answers} == {(401, answers[0].text)}
    assert hook.publisher.taken == []
    assert reasons.get() == before + 3


async def test_an_old_delivery_is_refused(hook: Hook) -> None:
    old = ManualClock(hook.clock.now())
    hook.clock.advance(301)
    assert (await Hook(hook.connector, hook.publisher, old, hook.client).post(ONE)).status_code == 401


async def test_a_large_body_is_refused_before_it_is_verified(hook: Hook) -> None:
    assert (await hook.post(b"x" * 1_000_001)).status_code == 413


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (b"{not json", "not JSON"),
        ([], "mentions"),
        ({"mentions": []}, "mentions"),
        ({"mentions": [{"text": "x"}] * 201}, "1 to 200"),
        ({"mentions": [{"text": "x"}, {"txt": "y"}]}, "mentions.1: text"),
        ({"mentions": [{"text": "x", "created_at": 5}]}, "mentions.0: created_at"),
    ],
)
async def test_a_wrong_body_names_the_field(hook: Hook, body: Any, problem: str) -> None:
    answer = await hook.post(body)
    assert answer.status_code == 400
    assert problem in answer.json()["errors"][0]
    assert hook.publisher.taken == []


async def test_deliveries_that_wait_together_are_published_together(clock: ManualClock) -> None:
    publisher = Publisher()
    async with running(clock, publisher) as hook:
        first = asyncio.create_task(hook.post(ONE, delivery_id="first"))
        await publisher.started.wait()
        many = [{"mentions": [{"text": "x", "id": f"{n}-{m}"} for m in range(90)]} for n in range(3)]
        posts = [asyncio.create_task(hook.post(body, delivery_id=f"d{n}")) for n, body in enumerate(many)]
        publisher.open.set()
        answers = await asyncio.gather(first, *posts)
    assert {one.status_code for one in answers} == {200}
    assert len(publisher.taken) == 271


async def test_a_taken_port_is_told_with_its_mend(clock: ManualClock, hook: Hook) -> None:
    assert hook.connector.port is not None
    second = WebhookConnector(settings(port=hook.connector.port), clock, ENVIRON)
    with pytest.raises(RefuseToStart, match="choose another port"):
        await run_connector(second, hook.publisher, MemoryCursors(), clock)


@pytest.mark.parametrize("value", ["", "plain", "whsec_c2hvcnQ="])
def test_a_wrong_secret_refuses_to_start_without_showing_it(clock: ManualClock, value: str) -> None:
    with pytest.raises(RefuseToStart, match="source hook") as caught:
        WebhookConnector(settings("env:HOOK"), clock, {"HOOK": value})
    assert not value or value not in str(caught.value)


def test_no_secret_in_the_repr(clock: ManualClock) -> None:
    connector = WebhookConnector(settings(), clock, ENVIRON)
    assert ENVIRON["HOOK"] not in repr(connector) + repr(settings())


def test_a_whole_record_is_of_the_time_it_came(clock: ManualClock) -> None:
    whole, _ = read_delivery(json.dumps(ONE).encode(), "hook", clock.now())
    clock.advance(60)
    body = json.dumps({"mentions": [whole[0].model_dump(mode="json")]}).encode()
    (mention,), problems = read_delivery(body, "hook", clock.now())
    assert problems == []
    assert mention.fetched_at == clock.now()
    assert mention.created_at == whole[0].created_at
