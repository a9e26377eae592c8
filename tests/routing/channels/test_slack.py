from datetime import timedelta
from typing import Any

import orjson
import pytest

from routing.channel import Channel
from routing.channels.closing import Answered, Closing
from routing.channels.conformance import CHECKS, Check, over_http
from routing.channels.doubles import Reply, SlackDouble
from routing.channels.doubles.slack import TOKEN
from routing.outcome import Ambiguous, DeadTarget, Delivered, RejectedPayload, RetryLater
from tests.routing.channels.answers import make_answered
from tests.routing.channels.pages import NOW, make_page
from tests.routing.channels.targets import clock, slack


@pytest.mark.parametrize("check", CHECKS)
async def test_conformance(check: Check) -> None:
    await check(over_http(SlackDouble, lambda double: slack(double.api_url), secrets=(TOKEN,)))


async def outcome_of(reply: Reply) -> object:
    async with SlackDouble() as double:
        double.script(reply)
        channel = slack(double.api_url)
        outcome = await channel.send(make_page())
        await channel.aclose()
    return outcome


def said(**body: Any) -> Reply:
    return Reply(200, orjson.dumps(body))


async def test_a_page_is_delivered_with_the_id_that_slack_gave() -> None:
    async with SlackDouble() as double:
        channel = slack(double.api_url)
        outcome = await channel.send(make_page())
        await channel.aclose()
    first = "C0DOUBLE/1700000000.000100"
    assert outcome == Delivered(first, first)
    request, message = double.received[0], double.messages[0]
    assert request.headers["content-type"] == "application/json; charset=utf-8"
    assert message["text"].startswith("🔴 CRITIQUE · Affaires juridiques · Véloria")
    assert (message["unfurl_links"], message["unfurl_media"], message["parse"]) == (False, False, "none")
    assert "thread_ts" not in message


async def test_later_pages_go_into_the_thread_and_show_in_the_channel() -> None:
    async with SlackDouble() as double:
        channel = slack(double.api_url)
        first = await channel.send(make_page())
        assert isinstance(first, Delivered)
        second = await channel.send(make_page(transition="raised"), thread=first.thread)
        third = await channel.send(make_page(transition="informed"), thread=first.thread)
        await channel.aclose()
    assert isinstance(second, Delivered)
    assert second.thread == first.thread
    assert isinstance(third, Delivered)
    assert [m.get("thread_ts") for m in double.messages] == [None, *["1700000000.000100"] * 2]
    assert [m.get("reply_broadcast") for m in double.messages] == [None, True, False]


def answered(thread: str, **changes: Any) -> Answered:
    values: dict[str, Any] = {
        "by": "Juridique de <garde>",
        "at": NOW + timedelta(minutes=2),
        "thread": thread,
        "language": "fr",
        "time_zone": "America/Montreal",
    }
    return make_answered(**{**values, **changes})


async def test_the_first_message_says_who_answered_and_that_it_is_over_and_keeps_its_blocks() -> None:
    async with SlackDouble() as double:
        channel = slack(double.api_url)
        first = await channel.send(make_page())
        assert isinstance(first, Delivered)
        assert isinstance(channel, Closing)
        texts = []
        for tell in (channel.acknowledged, channel.resolved, channel.resolved):
            assert await tell(answered(first.thread)) == first
            texts.append(double.shown[0].splitlines()[-1])
        await channel.aclose()
    by = "par Juridique de <garde> à 03 h 14 HNE."
    assert texts[0] == f"👀 Incident T-42 : réception accusée {by}"
    assert texts[1:] == [f"✅ Incident T-42 : résolu {by}"] * 2
    assert double.messages[0]["blocks"][0]["type"] == "header"
    assert len(double.messages) == 1


async def test_an_answer_to_what_was_never_confirmed_here_changes_nothing() -> None:
    async with SlackDouble() as double:
        channel = slack(double.api_url)
        assert isinstance(channel, Closing)
        for thread in ("", "1700000000.000100"):
            assert await channel.resolved(answered(thread)) == Delivered()
        await channel.aclose()
    assert double.received == []


async def test_a_message_that_somebody_deleted_cannot_be_marked() -> None:
    async with SlackDouble() as double:
        channel = slack(double.api_url)
        assert isinstance(channel, Closing)
        outcome = await channel.acknowledged(answered("C0DOUBLE/1.2"))
        await channel.aclose()
    assert isinstance(outcome, RejectedPayload)
    assert "message_not_found" in outcome.reason


async def test_a_plain_page_has_no_blocks_and_no_thread() -> None:
    async with SlackDouble() as double:
        channel = slack(double.api_url)
        outcome = await channel.send(make_page(), thread="1.2", plain=True)
        await channel.aclose()
    assert isinstance(outcome, Delivered)
    message = double.messages[0]
    assert "blocks" not in message
    assert "thread_ts" not in message
    assert message["text"].endswith(
        "<https://tocsin.example/p/eyJ0IjoiVC00MiJ9.c2lnbmF0dXJl|Ouvrir et accuser réception>"
    )


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        ("channel_not_found", DeadTarget),
        ("not_in_channel", DeadTarget),
        ("is_archived", DeadTarget),
        ("invalid_auth", DeadTarget),
        ("token_revoked", DeadTarget),
        ("account_inactive", DeadTarget),
        ("missing_scope", DeadTarget),
        ("restricted_action", DeadTarget),
        ("restricted_action_thread_only_channel", DeadTarget),
        ("msg_too_long", RejectedPayload),
        ("msg_blocks_too_long", RejectedPayload),
        ("invalid_blocks", RejectedPayload),
        ("no_text", RejectedPayload),
        ("a_word_of_tomorrow", RejectedPayload),
        ("ratelimited", RetryLater),
        ("rate_limited", RetryLater),
        ("fatal_error", Ambiguous),
        ("internal_error", Ambiguous),
    ],
)
async def test_each_error_in_a_200_has_its_outcome(error: str, expected: type) -> None:
    outcome = await outcome_of(said(ok=False, error=error))
    assert isinstance(outcome, expected)
    assert error in getattr(outcome, "reason", "")


@pytest.mark.parametrize(
    ("reply", "seconds"),
    [
        (Reply(429, headers={"Retry-After": "30"}), 30.0),
        (Reply(429, headers={"Retry-After": "2.5"}), 2.5),
        (Reply(429, headers={"Retry-After": "Wed, 25 Nov 2026 08:13:11 GMT"}), pytest.approx(59.6)),
        (Reply(429, headers={"Retry-After": "soon"}), 1.0),
        (Reply(429), 1.0),
        (Reply(429, b'{"retry_after":7,"ok":false,"error":"rate_limited"}'), 7.0),
        (Reply(200, b'{"retry_after":7,"ok":false,"error":"ratelimited"}'), 7.0),
    ],
)
async def test_slack_says_how_long_to_wait(reply: Reply, seconds: float) -> None:
    outcome = await outcome_of(reply)
    assert isinstance(outcome, RetryLater)
    assert outcome.after_s == seconds


@pytest.mark.parametrize(
    "reply",
    [
        Reply(500),
        Reply(502, b"<html>"),
        Reply(504),
        Reply(500, b'{"ok":false,"error":"channel_not_found"}'),
        Reply(200, b"<html>sign in</html>"),
        Reply(200, b"[]"),
        Reply(200, b"x" * 10_000_000),
        Reply(200, b'{"ok":true,"ts":"1.2"}', fault="reset_inside_body"),
        Reply(fault="reset"),
    ],
)
async def test_no_usable_answer_is_ambiguous(reply: Reply) -> None:
    assert isinstance(await outcome_of(reply), Ambiguous)


async def test_unavailable_was_surely_not_accepted() -> None:
    assert isinstance(await outcome_of(Reply(503, headers={"Retry-After": "5"})), RetryLater)


async def test_a_redirect_is_no_yes() -> None:
    outcome = await outcome_of(Reply(302, headers={"Location": "http://169.254.169.254/"}))
    assert isinstance(outcome, RejectedPayload)


async def test_one_message_a_second_for_each_channel() -> None:
    time = clock()
    async with SlackDouble(clock=time) as double:
        channel = slack(double.api_url, time=time)
        outcomes = [await channel.send(make_page()) for _ in range(2)]
        time.advance(1)
        outcomes.append(await channel.send(make_page()))
        await channel.aclose()
    assert [type(outcome) for outcome in outcomes] == [Delivered, RetryLater, Delivered]


@pytest.mark.parametrize(
    ("token", "room"), [("xoxb-canary-wrong", "#alerts"), ("xoxb-double", "#canary-unknown")]
)
async def test_a_wrong_token_or_channel_is_a_dead_target(token: str, room: str) -> None:
    async with SlackDouble() as double:
        channel: Channel = slack(double.api_url, token=token, channel=room)
        outcome = await channel.send(make_page())
        await channel.aclose()
    assert isinstance(outcome, DeadTarget)
    assert token not in outcome.reason


async def test_a_token_that_comes_back_in_an_error_is_taken_out() -> None:
    outcome = await outcome_of(said(ok=False, error="invalid_auth", needed="Bearer xoxb-double"))
    assert isinstance(outcome, DeadTarget)
    assert "xoxb-double" not in outcome.reason
