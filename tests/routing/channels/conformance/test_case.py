"""A channel and a double by somebody outside, with the public names alone: what docs/channels.md promises them."""

from typing import ClassVar

import orjson
import pytest
from pydantic import SecretStr

from routing.channels.conformance import CHECKS, Check, over_http
from routing.channels.conformance.sample_pages import make_page
from routing.channels.doubles import HttpDouble, Received, Reply
from routing.http import Answer, PostingClient
from routing.http_outcome import describe, outcome_of_status, url_secrets
from routing.message_compose import compose_message
from routing.message_text import full_text, short_text
from routing.outcome import Ambiguous, Delivered, Outcome
from routing.page import Page
from routing.untrusted import truncate
from tests.routing.channels.targets import clock

MOST = 12_000


class PagerDouble(HttpDouble):
    """Takes a text of at most 12,000 characters and gives it a number."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []

    @property
    def shown(self) -> list[str]:
        return self.texts

    def answer(self, request: Received) -> Reply:
        text = orjson.loads(request.body)["text"]
        if len(text) > MOST:
            return Reply(413)
        self.texts.append(text)
        return Reply(201, orjson.dumps({"number": len(self.texts)}))


class PagerChannel:
    kind: ClassVar[str] = "pager"
    deduplicates: ClassVar[bool] = False

    def __init__(self, target: str, url: SecretStr) -> None:
        self.target = target
        self._url = url
        self._client = PostingClient(url, allow_private_addresses=True)

    async def send(self, page: Page, *, thread: str = "", plain: bool = False) -> Outcome:
        now = clock().now()
        message = compose_message(page, now)
        text = truncate(short_text(message) if plain else full_text(message), MOST)
        answer = await self._client.post(orjson.dumps({"text": text}), {"content-type": "application/json"})
        if not isinstance(answer, Answer):
            return answer
        reason = describe(answer, url_secrets(self._url.get_secret_value()))
        if answer.status == 201:
            return Delivered()
        return outcome_of_status(answer, now, reason) or Ambiguous(reason)

    async def aclose(self) -> None:
        await self._client.aclose()


@pytest.mark.parametrize("check", CHECKS)
async def test_conformance(check: Check) -> None:
    case = over_http(
        PagerDouble,
        lambda double: PagerChannel("a", SecretStr(f"{double.url}/canary-key")),
        secrets=("canary-key",),
    )
    await check(case)


async def test_a_trouble_is_made_on_every_request() -> None:
    case = over_http(PagerDouble, lambda double: PagerChannel("a", SecretStr(f"{double.url}/canary-key")))
    async with case.open("unavailable") as (channel, double):
        for _ in range(3):
            await channel.send(make_page())
        assert double.shown == []
