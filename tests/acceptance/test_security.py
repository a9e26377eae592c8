"""Rows S1, S2, S11 and S14 of the security rules, seen from outside."""

from pathlib import Path

import pytest
from prometheus_client import generate_latest
from pydantic import SecretStr
from sqlalchemy import create_engine, inspect, text

from routing.channel import Channel
from routing.channels.conformance.sample_pages import make_mention, make_page, make_reading
from routing.channels.doubles import HttpDouble, Reply, SlackDouble, TeamsDouble, WebhookDouble
from routing.http import PostingClient
from routing.outcome import DeadTarget
from routing.page import Page
from routing.router import Router
from tests.routing.channels.certificates import certificate
from tests.routing.channels.targets import KEY, clock, slack, slack_webhook, webhook
from tests.routing.channels.test_teams import channel as teams
from tests.routing.scenes import MakeScene, finding

CANARY = "canary-0f3c9a7be2d1"


@pytest.mark.parametrize(
    "host",
    [
        "[::ffff:127.0.0.1]",
        "[::1]",
        "[64:ff9b::7f00:1]",
        "[2002:7f00:1::]",
        "[fe80::1]",
        "2130706433",
        "0x7f.1",
        "127.1",
        "10.0.0.1",
        "100.64.0.1",
        "169.254.169.254",
        "224.0.0.1",
        "0.0.0.0",  # noqa: S104 - nothing is bound to it
    ],
)
async def test_no_spelling_of_an_inner_address_is_talked_to(host: str) -> None:
    """S1: grafana/oncall looked at IPv4 alone, and at ``is_private`` alone."""
    client = PostingClient(SecretStr(f"https://{host}/hook"))
    outcome = await client.post(b"{}", {})
    await client.aclose()
    assert isinstance(outcome, DeadTarget), outcome


async def test_a_name_that_changes_its_address_is_checked_at_every_delivery() -> None:
    """S1: a name that answers a permitted address first and the metadata service afterwards (DNS rebinding)."""
    addresses = ["127.0.0.1", "169.254.169.254"]

    async def resolver(host: str, port: int) -> tuple[str, ...]:
        return (addresses.pop(0),)

    async with HttpDouble() as double:
        url = SecretStr(f"http://gateway.example:{double.port}/")
        client = PostingClient(url, allow_private_addresses=True, resolver=resolver)
        outcomes = [await client.post(b"{}", {}) for _ in range(2)]
        await client.aclose()
    assert len(double.received) == 1
    assert isinstance(outcomes[1], DeadTarget)


async def test_a_server_with_another_name_in_its_certificate_gets_no_request(tmp_path: Path) -> None:
    """S1 and section 6: the checked address is connected to, and still has to prove that it is the name."""
    server, trusting = certificate(tmp_path)

    async def resolver(host: str, port: int) -> tuple[str, ...]:
        return ("127.0.0.1",)

    async with HttpDouble(tls=server) as double:
        url = SecretStr(f"https://other.example:{double.port}/")
        client = PostingClient(url, allow_private_addresses=True, resolver=resolver, tls=trusting)
        await client.post(b"{}", {})
        await client.aclose()
    assert double.received == []


def page_of(post: str) -> Page:
    return make_page(reading=make_reading(make_mention(text=post, url=post.rsplit(maxsplit=1)[-1])))


async def sent_everywhere(page: Page) -> list[str]:
    """What four channels of different kinds show of a page."""
    shown: list[str] = []
    async with SlackDouble() as one, TeamsDouble() as two, WebhookDouble(KEY, clock()) as three:
        channels: list[Channel] = [
            slack(one.api_url),
            slack_webhook(one.hook_url),
            teams(two.hook_url),
            webhook(three.url),
        ]
        for channel in channels:
            await channel.send(page)
            await channel.aclose()
        shown += [*one.shown, *two.shown, *three.shown]
    return shown


async def test_nothing_that_a_post_links_to_is_ever_fetched() -> None:
    """S2: no preview, no expansion, no image proxy."""
    async with HttpDouble() as canary:
        shown = await sent_everywhere(
            page_of(f"![x]({canary.url}/a.png) <img src={canary.url}/b> {canary.url}/c")
        )
    assert len(shown) == 4
    assert canary.received == []


async def test_a_template_in_a_post_stays_what_it_is() -> None:
    """S14: nothing that somebody writes is ever a template."""
    for text_shown in await sent_everywhere(page_of("{{ ''.__class__.__mro__ }} {{7*7}} https://x.example")):
        assert "{{7*7}}" in text_shown
        assert "__mro__" in text_shown


async def test_a_webhook_url_that_is_echoed_reaches_no_table_metric_page_or_log(
    scene: MakeScene, store_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    """S11 and reserve: prometheus/alertmanager#1822, DependencyTrack/dependency-track#1160, Kometa-Team/Kometa#3472."""
    caplog.set_level("DEBUG")
    one = scene()
    async with HttpDouble() as double:
        path = f"/services/T000/B000/{CANARY}"
        double.script(*[Reply(403, f"refused: {double.url}{path}".encode())] * 4)
        channel = slack_webhook(f"{double.url}{path}")
        router = Router(
            one.store, one.settings, {**one.channels, "comms-oncall-1": channel}, one.clock, one.signer
        )
        await router.accept([finding(severity="critical")])
        await one.settle(router)
        assert len(double.received) >= 1
        await channel.aclose()
    assert one.paged()["comms-oncall-2"] == 1
    pages = [repr(page) for channel in one.channels.values() for page in channel.pages]
    views = [repr(view) for view in await router.incidents()]
    told = [*rows_of(store_url), *pages, *views, caplog.text, generate_latest().decode()]
    assert any("refused" in line for line in told)
    assert not [line[:200] for line in told if CANARY in line]


def rows_of(url: str) -> list[str]:
    """Every row of every table, as text."""
    engine = create_engine(url)
    with engine.connect() as connection:
        tables = inspect(engine).get_table_names()
        rows = [str(row) for table in tables for row in connection.execute(text(f'SELECT * FROM "{table}"'))]  # noqa: S608
    engine.dispose()
    return rows
