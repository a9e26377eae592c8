from typing import Any

import orjson
import pytest

from routing.channels.doubles.http import Received
from routing.channels.doubles.slack import SlackDouble, fault_of

PLAIN = {"type": "plain_text", "text": "x"}

LONG_BUTTON = {"type": "button", "text": {"type": "plain_text", "text": "x" * 76}}


def section(text: str) -> dict[str, Any]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}}


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({}, "no_text"),
        ({"text": ""}, "no_text"),
        ({"text": "x" * 40_001}, "msg_too_long"),
        ({"text": "x", "blocks": [section("x")] * 51}, "invalid_blocks"),
        ({"text": "x", "blocks": [section("x" * 3_001)]}, "invalid_blocks"),
        ({"text": "x", "blocks": [section("")]}, "invalid_blocks"),
        ({"text": "x", "blocks": [section("x" * 2_900)] * 5}, "msg_blocks_too_long"),
        ({"text": "x", "blocks": [{"type": "header", "text": {"type": "mrkdwn", "text": "x"}}]}, "invalid_blocks"),
        ({"text": "x", "blocks": [{"type": "header", "text": {**PLAIN, "text": "x" * 151}}]}, "invalid_blocks"),
        ({"text": "x", "blocks": [{**section("x"), "fields": [PLAIN] * 11}]}, "invalid_blocks"),
        ({"text": "x", "blocks": [{"type": "context", "elements": []}]}, "invalid_blocks"),
        ({"text": "x", "blocks": [{"type": "actions", "elements": [LONG_BUTTON]}]}, "invalid_blocks"),
        ({"text": "x", "blocks": [{"type": "video"}]}, "invalid_blocks"),
        ({"text": "x", "blocks": [section("x" * 3_000), {"type": "header", "text": PLAIN}]}, ""),
        ({"text": "x"}, ""),
    ],
)  # fmt: skip
def test_it_keeps_the_documented_limits(body: dict[str, Any], error: str) -> None:
    assert fault_of(body) == error


async def test_it_counts_what_reached_it_unescaped() -> None:
    async with SlackDouble() as double:
        body = orjson.dumps({"text": "<!channel> <@U1> &lt;!here&gt; a & b"})
        double.answer(Received("POST", "/services/T000/B000/double", {}, body))
    assert (double.live_mentions, double.bad_entities) == (2, 1)


async def test_a_reply_needs_a_thread_that_exists() -> None:
    async with SlackDouble() as double:
        body = orjson.dumps({"text": "x", "thread_ts": "1.2"})
        reply = double.answer(Received("POST", "/services/T000/B000/double", {}, body))
    assert (reply.status, reply.body) == (400, b"cannot_reply_to_message")
