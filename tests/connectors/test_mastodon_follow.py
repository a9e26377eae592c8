"""Streams between the looks: nothing is lost at a cut, repeats are dropped, edits and deletions keep the id."""

import asyncio

import orjson
import pytest

from connectors.conformance import collect
from connectors.testing import Call, Reply, reply, stream
from monitor import metrics
from monitor.errors import RefuseToStart, Unavailable
from tests.connectors.mastodon_double import (
    FIRST_ID,
    INSTANCE_PATH,
    STREAM_PATH,
    HeldClock,
    MastodonDouble,
    event,
    ids,
    status,
)
from tests.connectors.mastodon_following import (
    NOW,
    TOKEN,
    Taker,
    first_error,
    follow,
    ids_of,
)


async def test_trap_1_what_the_stream_missed_is_found_by_asking_and_the_stream_moves_no_cursor() -> None:
    clock = HeldClock(NOW)
    async with MastodonDouble(status(1)) as double:
        double.stream(stream(":)", "", *event("update", status(9))))
        batches = follow(double, clock, streaming=True).batches(None)
        async with asyncio.timeout(20):
            asked, heard = await anext(batches), await anext(batches)
            double.statuses += [status(5), status(9)]
            waiting = asyncio.ensure_future(anext(batches))
            await asyncio.sleep(0)
            clock.tick()
            reconciled = await waiting
    assert [ids_of([one]) for one in (asked, heard, reconciled)] == [ids(1), ids(9), ids(5)]
    assert asked.cursor == heard.cursor
    assert reconciled.cursor != heard.cursor


async def test_trap_1_after_a_cut_the_gap_is_asked_for_and_repeats_are_dropped() -> None:
    async with MastodonDouble(status(1)) as double:

        def first(call: Call) -> Reply:
            double.statuses += [status(2), status(3), status(4)]
            body = "\n".join([":)", *event("update", status(2)), "event: update", "data: {"])
            return Reply(200, body.encode(), {"content-type": "text/event-stream"}, missing=100)

        again = stream(*event("update", status(4)), *event("update", status(5)))
        double.stream(first, again)
        taker = Taker(lambda taken: len(taken) >= 5)
        taken = await taker.run(follow(double, HeldClock(NOW), streaming=True))
    assert sorted(taken) == ids(1, 2, 3, 4, 5)


async def test_edits_and_deletions_on_a_stream_keep_the_id() -> None:
    edit = status(1, content="<p>Véloria, corrigé</p>", edited_at="2026-03-14T10:05:00.000Z")
    lines = [*event("update", status(1)), *event("status.update", edit), *event("status.update", edit)]
    gone = [*event("delete", str(FIRST_ID + 1)), *event("delete", "999")]
    counter = metrics.SOURCE_IGNORED.labels("mastodon-gone", "unknown_deletion")
    before = counter._value.get()
    async with MastodonDouble() as double:
        double.stream(stream(*lines, *gone, then_close=True))
        connector = follow(double, HeldClock(NOW), streaming=True, name="mastodon-gone")
        batches = await collect(connector)
    events = [(one.id, one.event) for batch in batches for one in batch.mentions]
    assert events == [(ids(1)[0], "new"), (ids(1)[0], "edited"), (ids(1)[0], "deleted")]
    assert counter._value.get() == before + 1


async def test_unknown_events_are_counted_and_a_bad_one_is_rejected_alone() -> None:
    counter = metrics.SOURCE_IGNORED.labels("mastodon-counted", "unknown_event")
    before = counter._value.get()
    lines = [*event("brand_new", "undefined"), *event("update", "{junk"), *event("update", status(1))]
    async with MastodonDouble() as double:
        double.stream(stream(*lines, then_close=True))
        batches = await collect(follow(double, HeldClock(NOW), streaming=True, name="mastodon-counted"))
    assert ids_of(batches) == ids(1)
    assert [item.original for batch in batches for item in batch.rejected] == [b"{junk"]
    assert counter._value.get() == before + 1


async def test_the_stream_is_asked_for_where_the_server_says() -> None:
    async with MastodonDouble() as double:
        there = double.url.replace("http://", "ws://") + "/there"
        double.server.on(
            INSTANCE_PATH, reply(orjson.dumps({"configuration": {"urls": {"streaming": there}}}))
        )
        double.server.on(f"/there{STREAM_PATH}", stream(*event("update", status(1)), then_close=True))
        batches = await collect(follow(double, HeldClock(NOW), streaming=True))
    assert ids_of(batches) == ids(1)
    assert double.asked(f"/there{STREAM_PATH}") == [{"tag": "veloria"}]


async def test_a_refused_token_on_the_stream_refuses_to_start() -> None:
    async with MastodonDouble() as double:
        double.stream(reply('{"error":"invalid token"}', status=401))
        raised = await first_error(follow(double, HeldClock(NOW), streaming=True))
    assert isinstance(raised, RefuseToStart)
    assert TOKEN not in repr(raised)


async def test_a_stream_that_ends_is_unavailable() -> None:
    async with MastodonDouble() as double:
        double.stream(stream(":)", then_close=True))
        raised = await first_error(follow(double, HeldClock(NOW), streaming=True))
    assert isinstance(raised, Unavailable)
    assert "the stream of #veloria ended" in str(raised)


@pytest.mark.parametrize(
    "body",
    [b"data: " + b"x" * 2_000_000, (b"data: " + b"x" * 300_000 + b"\n") * 4],
    ids=["one line", "many lines"],
)
async def test_an_oversized_event_breaks_only_the_stream_and_what_it_said_is_asked_for(body: bytes) -> None:
    async with MastodonDouble() as double:

        def flood(call: Call) -> Reply:
            double.statuses.append(status(1))
            return Reply(
                200, b"event: update\n" + body, {"content-type": "text/event-stream"}, hold_open=True
            )

        double.stream(flood, stream(":)"))
        taker = Taker(bool)
        taken = await taker.run(follow(double, HeldClock(NOW), streaming=True))
    assert taken == ids(1)
    assert len(double.asked(INSTANCE_PATH)) == 2
