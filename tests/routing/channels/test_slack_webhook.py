import pytest

from routing.channels.conformance import CHECKS, Check, over_http
from routing.channels.doubles import Reply, SlackDouble
from routing.channels.doubles.slack import HOOK_PATH
from routing.outcome import Ambiguous, DeadTarget, Delivered, RejectedPayload, RetryLater
from tests.routing.channels.pages import make_page
from tests.routing.channels.targets import slack_webhook


@pytest.mark.parametrize("check", CHECKS)
async def test_conformance(check: Check) -> None:
    await check(over_http(SlackDouble, lambda double: slack_webhook(double.hook_url), secrets=(HOOK_PATH,)))


async def outcome_of(reply: Reply) -> object:
    async with SlackDouble() as double:
        double.script(reply)
        channel = slack_webhook(double.hook_url)
        outcome = await channel.send(make_page())
        await channel.aclose()
    return outcome


async def test_a_page_is_delivered_when_slack_says_ok() -> None:
    async with SlackDouble() as double:
        channel = slack_webhook(double.hook_url)
        outcome = await channel.send(make_page(), thread="ignored")
        plain = await channel.send(make_page(), plain=True)
        await channel.aclose()
    assert (outcome, plain) == (Delivered(), Delivered())
    assert "blocks" in double.messages[0]
    assert "blocks" not in double.messages[1]
    assert all("thread_ts" not in message and "channel" not in message for message in double.messages)


@pytest.mark.parametrize(
    ("status", "word", "expected"),
    [
        (400, b"invalid_payload", RejectedPayload),
        (400, b"invalid_blocks", RejectedPayload),
        (400, b"user_not_found", DeadTarget),
        (403, b"action_prohibited", DeadTarget),
        (403, b"invalid_token", DeadTarget),
        (404, b"channel_not_found", DeadTarget),
        (404, b"no_service", DeadTarget),
        (410, b"channel_is_archived", DeadTarget),
        (429, b"", RetryLater),
        (500, b"rollup_error", Ambiguous),
        (503, b"", RetryLater),
        (200, b"<html>sign in</html>", Ambiguous),
        (302, b"", RejectedPayload),
    ],
)
async def test_each_answer_has_its_outcome(status: int, word: bytes, expected: type) -> None:
    assert isinstance(await outcome_of(Reply(status, word)), expected)


async def test_the_secret_url_is_in_no_reason() -> None:
    outcome = await outcome_of(Reply(404, b"no team for services/T000/B000/double here"))
    assert isinstance(outcome, DeadTarget)
    assert "double" not in outcome.reason
    assert outcome.reason == "HTTP 404 no team for [secret] here"
