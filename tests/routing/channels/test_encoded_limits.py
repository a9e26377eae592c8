"""Limits hold for the bytes that are sent: measured on the request itself, not on the text before encoding."""

import asyncio
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs

import orjson
import pytest

from routing.channel import Channel
from routing.channels.conformance.checks import NASTY_TEXTS
from routing.channels.conformance.hostile_posts import PAYLOADS
from routing.channels.conformance.sample_pages import hostile_page, largest_page
from routing.channels.doubles import (
    DiscordDouble,
    HttpDouble,
    JiraServiceManagementDouble,
    MattermostDouble,
    NtfyDouble,
    PagerDutyDouble,
    SlackDouble,
    TeamsDouble,
    TwilioDouble,
    WebhookDouble,
)
from routing.page import Page
from tests.routing.channels import (
    test_discord,
    test_jira_service_management,
    test_mattermost,
    test_ntfy,
    test_pagerduty,
    test_teams,
    test_twilio_sms,
)
from tests.routing.channels.targets import KEY, clock, slack, slack_webhook, webhook

Measure = Callable[[bytes], None]


def utf16(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2  # raises for half a pair


def strings(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [one for part in parts for one in strings(part)]


def slack_limits(body: bytes) -> None:
    said = orjson.loads(body)
    blocks = said.get("blocks", [])
    assert len(blocks) <= 50
    assert sum(utf16(one) for one in strings(blocks)) <= 13_200
    assert 0 < utf16(said["text"]) <= 4_000


def teams_limits(body: bytes) -> None:
    assert len(body) * 1.2 <= 28_672  # as Teams counts it after it has expanded the card


def discord_limits(body: bytes) -> None:
    said: dict[str, Any] = orjson.loads(body)
    assert utf16(said.get("content", "")) <= 2_000
    assert said["allowed_mentions"] == {"parse": []}
    embeds = said.get("embeds", [])
    assert sum(utf16(one) for one in strings(embeds)) <= 6_000 + 2 * 3_000  # addresses are not counted
    assert all(utf16(one.get("title", "")) <= 256 for one in embeds)
    assert all(utf16(one.get("description", "")) <= 4_096 for one in embeds)


def mattermost_limits(body: bytes) -> None:
    assert utf16(orjson.loads(body)["text"]) <= 16_383


def ntfy_limits(body: bytes) -> None:
    assert len(orjson.loads(body)["message"].encode()) <= 4_096


def pagerduty_limits(body: bytes) -> None:
    assert len(body) <= 512_000
    said = orjson.loads(body)
    assert utf16(said["payload"]["summary"]) <= 1_024
    assert len(said["dedup_key"]) <= 255


def alert_limits(body: bytes) -> None:
    if body:
        said = orjson.loads(body)
        assert utf16(said["message"]) <= 130
        assert utf16(said["description"]) <= 15_000
        assert len(said["alias"]) <= 512


def sms_limits(body: bytes) -> None:
    if body:
        (text,) = parse_qs(body.decode("ascii"))["Body"]
        assert utf16(text) <= 1_600


def webhook_limits(body: bytes) -> None:
    assert len(body) < 20_000


CASES: dict[str, tuple[Callable[[], Any], Callable[[Any], Channel], Measure]] = {
    "slack": (SlackDouble, lambda double: slack(double.api_url), slack_limits),
    "slack_webhook": (SlackDouble, lambda double: slack_webhook(double.hook_url), slack_limits),
    "teams": (TeamsDouble, lambda double: test_teams.channel(double.hook_url), teams_limits),
    "discord": (DiscordDouble, lambda double: test_discord.channel(double.hook_url), discord_limits),
    "mattermost": (
        MattermostDouble,
        lambda double: test_mattermost.channel(double.hook_url),
        mattermost_limits,
    ),
    "ntfy": (NtfyDouble, lambda double: test_ntfy.channel(double.url), ntfy_limits),
    "pagerduty": (PagerDutyDouble, lambda double: test_pagerduty.channel(double.url), pagerduty_limits),
    "jira_service_management": (
        JiraServiceManagementDouble,
        lambda double: test_jira_service_management.channel(double.url),
        alert_limits,
    ),
    "twilio_sms": (TwilioDouble, lambda double: test_twilio_sms.channel(double.url), sms_limits),
    "webhook": (lambda: WebhookDouble(KEY, clock()), lambda double: webhook(double.url), webhook_limits),
}


def pages() -> list[Page]:
    nasty = [largest_page(text, language) for text in NASTY_TEXTS for language in ("fr", "en")]
    return [*nasty, *(hostile_page(payload) for payload in PAYLOADS if is_hard_to_encode(payload))]


def is_hard_to_encode(payload: str) -> bool:
    """Long, or with halves of pairs."""
    return len(payload) > 1_000 or any("\ud800" <= one <= "\udfff" for one in payload)


@pytest.mark.parametrize("kind", CASES)
async def test_every_request_keeps_to_its_limit_as_it_is_sent(kind: str) -> None:
    """Rows 11, 13 and 15, S5: re-measured on the encoded request; half a pair would not decode."""
    make, build, measure = CASES[kind]
    double: HttpDouble
    async with make() as double:
        channel = build(double)
        for number, page in enumerate(pages()):
            one = page.model_copy(update={"id": f"p{number}", "incident": f"i{number}"})
            for plain in (False, True):
                await channel.send(one, plain=plain)
        await channel.aclose()
        await asyncio.sleep(0)
    assert double.received
    for request in double.received:
        request.body.decode("utf-8")
        if request.method == "POST":
            measure(request.body)
