"""Each source is asked once; what it answers, or does not, is said; nothing is published."""

import asyncio
import socket
from datetime import UTC, datetime
from pathlib import Path

import pytest

from connectors.bluesky import BlueskySettings
from connectors.feeds import FeedsSettings
from connectors.mastodon import MastodonSettings
from connectors.protocol import Batch, Health, RejectedItem
from connectors.replay import ReplaySettings
from connectors.table import SourceSettings
from connectors.testing import SourceServer, broken, login_page, redirect, reply, too_many
from connectors.webhook import WebhookConnector, WebhookSettings
from deploy.doctor import Check, Probe, Said, examine
from deploy.doctor_sources import of_batch, source_probes, try_source
from deploy.doctor_words import Scrub
from monitor.clock import SystemClock
from tests.connectors.bluesky_frames import post
from tests.connectors.jetstream_double import JetstreamDouble
from tests.deploy.doctor_files import FEED, settings_of, silent_server

CLOCK = SystemClock()


async def tried(source: SourceSettings, timeout_s: float = 30) -> Check:
    async def run() -> Said:
        return await try_source(source, CLOCK, timeout_s)

    (check,) = await examine([Probe("source", source.name, run)], timeout_s, CLOCK, Scrub(()))
    return check


def feeds(url: str) -> FeedsSettings:
    return FeedsSettings(urls=(url,), allow_private_addresses=True)


async def test_a_feed_that_answers_is_asked_once() -> None:
    async with SourceServer() as server:
        server.on("/rss", reply(FEED, content_type="application/rss+xml"))
        check = await tried(feeds(server.url("/rss")))
        assert (check.state, check.what) == ("ok", "answers, 1 posts in the first batch")
        assert len(server.calls) == 1


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (broken(503), "the server answered 503"),
        (too_many("30"), "asked too often (429)"),
        (login_page(), "is no feed"),
        (redirect("ftp://elsewhere.example/"), "redirects to something"),
    ],
)
async def test_a_feed_that_does_not_says_so_after_one_request(answer: object, said: str) -> None:
    async with SourceServer() as server:
        server.on("/rss", answer)  # type: ignore[arg-type]
        check = await tried(feeds(server.url("/rss") + "?key=s3cr3t"))
        assert (check.state, check.fault) == ("down", "outside")
        assert said in check.what
        assert "s3cr3t" not in check.what
        assert len(server.calls) == 1


async def test_a_feed_that_hangs_is_ended() -> None:
    async with silent_server() as port:
        check = await tried(feeds(f"http://127.0.0.1:{port}/rss"), timeout_s=0.3)
    assert (check.state, check.what) == ("down", "no answer within 0.3 s")


async def test_a_refused_port_is_down(unused_port: int) -> None:
    check = await tried(feeds(f"http://127.0.0.1:{unused_port}/rss"))
    assert check.state == "down"
    assert "the connection failed" in check.what


@pytest.fixture
def unused_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def test_every_address_of_a_source_of_feeds_has_a_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sources = (
        "[{type: feeds, name: news, urls: ['https://a.example/rss?k=s3cr3t', 'https://b.example/atom']}]"
    )
    settings = settings_of(tmp_path, monkeypatch, sources=sources)
    names = [probe.name for probe in source_probes(settings, CLOCK, 5)]
    assert names == ["news a.example/rss", "news b.example/atom"]


async def test_a_refused_token_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MASTODON_TOKEN", "planted-token-1")
    async with SourceServer() as server:
        server.on("/api/v1/timelines/tag/veloria", reply('{"error": "planted-token-1"}', status=401))
        check = await tried(
            MastodonSettings(
                server=f"http://127.0.0.1:{server.port}",
                token="env:MASTODON_TOKEN",
                hashtags=("veloria",),
                allow_private_addresses=True,
            )
        )
        assert check.state == "down"
        assert "the key or token was refused (401)" in check.what
        assert len(server.calls) == 1
    assert "planted" not in str(check)


async def test_an_empty_timeline_is_reached() -> None:
    async with SourceServer() as server:
        server.on("/api/v1/timelines/tag/veloria", reply("[]"))
        check = await tried(
            MastodonSettings(
                server=f"http://127.0.0.1:{server.port}", hashtags=("veloria",), allow_private_addresses=True
            )
        )
    assert check.state == "ok"


async def test_a_stream_with_frames_is_reached_without_a_cursor() -> None:
    async with JetstreamDouble([post("1")], stays_open=True) as server:
        check = await tried(BlueskySettings(url=server.url, allow_private_addresses=True))
        assert server.cursors == [None]
    assert (check.state, check.what) == ("ok", "connected, and frames come")


async def test_a_stream_that_opens_and_is_silent_is_a_warning() -> None:
    async with JetstreamDouble([], stays_open=True) as server:
        check = await tried(BlueskySettings(url=server.url, allow_private_addresses=True), timeout_s=2)
    assert check.state == "warning"
    assert "not one frame" in check.what


async def test_a_tape_is_read(tmp_path: Path) -> None:
    (tmp_path / "tape.jsonl").write_text('{"text": "Véloria"}\n{"text": "encore"}\n', "utf-8")
    check = await tried(ReplaySettings(path=tmp_path / "tape.jsonl"))
    assert (check.state, check.what) == ("ok", "a tape of 2 lines")
    assert (await tried(ReplaySettings(path=tmp_path / "none.jsonl"))).fault == "configuration"


def hook(port: int) -> WebhookSettings:
    return WebhookSettings(port=port, secrets=("env:HOOK",))


async def test_a_free_port_of_a_webhook_is_good(unused_port: int) -> None:
    check = await tried(hook(unused_port))
    assert check.state == "ok"
    assert "is free" in check.what


async def test_a_webhook_that_listens_already_is_good_and_gets_no_delivery() -> None:
    connector = WebhookConnector(hook(0), CLOCK, {"HOOK": "whsec_" + "A" * 43 + "="})
    batches = connector.batches(None)
    await anext(batches)
    assert connector.port is not None
    waiting = asyncio.ensure_future(anext(batches))
    check = await tried(hook(connector.port))
    assert (check.state, check.what) == ("ok", f"127.0.0.1:{connector.port}: Tocsin listens")
    assert not waiting.done()
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)


async def test_an_address_of_no_interface_here_is_told() -> None:
    check = await tried(WebhookSettings(host="192.0.2.1", port=8090, secrets=("env:HOOK",)))
    assert check.state == "down"
    assert "cannot listen on 192.0.2.1:8090: EADDRNOTAVAIL" in check.what


async def test_a_port_that_another_program_has_is_down() -> None:
    async with SourceServer() as server:
        check = await tried(hook(server.port))
    assert (check.state, check.fault) == ("down", "outside")
    assert "taken by another program" in check.what


@pytest.mark.parametrize(
    ("batch", "state"),
    [
        (Batch(health=Health("quiet")), "ok"),
        (Batch(health=Health("blind", "x")), "down"),
        (Batch(health=Health("limited", "x")), "warning"),
        (Batch(rejected=(RejectedItem("r", "d", b""),)), "warning"),
    ],
)
def test_what_a_first_batch_means(batch: Batch, state: str) -> None:
    assert of_batch(batch).state == state


def test_the_words_of_a_server_are_inert() -> None:
    said = of_batch(Batch(health=Health("blind", "see https://evil.example/\x1b[2J now " + "z" * 5_000)))
    assert "https://" not in said.what
    assert "\x1b" not in said.what
    assert len(said.what) < 400


def test_the_probe_reads_the_real_time_of_day() -> None:
    from deploy.doctor_sources import OneTryClock
    from monitor.clock import ManualClock

    now = datetime(2026, 3, 14, tzinfo=UTC)
    clock = OneTryClock(ManualClock(now))
    assert clock.now() == now
    assert clock.monotonic() + 60 < clock.monotonic()
