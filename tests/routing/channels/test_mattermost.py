import re

import orjson
import pytest

from routing.channels.conformance import CHECKS, Check, over_http
from routing.channels.doubles.http import Received, Reply
from routing.channels.doubles.mattermost import HOOK_PATH, MattermostDouble
from routing.channels.mattermost import MAX_TEXT, MattermostChannel, MattermostTarget, body_of, build, escape
from routing.message_compose import compose_message
from routing.outcome import Ambiguous, DeadTarget, Delivered, Outcome, RejectedPayload, RetryLater
from tests.routing.channels.hostile import PAYLOADS
from tests.routing.channels.hostile_pages import hostile_page
from tests.routing.channels.pages import NOW, make_page
from tests.routing.channels.targets import clock


def channel(url: str) -> MattermostChannel:
    target = MattermostTarget(kind="mattermost", name="it-chat", url="env:URL", allow_private_addresses=True)
    return build(target, clock=clock(), environ={"URL": url})


@pytest.mark.parametrize("check", CHECKS)
async def test_conformance(check: Check) -> None:
    await check(over_http(MattermostDouble, lambda double: channel(double.hook_url), secrets=(HOOK_PATH,)))


async def outcome_of(reply: Reply) -> Outcome:
    async with MattermostDouble() as double:
        double.script(reply)
        chat = channel(double.hook_url)
        outcome = await chat.send(make_page())
        await chat.aclose()
    return outcome


async def test_a_page_is_markdown_that_asks_first() -> None:
    async with MattermostDouble() as double:
        chat = channel(double.hook_url)
        assert await chat.send(make_page()) == Delivered()
        await chat.aclose()
    text = double.messages[0]["text"]
    lines = text.split("\n")
    assert lines[0].startswith("#### 🔴 CRITIQUE · Affaires juridiques · Véloria")
    assert lines[1].startswith("**Accusez réception avant 03")
    assert f"**[Ouvrir et accuser réception]({make_page().link})**" in lines
    assert "> «\u00a0Mes données de compte Véloria" in text
    assert double.messages[0]["props"] == {"disable_mentions": True}


@pytest.mark.parametrize("payload", PAYLOADS)
def test_no_name_reaches_the_server_whatever_its_settings(payload: str) -> None:
    text = body_of(compose_message(hostile_page(payload), NOW), plain=False)["text"]
    assert not re.search(r"@\w", text)
    assert len(text) <= MAX_TEXT


def test_an_at_sign_stays_readable() -> None:
    assert escape("@channel a_b") == "＠channel a\\_b"


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        (Reply(200, b"not ok"), Ambiguous),
        (Reply(400, b'{"id":"web.incoming_webhook.invalid.app_error","status_code":400}'), DeadTarget),
        (Reply(501, b'{"id":"web.incoming_webhook.disabled.app_error","status_code":501}'), DeadTarget),
        (Reply(400, b'{"id":"web.incoming_webhook.text.length.app_error"}'), RejectedPayload),
        (Reply(403, b'{"id":"web.incoming_webhook.channel_locked.app_error"}'), DeadTarget),
        (Reply(500), Ambiguous),
    ],
)
async def test_each_answer_has_its_outcome(reply: Reply, expected: type) -> None:
    assert isinstance(await outcome_of(reply), expected)


async def test_a_server_that_names_its_limit_in_its_own_header_is_heeded() -> None:
    outcome = await outcome_of(Reply(429, headers={"X-RateLimit-Reset": "12"}))
    assert isinstance(outcome, RetryLater)
    assert outcome.after_s == 12.0


@pytest.mark.parametrize(
    ("body", "error"),
    [(b"{", "parse"), (b"{}", "text.app_error"), (orjson.dumps({"text": "x" * 16_384}), "text.length")],
)
async def test_the_double_refuses_what_mattermost_refuses(body: bytes, error: str) -> None:
    async with MattermostDouble() as double:
        reply = double.answer(Received("POST", HOOK_PATH, {}, body))
    assert reply.status == 400
    assert error in reply.body.decode()
    assert double.shown == []
