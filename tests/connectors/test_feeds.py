"""The traps of feeds, each as a test, against a server on loopback."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from connectors.conformance import CHECKS, Check, Conformance
from connectors.feeds import FeedsConnector, FeedsSettings
from connectors.protocol import Batch, Connector
from connectors.testing import Call, Reply, SourceServer, broken, huge, login_page, redirect, too_many
from monitor.clock import ManualClock
from monitor.records import Mention
from tests.connectors.tapes import tape

NOW = datetime(2026, 3, 14, 10, 0, tzinfo=UTC)
RSS = "application/rss+xml"


def rss(*items: str, head: str = "") -> bytes:
    return f'<?xml version="1.0"?><rss version="2.0"><channel>{head}{"".join(items)}</channel></rss>'.encode()


def item(guid: str, title: str, link: str = "", date: str = "Sat, 14 Mar 2026 09:00:00 GMT") -> str:
    parts = [f"<title>{title}</title>"]
    parts += [f'<guid isPermaLink="false">{guid}</guid>'] if guid else []
    parts += [f"<link>{link}</link>"] if link else []
    parts += [f"<pubDate>{date}</pubDate>"] if date else []
    return f"<item>{''.join(parts)}</item>"


def feed(body: bytes, **headers: str) -> Reply:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply(200, body, {"content-type": RSS, **named})


def connector(clock: ManualClock, *urls: str, **settings: Any) -> FeedsConnector:
    given = {"urls": urls, "allow_private_addresses": True, **settings}
    return FeedsConnector(FeedsSettings.model_validate(given), clock)


async def looks(
    server: SourceServer,
    clock: ManualClock,
    count: int,
    since: str | None = None,
    *paths: str,
    **settings: Any,
) -> list[Batch]:
    urls = [server.url(path) for path in paths or ("/feed",)]
    batches: list[Batch] = []
    async for batch in connector(clock, *urls, **settings).batches(since):
        batches.append(batch)
        if len(batches) >= count:
            break
    return batches


def events(batches: list[Batch]) -> list[tuple[str, str]]:
    return [(one.event, one.title) for batch in batches for one in batch.mentions]


def first(batches: list[Batch]) -> Mention:
    return batches[0].mentions[0]


async def test_an_entry_becomes_an_article(server: SourceServer, clock: ManualClock) -> None:
    server.on("/feed", feed(tape("rss/google_alerts_atom_fr.xml")))
    batch = (await looks(server, clock, 1))[0]
    mention = batch.mentions[-1]
    assert mention.id == "feeds:tag:google.com,2013:googlealerts/feed:1111111111111111111"
    assert (mention.source, mention.kind, mention.event) == ("feeds", "article", "new")
    assert mention.url == "https://journal.example.com/eco/rappel-veloria?id=42&ref=ga"
    assert mention.author.handle == "journal.example.com"
    assert mention.author.followers is None
    assert (mention.created_at, mention.fetched_at) == (datetime(2026, 3, 14, 9, 41, 7, tzinfo=UTC), NOW)
    assert len(mention.raw_sha256) == 64
    assert batch.health.state == "ok"


async def test_trap_same_guid_with_a_new_title_is_an_edit(server: SourceServer, clock: ManualClock) -> None:
    link = "https://a.example/x?xtor=RSS-"
    server.on(
        "/feed",
        feed(rss(item("1", "avant", f"{link}1"))),
        feed(rss(item("1", "avant", f"{link}2"))),
        feed(rss(item("1", "après", f"{link}3"))),
    )
    batches = await looks(server, clock, 4)
    assert events(batches) == [("new", "avant"), ("edited", "après")]
    assert batches[0].mentions[0].id == batches[2].mentions[0].id
    assert batches[2].mentions[0].edited_at is not None


async def test_trap_two_versions_of_one_guid_in_one_document(
    server: SourceServer, clock: ManualClock
) -> None:
    server.on("/feed", feed(tape("rss/news_rss_fr.xml")))
    batches = await looks(server, clock, 3)
    found = [one for one in batches[0].mentions if "SAV" in one.title]
    assert [one.event for one in found] == ["new", "edited"]
    assert found[0].id == found[1].id
    assert [len(batch.mentions) for batch in batches[1:]] == [0, 0]


async def test_trap_a_guid_that_changes_each_fetch(server: SourceServer, clock: ManualClock) -> None:
    def answer(call: Call) -> Reply:
        token = len(server.calls)
        return feed(
            rss(item(f"https://a.example/x?token={token}", "une", f"https://a.example/x?sid={token}"))
        )

    server.on("/feed", answer)
    assert events(await looks(server, clock, 4)) == [("new", "une")]


async def test_trap_an_opaque_guid_that_changes_is_known_by_its_address(
    server: SourceServer, clock: ManualClock
) -> None:
    server.on(
        "/feed",
        feed(rss(item("a1", "une", "https://a.example/x"))),
        feed(rss(item("b2", "une", "https://a.example/x"))),
    )
    assert events(await looks(server, clock, 3)) == [("new", "une")]


async def test_trap_entries_that_share_one_address_stay_apart(
    server: SourceServer, clock: ManualClock
) -> None:
    home = "https://status.example/"
    server.on("/feed", feed(rss(item("1", "panne", home), item("2", "rétabli", home))))
    assert len(events(await looks(server, clock, 2))) == 2


async def test_trap_caches_that_bring_an_older_version_back(server: SourceServer, clock: ManualClock) -> None:
    old, new = feed(rss(item("1", "avant"))), feed(rss(item("1", "après")))
    server.on("/feed", old, new, old, new, old)
    assert events(await looks(server, clock, 5)) == [("new", "avant"), ("edited", "après")]


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


async def test_trap_a_large_document_keeps_its_validators_until_its_last_batch(
    server: SourceServer, clock: ManualClock
) -> None:
    server.on("/feed", feed(rss(*(item(str(n), f"t{n}") for n in range(450))), etag='"1"'))
    batches = await looks(server, clock, 3)
    assert [len(batch.mentions) for batch in batches] == [200, 200, 50]
    assert [batch.cursor is None for batch in batches] == [True, True, False]


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


async def test_trap_dates_in_the_future_or_missing_become_the_time_of_fetching(
    server: SourceServer, clock: ManualClock
) -> None:
    server.on("/feed", feed(tape("rss/news_rss_fr.xml")))
    batch = (await looks(server, clock, 1))[0]
    by_title = {one.title: one for one in batch.mentions}
    assert by_title["À paraître"].created_at == NOW
    assert by_title["Brève sans guid ni date"].created_at == NOW
    assert by_title["Agenda : salon du vélo"].created_at == datetime(2026, 3, 14, 8, 0, tzinfo=UTC)
    # 11:05 in Paris is five minutes ahead of the clock here, so three of them have no date to use.
    assert batch.health.detail == "3 entries without a usable date"


async def test_trap_a_bot_check_is_blind_not_quiet(server: SourceServer, clock: ManualClock) -> None:
    server.on("/feed", login_page())
    batch = (await looks(server, clock, 1))[0]
    assert batch.health.state == "blind"
    assert "no feed (text/html)" in batch.health.detail


async def test_trap_an_empty_alert_of_the_epoch_is_quiet(server: SourceServer, clock: ManualClock) -> None:
    server.on("/feed", feed(tape("rss/google_alerts_empty.xml")))
    batch = (await looks(server, clock, 1))[0]
    assert (batch.mentions, batch.health.state) == ((), "quiet")


async def test_trap_a_damaged_feed_gives_what_is_whole(server: SourceServer, clock: ManualClock) -> None:
    server.on("/feed", feed(tape("rss/malformed_unescaped_ampersand_fr.xml")))
    assert events(await looks(server, clock, 1)) == [("new", "Véloria & Cie : le test")]


async def test_trap_syndicated_copies_are_separate_articles(server: SourceServer, clock: ManualClock) -> None:
    server.on("/feed", feed(tape("rss/google_alerts_atom_fr.xml")))
    batch = (await looks(server, clock, 1))[0]
    assert len({one.id for one in batch.mentions}) == 2


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


async def test_what_is_old_at_first_sight_is_late(server: SourceServer, clock: ManualClock) -> None:
    server.on(
        "/feed",
        feed(
            rss(
                item("1", "fresh"),
                item("2", "old", date="Thu, 12 Mar 2026 09:00:00 GMT"),
                item("3", "undated", date=""),
            )
        ),
        feed(rss(item("4", "undated later", date=""))),
    )
    batches = await looks(server, clock, 2)
    assert {one.title: one.late for batch in batches for one in batch.mentions} == {
        "fresh": False,
        "old": True,
        "undated": True,
        "undated later": False,
    }


async def test_memory_is_bounded(server: SourceServer, clock: ManualClock) -> None:
    def answer(call: Call) -> Reply:
        start = len(server.calls) * 100
        return feed(rss(*(item(str(n), f"t{n}") for n in range(start, start + 100))))

    server.on("/feed", answer)
    batches = await looks(server, clock, 20)
    assert len(events(batches)) == 2_000
    assert len(batches[-1].cursor or "") < 120_000


async def test_a_cursor_that_is_not_ours_starts_anew(server: SourceServer, clock: ManualClock) -> None:
    server.on("/feed", feed(rss(item("1", "x"))))
    assert events(await looks(server, clock, 1, "junk")) == [("new", "x")]


async def test_ids_of_short_guids_differ_between_feeds(server: SourceServer, clock: ManualClock) -> None:
    server.on("/a", feed(rss(item("1", "x"))))
    server.on("/b", feed(rss(item("1", "x"))))
    batches = await looks(server, clock, 2, None, "/a", "/b")
    assert len({one.id for batch in batches for one in batch.mentions}) == 2


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


GOOD = tape("rss/news_rss_fr.xml")
ONE_MALFORMED = GOOD.replace(b"</channel>", b"<item><guid>empty</guid></item></channel>")


def with_unknown_fields(body: bytes) -> bytes:
    return body.replace(b"<item>", b'<item><x:new xmlns:x="urn:x" a="b">1</x:new>')


@pytest.mark.parametrize("check", CHECKS)
async def test_conformance(check: Check, server: SourceServer) -> None:
    @asynccontextmanager
    async def open_feed(payload: bytes) -> AsyncIterator[Connector]:
        server.on("/feed", feed(payload))
        yield connector(ManualClock(NOW + timedelta(hours=3)), server.url("/feed?token=canary"))

    await check(Conformance(open_feed, GOOD, 4, ONE_MALFORMED, with_unknown_fields, secrets=("canary",)))
