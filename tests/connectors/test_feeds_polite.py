"""How feeds are asked: validators, moves, failures, intervals, and what is refused."""

import pytest
from pydantic import ValidationError

from connectors.feeds import FeedsConnector, FeedsSettings
from connectors.testing import Reply, SourceServer, broken, huge, login_page, redirect, too_many
from monitor.clock import ManualClock
from tests.connectors.feed_looks import events, feed, item, looks, rss


async def test_trap_only_one_validator_is_sent(server: SourceServer, clock: ManualClock) -> None:
    modified = "Sat, 14 Mar 2026 09:45:00 GMT"
    server.on("/etag", feed(rss(item("1", "x")), etag='W/"5f3-abc"', last_modified=modified), Reply(304))
    server.on("/modified", feed(rss(item("1", "x")), last_modified=modified), Reply(304))
    await looks(server, clock, 2, None, "/etag")
    await looks(server, clock, 2, None, "/modified")
    first_etag, second_etag, first_modified, second_modified = server.calls
    assert "if-none-match" not in first_etag.headers
    assert "if-modified-since" not in first_modified.headers
    assert second_etag.headers["if-none-match"] == 'W/"5f3-abc"'
    assert "if-modified-since" not in second_etag.headers
    assert second_modified.headers["if-modified-since"] == modified


async def test_trap_not_modified_is_quiet(server: SourceServer, clock: ManualClock) -> None:
    server.on("/feed", feed(rss(item("1", "x")), etag='"1"'), Reply(304))
    batches = await looks(server, clock, 3)
    assert [batch.health.state for batch in batches] == ["ok", "quiet", "quiet"]


async def test_validators_and_seen_entries_survive_a_restart(
    server: SourceServer, clock: ManualClock
) -> None:
    server.on("/feed", feed(rss(item("1", "x")), etag='"1"'))
    cursor = (await looks(server, clock, 1))[-1].cursor
    assert events(await looks(server, clock, 1, cursor)) == []
    assert server.calls[1].headers["if-none-match"] == '"1"'


async def test_trap_a_permanent_move_is_remembered(server: SourceServer, clock: ManualClock) -> None:
    server.on("/feed", redirect("/new", 301))
    server.on("/new", feed(rss(item("1", "x"))))
    batches = await looks(server, clock, 2)
    assert [call.path for call in server.calls] == ["/feed", "/new", "/new"]
    await looks(server, clock, 1, batches[-1].cursor)
    assert server.calls[-1].path == "/new"
    assert len(events(batches)) == 1


async def test_trap_a_temporary_redirect_is_not(server: SourceServer, clock: ManualClock) -> None:
    server.on("/feed", redirect("/new", 302))
    server.on("/new", feed(rss(item("1", "x"))))
    await looks(server, clock, 2)
    assert [call.path for call in server.calls] == ["/feed", "/new", "/feed", "/new"]


async def test_a_wrong_move_falls_back_to_the_configured_address(
    server: SourceServer, clock: ManualClock
) -> None:
    server.on("/feed", redirect("/new", 301), feed(rss(item("2", "y"))))
    server.on("/new", feed(rss(item("1", "x"))), broken(404))
    assert events(await looks(server, clock, 3)) == [("new", "x"), ("new", "y")]


async def test_trap_gone_disables_the_feed_loudly(
    server: SourceServer, clock: ManualClock, caplog: pytest.LogCaptureFixture
) -> None:
    server.on("/feed", broken(410))
    server.on("/other", feed(rss(item("1", "x"))))
    batches = await looks(server, clock, 6, None, "/feed", "/other")
    assert [call.path for call in server.calls].count("/feed") == 1
    assert batches[-1].health.state == "limited"
    assert "410" in batches[-1].health.detail
    assert "remove it from the configuration" in caplog.text
    await looks(server, clock, 2, batches[-1].cursor, "/feed", "/other")
    assert [call.path for call in server.calls].count("/feed") == 1


async def test_trap_a_bot_check_is_blind_not_quiet(server: SourceServer, clock: ManualClock) -> None:
    server.on("/feed", login_page())
    batch = (await looks(server, clock, 1))[0]
    assert batch.health.state == "blind"
    assert "no feed (text/html)" in batch.health.detail


@pytest.mark.parametrize("bad", [broken(500), broken(403), huge(), Reply(200, b"\x00\x01", {})])
async def test_one_failing_feed_does_not_hold_up_the_others(
    server: SourceServer, clock: ManualClock, bad: Reply
) -> None:
    server.on("/bad", bad)
    server.on("/good", feed(rss(item("1", "x"))))
    batches = await looks(server, clock, 2, None, "/bad", "/good")
    assert events(batches) == [("new", "x")]
    assert batches[-1].health.state == "limited"
    assert "/bad" in batches[-1].health.detail


async def test_the_wait_that_a_feed_asks_for_is_kept(server: SourceServer, clock: ManualClock) -> None:
    server.on("/feed", too_many("Sat, 14 Mar 2026 10:14:00 GMT"), feed(rss(item("1", "x"))))
    batches = await looks(server, clock, 2, every="1m")
    assert [batch.health.state for batch in batches] == ["blind", "ok"]
    assert clock.monotonic() >= 840


async def test_failures_are_asked_ever_more_seldom(server: SourceServer, clock: ManualClock) -> None:
    server.on("/feed", broken(404))
    await looks(server, clock, 5, every="60s")
    assert clock.monotonic() == 60 + 120 + 240 + 480


@pytest.mark.parametrize(
    ("answer", "seconds"),
    [
        (feed(rss(item("1", "x"))), 300),
        (feed(rss(item("1", "x"), head="<ttl>15</ttl>")), 900),
        (feed(rss(item("1", "x")), cache_control="public, max-age=600"), 600),
        (feed(rss(item("1", "x")), cache_control="max-age=86400"), 3_600),
        (feed(rss(item("1", "x")), cache_control="no-cache"), 300),
    ],
)
async def test_the_interval_is_polite(
    server: SourceServer, clock: ManualClock, answer: Reply, seconds: float
) -> None:
    server.on("/feed", answer)
    await looks(server, clock, 2)
    assert clock.monotonic() == seconds


@pytest.mark.parametrize(
    "urls",
    [
        [],
        ["ftp://a.example/"],
        ["a.example/rss"],
        ["https://user:pw@a.example/rss"],
        ["https://a.example/", "https://a.example/"],
    ],
)
def test_settings_that_are_refused(urls: list[str]) -> None:
    with pytest.raises(ValidationError):
        FeedsSettings.model_validate({"urls": urls})


def test_a_secret_in_an_address_is_not_shown(clock: ManualClock) -> None:
    settings = FeedsSettings(urls=("https://a.example/rss?token=canary",))
    assert "canary" not in repr(settings) + repr(FeedsConnector(settings, clock))
