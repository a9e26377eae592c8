import pytest
from pydantic import SecretStr

from routing.channels.doubles import HttpDouble, Reply
from routing.channels.secret_hook import HookTarget, SecretHook, hook_of, read_hook_url
from routing.http import Answer
from routing.outcome import Delivered, Outcome, RejectedPayload, RetryLater
from tests.routing.channels.pages import make_page
from tests.routing.channels.targets import clock

TARGET = HookTarget(kind="pager", name="pager", url="env:URL", allow_private_addresses=True)


def judged(answer: Answer, reason: str) -> Outcome:
    return Delivered() if answer.status == 200 else RejectedPayload(reason)


def hook(url: str, content_type: str = "application/json") -> SecretHook:
    return hook_of(TARGET, SecretStr(url), clock(), content_type)


async def sent(one: SecretHook) -> Outcome:
    try:
        return await one.send(make_page(), lambda message: {"text": message.title}, judged)
    finally:
        await one.aclose()


async def test_what_is_written_is_posted_as_json() -> None:
    async with HttpDouble() as double:
        assert await sent(hook(double.url, "application/json; charset=utf-8")) == Delivered()
    (request,) = double.received
    assert request.headers["content-type"] == "application/json; charset=utf-8"
    assert request.body == '{"text":"Fuite de données alléguée"}'.encode()


async def test_no_telling_part_of_the_url_is_in_a_reason() -> None:
    async with HttpDouble() as double:
        url = f"{double.url}/hooks/canary-key?sig=canary-signature"
        double.script(Reply(400, f"no such hook: {url} canary-key canary-signature".encode()))
        outcome = await sent(hook(url))
    assert isinstance(outcome, RejectedPayload)
    assert "no such hook" in outcome.reason
    assert "canary" not in outcome.reason


async def test_without_an_answer_nothing_is_judged() -> None:
    async with HttpDouble() as double:
        url = double.url
    assert isinstance(await sent(hook(url)), RetryLater)


def test_a_secret_that_is_not_there_names_its_field_and_not_the_secret() -> None:
    with pytest.raises(ValueError, match="url") as caught:
        read_hook_url(TARGET, {"URL": "https://chat.example/canary key"})
    assert "canary" not in str(caught.value)
