"""The traps of feeds, each as a test: which entries are new, edited, late or known."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest

from connectors.conformance import CHECKS, Check, Conformance
from connectors.protocol import Connector
from connectors.testing import Call, Reply, SourceServer
from monitor.clock import ManualClock
from tests.connectors.feed_looks import NOW, connector, events, feed, item, looks, rss
from tests.connectors.tapes import tape


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


async def test_trap_a_large_document_keeps_its_validators_until_its_last_batch(
    server: SourceServer, clock: ManualClock
) -> None:
    server.on("/feed", feed(rss(*(item(str(n), f"t{n}") for n in range(450))), etag='"1"'))
    batches = await looks(server, clock, 3)
    assert [len(batch.mentions) for batch in batches] == [200, 200, 50]
    assert [batch.cursor is None for batch in batches] == [True, True, False]


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
