"""The example of docs/channels.md works as it stands, with the public names alone."""

import re
from pathlib import Path
from typing import Any

import orjson
import pytest
from pydantic import SecretStr

from routing.channel import Channel
from routing.channels.secret_hook import SecretHook
from routing.channels.testing import (
    CHECKS,
    Check,
    HttpDouble,
    Received,
    RecordingChannel,
    Reply,
    make_page,
    over_http,
)
from routing.http import Answer, PostingClient
from routing.http_outcome import outcome_of_status
from routing.message_text import full_text, short_text
from routing.outcome import Ambiguous, Delivered, Outcome
from routing.page import Page
from routing.untrusted import truncate
from tests.routing.channels.targets import clock

PAGE = (Path(__file__).parents[3] / "docs" / "channels.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```python\n(.*?)```", PAGE.partition("## A channel of your own")[2], re.DOTALL)
PUBLIC: dict[str, Any] = {
    one.__name__: one
    for one in (
        *(SecretHook, Page, Outcome, Answer, Ambiguous, Delivered, HttpDouble, Received, Reply),
        *(short_text, full_text, truncate, outcome_of_status, over_http, make_page),
    )
    if hasattr(one, "__name__")
}


def my_channel(url: str) -> Channel:
    secret = SecretStr(url)
    client = PostingClient(secret, allow_private_addresses=True)
    channel: Channel = names()["PagerChannel"](SecretHook("on-call-pager", secret, client, clock()))
    return channel


def names() -> dict[str, Any]:
    """What the examples define."""
    known: dict[str, Any] = {
        **PUBLIC,
        "Outcome": Outcome,
        "orjson": orjson,
        "pytest": pytest,
        "CHECKS": CHECKS,
        "Check": Check,
        "my_channel": my_channel,
    }
    for example in EXAMPLES:
        exec(example, known)  # noqa: S102 - our own page
    return known


@pytest.mark.parametrize("check", CHECKS)
async def test_the_example_passes_the_suite(check: Check) -> None:
    assert len(EXAMPLES) == 2
    await names()["test_conformance"](check)


async def test_the_door_has_a_channel_for_tests_of_a_router() -> None:
    channel = RecordingChannel("screen", [Ambiguous("lost")])
    assert [await channel.send(make_page()) for _ in range(2)] == [
        Ambiguous("lost"),
        Delivered(make_page().id),
    ]
