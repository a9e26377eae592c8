import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from pydantic import ValidationError

from connectors.conformance import CHECKS, Check, Conformance, add_unknown_fields, collect
from connectors.cursors import MemoryCursors
from connectors.mastodon import MastodonConnector, MastodonSettings
from connectors.mastodon_follow import OVERLAP_S
from connectors.mastodon_pages import rewound
from connectors.protocol import Batch, Connector, RejectedItem
from connectors.runner import run_connector
from connectors.testing import Call, Reply, broken, cut, login_page, reply, stream, too_many
from monitor import metrics
from monitor.clock import ManualClock
from monitor.errors import RateLimited, RefuseToStart, TransientError, Unavailable
from monitor.records import Mention
from tests.connectors.mastodon_double import (
    FIRST_ID,
    INSTANCE_PATH,
    SEARCH_PATH,
    STREAM_PATH,
    TAG_PATH,
    HeldClock,
    MastodonDouble,
    event,
    ids,
    status,
)
from tests.connectors.tapes import tape

NOW = datetime(2026, 3, 14, 10, 10, tzinfo=UTC)
TOKEN = "canary-token"
ENVIRON = {"MASTODON_TOKEN": TOKEN}


def follow(double: MastodonDouble, clock: ManualClock | None = None, **settings: Any) -> MastodonConnector:
    given = {
        "server": double.url,
        "hashtags": ["veloria"],
        "token": "env:MASTODON_TOKEN",
        "allow_private_addresses": True,
        **settings,
    }
    return MastodonConnector(MastodonSettings.model_validate(given), clock or ManualClock(NOW), ENVIRON)


def ids_of(batches: list[Batch]) -> list[str]:
    return [one.id for batch in batches for one in batch.mentions]


async def first_error(connector: MastodonConnector) -> Exception:
    """The error that ends the batches."""
    async with asyncio.timeout(20):
        try:
            async for _ in connector.batches(None):
                pass
        except Exception as error:  # noqa: BLE001 - which one it is, is what is asked
            return error
    raise AssertionError("the batches ended without an error")


class Taker:
    """A publisher that fails the calls whose number is in ``fails``, and looks after each whether to stop."""

    def __init__(self, is_done: Callable[[list[Mention]], bool], fails: frozenset[int] = frozenset()) -> None:
        self.taken: list[Mention] = []
        self.stop = asyncio.Event()
        self._is_done = is_done
        self._fails = fails
        self._calls = 0

    async def publish(self, source: str, mentions: tuple[Mention, ...]) -> None:
        self._calls += 1
        if self._calls in self._fails:
            raise Unavailable("the broker is away")
        self.taken.extend(mentions)
        if self._is_done(self.taken):
            self.stop.set()

    async def reject(self, source: str, rejected: tuple[RejectedItem, ...]) -> None:
        return None

    async def run(self, connector: Connector) -> list[str]:
        async with asyncio.timeout(20):
            await run_connector(connector, self, MemoryCursors(), ManualClock(NOW), stop=self.stop)
        return [one.id for one in self.taken]


@asynccontextmanager
async def open_timeline(payload: bytes) -> AsyncIterator[Connector]:
    async with MastodonDouble() as double:
        double.server.on(TAG_PATH, reply(payload))
        yield follow(double)


@asynccontextmanager
async def open_stream(payload: bytes) -> AsyncIterator[Connector]:
    async with MastodonDouble() as double:
        double.stream(Reply(200, payload, {"content-type": "text/event-stream"}))
        yield follow(double, HeldClock(NOW), streaming=True)


def grow_data(payload: bytes) -> bytes:
    lines = payload.split(b"\n")
    return b"\n".join(
        b"data: " + add_unknown_fields(line[6:]) if line.startswith(b"data: {") else line for line in lines
    )


TIMELINE = tape("mastodon/timeline_tag_fr.json")
BAD_TIMELINE = orjson.dumps([{"id": "7", "visibility": "public"}, *orjson.loads(TIMELINE)])
STREAM = tape("mastodon/stream_hashtag_sse_fr.txt")
CASES = {
    "timeline": Conformance(open_timeline, TIMELINE, 3, BAD_TIMELINE, secrets=(TOKEN,)),
    "stream": Conformance(
        open_stream, STREAM, 2, STREAM + b"event: update\ndata: {junk\n\n", grow_data, (TOKEN,)
    ),
}


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
async def test_conformance(check: Check, case: str) -> None:
    await check(CASES[case])


@pytest.mark.parametrize(
    "wrong",
    [
        {"server": "http://social.example"},
        {"server": "https://social.example/api"},
        {"server": "https://user:pass@social.example"},
        {"hashtags": ["#veloria"]},
        {"hashtags": ["../../admin"]},
        {"hashtags": []},
        {"streaming": True},
        {"queries": ["veloria"]},
        {"interval": "1s"},
        {"hashtag": ["veloria"]},
        {"token": "canary-token"},
    ],
)
def test_wrong_settings_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        MastodonSettings.model_validate({"server": "social.example", "hashtags": ["veloria"], **wrong})


def test_a_token_that_is_not_there_refuses_to_start() -> None:
    settings = MastodonSettings(server="social.example", hashtags=("veloria",), token="env:NO_TOKEN")
    with pytest.raises(RefuseToStart, match="NO_TOKEN is not set"):
        MastodonConnector(settings, ManualClock(NOW), {})


async def test_the_first_look_is_the_newest_page_and_old_posts_are_late() -> None:
    old = status(1, created_at="2026-03-10T09:00:00.000Z")
    async with MastodonDouble(old, status(2)) as double:
        first, *_ = await collect(follow(double))
    assert [(one.id, one.late) for one in first.mentions] == list(zip(ids(1, 2), (True, False), strict=True))
    assert first.cursor == orjson.dumps({"tags": {"veloria": str(FIRST_ID + 2)}, "queries": {}}).decode()
    assert double.asked(TAG_PATH)[0] == {"limit": "40"}
    assert double.server.calls[0].headers["authorization"] == f"Bearer {TOKEN}"


async def test_catching_up_takes_every_page_oldest_first() -> None:
    async with MastodonDouble(*(status(number) for number in range(1, 101))) as double:
        batches = await collect(follow(double), cursor_after(0))
    assert ids_of(batches) == ids(*range(1, 101))
    assert [len(batch.mentions) for batch in batches[:3]] == [40, 40, 20]
    assert not any(one.late for batch in batches for one in batch.mentions)
    start = rewound(str(FIRST_ID), OVERLAP_S)
    expected = [start, str(FIRST_ID + 40), str(FIRST_ID + 80), str(FIRST_ID + 100)]
    assert [one["min_id"] for one in double.asked(TAG_PATH)[:4]] == expected


def cursor_after(number: int) -> str:
    return orjson.dumps({"tags": {"veloria": str(FIRST_ID + number)}}).decode()


async def test_a_post_that_arrives_late_under_an_older_id_is_found() -> None:
    async with MastodonDouble(status(5)) as double:
        connector = follow(double)
        found: list[Batch] = []
        async with asyncio.timeout(20):
            async for batch in connector.batches(None):
                found.append(batch)
                if len(double.statuses) == 1:
                    double.statuses.append(status(3))
                if len(ids_of(found)) == 2:
                    break
    assert ids_of(found) == ids(5, 3)


async def test_a_source_with_nothing_new_is_quiet_not_blind() -> None:
    async with MastodonDouble(status(1)) as double:
        batches = await collect(follow(double))
    assert [batch.health.state for batch in batches] == ["ok", "quiet", "quiet", "quiet"]


async def test_a_first_look_that_was_not_acknowledged_comes_again() -> None:
    taker = Taker(lambda taken: len(taken) >= 3, frozenset({1}))
    async with MastodonDouble(status(1), status(2), status(3)) as double:
        assert await taker.run(follow(double)) == ids(1, 2, 3)


@pytest.mark.parametrize("failing", range(2, 5))
async def test_killed_before_any_acknowledgement_the_same_connector_leaves_no_gap(failing: int) -> None:
    taker = Taker(lambda taken: len(taken) >= 130, frozenset({failing}))
    async with MastodonDouble(*(status(number) for number in range(1, 41))) as double:

        def grow(call: Call) -> Reply:
            if len(double.asked(TAG_PATH)) == 2:
                double.statuses.extend(status(number) for number in range(41, 131))
            return double.timeline(call)

        double.server.on(TAG_PATH, grow)
        taken = await taker.run(follow(double))
    assert taken == ids(*range(1, 131))


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


async def test_trap_3_every_spelling_of_a_hashtag_is_asked_for() -> None:
    async with MastodonDouble(status(1)) as double:
        double.server.on("/api/v1/timelines/tag/véloria", reply(orjson.dumps([status(2)])))
        batches = await collect(follow(double, hashtags=["veloria", "véloria"]))
    assert ids_of(batches) == ids(1, 2)
    assert batches[1].cursor is not None
    assert set(orjson.loads(batches[1].cursor)["tags"]) == {"veloria", "véloria"}


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


async def test_a_bad_status_that_is_read_again_is_rejected_once() -> None:
    async with MastodonDouble(status(1), status(2, content=5)) as double:
        batches = await collect(follow(double))
    assert ids_of(batches) == ids(1)
    assert [len(batch.rejected) for batch in batches] == [1, 0, 0, 0]


async def test_a_search_is_read_by_offset_until_what_is_known() -> None:
    async with MastodonDouble(*(status(number) for number in range(1, 71))) as double:
        connector = follow(double, hashtags=[], queries=["véloria"])
        since = orjson.dumps({"queries": {"véloria": rewound(str(FIRST_ID + 20), -OVERLAP_S)}}).decode()
        batches = await collect(connector, since)
    assert ids_of(batches) == ids(*range(1, 71))
    asked = double.asked(SEARCH_PATH)[:3]
    assert [one["offset"] for one in asked] == ["0", "40", "80"]
    assert {(one["q"], one["type"], one["resolve"]) for one in asked} == {("véloria", "statuses", "false")}


async def test_a_search_that_finds_too_much_says_so() -> None:
    async with MastodonDouble(*(status(number) for number in range(1, 301))) as double:
        connector = follow(double, hashtags=[], queries=["véloria"])
        batches = await collect(connector, orjson.dumps({"queries": {"véloria": str(FIRST_ID)}}).decode())
    assert batches[0].health.state == "limited"
    assert ids_of(batches) == ids(*range(101, 301))


async def test_a_cursor_that_cannot_be_read_says_so() -> None:
    async with MastodonDouble(status(1)) as double:
        first, second, *_ = await collect(follow(double), "junk")
    assert (first.health.state, ids_of([first, second])) == ("limited", ids(1))


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (too_many(x_ratelimit_remaining="0", x_ratelimit_reset="2026-03-14T10:25:00.070144Z"), RateLimited),
        (broken(500), Unavailable),
        (cut(b'[{"id":'), Unavailable),
        (login_page(), Unavailable),
        (reply('{"error":"This method requires an authenticated user"}', status=401), RefuseToStart),
    ],
)
async def test_a_server_that_misbehaves(answer: Reply, error: type[Exception]) -> None:
    async with MastodonDouble() as double:
        double.server.on(TAG_PATH, answer)
        raised = await first_error(follow(double))
    assert isinstance(raised, error)
    assert TOKEN not in repr(raised)


async def test_the_wait_is_taken_from_the_iso_time_of_the_rate_headers() -> None:
    refusal = Reply(
        429,
        tape("mastodon/error_429.json"),
        {
            "content-type": "application/json",
            "x-ratelimit-remaining": "0",
            "x-ratelimit-reset": "2026-03-14T10:15:00Z",
        },
    )
    async with MastodonDouble() as double:
        double.server.on(TAG_PATH, refusal)
        raised = await first_error(follow(double))
    assert isinstance(raised, TransientError)
    assert raised.after_s == 300


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


async def test_a_private_address_is_refused() -> None:
    settings = MastodonSettings(server="https://127.0.0.1", hashtags=("veloria",))
    raised = await first_error(MastodonConnector(settings, ManualClock(NOW)))
    assert isinstance(raised, Unavailable)
    assert "not a public address" in str(raised)
