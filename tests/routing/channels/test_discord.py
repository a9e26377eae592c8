from typing import Any

import pytest

from monitor.clock import Clock
from routing.channels.conformance import CHECKS, Check, over_http
from routing.channels.discord import DiscordChannel, DiscordTarget, build
from routing.channels.doubles.discord import TOKEN, DiscordDouble, message_fault
from routing.channels.doubles.http import Reply
from routing.outcome import Ambiguous, DeadTarget, Delivered, Outcome, RejectedPayload, RetryLater
from tests.routing.channels.pages import make_page
from tests.routing.channels.targets import clock


def channel(url: str, *, time: Clock | None = None) -> DiscordChannel:
    target = DiscordTarget(kind="discord", name="comms-discord", url="env:URL", allow_private_addresses=True)
    return build(target, clock=time or clock(), environ={"URL": url})


@pytest.mark.parametrize("check", CHECKS)
async def test_conformance(check: Check) -> None:
    await check(over_http(DiscordDouble, lambda double: channel(double.hook_url), secrets=(TOKEN,)))


async def outcome_of(reply: Reply) -> Outcome:
    async with DiscordDouble() as double:
        double.script(reply)
        discord = channel(double.hook_url)
        outcome = await discord.send(make_page())
        await discord.aclose()
    return outcome


async def sent(**changes: Any) -> dict[str, Any]:
    async with DiscordDouble() as double:
        discord = channel(double.hook_url)
        assert await discord.send(make_page(**changes)) == Delivered("1180000000000000002/1")
        await discord.aclose()
    return double.messages[0]


async def test_the_embed_asks_first_and_explains_below() -> None:
    message = await sent()
    (embed,) = message["embeds"]
    assert message["allowed_mentions"] == {"parse": []}
    assert message["content"].startswith("**🔴 CRITIQUE · Affaires juridiques · Véloria")
    assert embed["description"].startswith("**Accusez réception avant 03\u00a0h\u00a017\u00a0HNE;")
    assert f"**[Ouvrir et accuser réception]({make_page().link})**" in embed["description"]
    assert "> «\u00a0Mes données de compte Véloria circulent" in embed["description"]
    assert [field["name"] for field in embed["fields"]][:3] == [
        "À faire maintenant",
        "Ampleur",
        "Déclaration prête à copier",
    ]
    assert embed["color"] == 0xB91C1C


async def test_discord_is_asked_to_report_what_it_did_not_keep() -> None:
    async with DiscordDouble() as double:
        for query in ("", "?wait=false", "?thread_id=7&wait=true"):
            discord = channel(f"{double.hook_url}{query}")
            assert isinstance(await discord.send(make_page()), Delivered)
            await discord.aclose()
    assert [request.path.partition("?")[2] for request in double.received] == [
        "wait=true",
        "wait=true",
        "thread_id=7&wait=true",
    ]


async def test_a_plain_page_has_no_embed_and_its_link_makes_no_preview() -> None:
    async with DiscordDouble() as double:
        discord = channel(double.hook_url)
        await discord.send(make_page(), plain=True)
        await discord.aclose()
    assert "embeds" not in double.messages[0]
    assert double.messages[0]["content"].endswith(f"<{make_page().link}>")


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        (Reply(204), Ambiguous),
        (Reply(200, b"[]"), Ambiguous),
        (Reply(400, b'{"message": "Invalid Form Body", "code": 50035}'), RejectedPayload),
        (Reply(401, b'{"message": "Invalid Webhook Token", "code": 50027}'), DeadTarget),
        (Reply(404, b'{"message": "Unknown Webhook", "code": 10015}'), DeadTarget),
        (Reply(502), Ambiguous),
    ],
)
async def test_each_answer_has_its_outcome(reply: Reply, expected: type) -> None:
    assert isinstance(await outcome_of(reply), expected)


@pytest.mark.parametrize(
    ("reply", "seconds", "scope"),
    [
        (Reply(429, b'{"retry_after": 2.68, "global": false}', {"retry-after": "3"}), 2.68, "target"),
        (Reply(429, b'{"retry_after": 64.57, "global": true}'), 64.57, "account"),
        (Reply(429, b'{"retry_after": 9}', {"x-ratelimit-scope": "global"}), 9.0, "account"),
        (Reply(429, b"<html>error 1015</html>", {"retry-after": "120"}), 120.0, "account"),
    ],
)
async def test_discord_says_how_long_to_wait_and_who_is_meant(
    reply: Reply, seconds: float, scope: str
) -> None:
    outcome = await outcome_of(reply)
    assert isinstance(outcome, RetryLater)
    assert (outcome.after_s, outcome.scope) == (seconds, scope)


async def test_the_rate_headers_are_heeded_before_discord_has_to_refuse() -> None:
    time = clock()
    async with DiscordDouble(clock=time) as double:
        discord = channel(double.hook_url, time=time)
        outcomes = [await discord.send(make_page()) for _ in range(6)]
        time.advance(2)
        outcomes.append(await discord.send(make_page()))
        await discord.aclose()
    assert [type(outcome) for outcome in outcomes] == [*[Delivered] * 5, RetryLater, Delivered]
    assert len(double.received) == 6


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        (b"{}", "an empty message"),
        (b'{"content": "%s"}' % (b"x" * 2_001), "content or embeds"),
        (b'{"embeds": [{"title": "%s"}]}' % (b"x" * 257), "title or description"),
        (b'{"embeds": [{"fields": [{"name": "", "value": "x"}]}]}', "a field is empty"),
        (b'{"embeds": [{"description": "%s"}, {"description": "%s"}]}' % (b"x" * 4_000, b"x" * 4_000), "together"),
    ],
)  # fmt: skip
def test_the_double_refuses_what_discord_refuses(body: bytes, fault: str) -> None:
    assert fault in message_fault(body)


def test_the_double_takes_a_small_message() -> None:
    assert message_fault(b'{"content": "x"}') == ""
