import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from datetime import timedelta
from typing import Any, cast

import pytest
from pydantic import ValidationError

from connectors.bluesky import BlueskyConnector, BlueskySettings, read_frames, resume_from, subscription
from connectors.bluesky_parse import Wanted
from connectors.bluesky_post import POST, REPOST
from connectors.conformance import CHECKS, Check, Conformance, add_unknown_fields, collect
from connectors.cursors import MemoryCursors
from connectors.protocol import Batch, Connector, RejectedItem
from connectors.runner import run_connector
from monitor import metrics
from monitor.batches import MAX_ITEMS
from monitor.clock import ManualClock
from monitor.errors import RateLimited, RefuseToStart, Unavailable
from monitor.records import Mention
from tests.connectors.bluesky_frames import NOW, T0, B, commit, frame, id_of, post, recorded
from tests.connectors.jetstream_double import JetstreamDouble

NOW_US = int(NOW.timestamp()) * 1_000_000


def follow(server: JetstreamDouble, **settings: Any) -> BlueskyConnector:
    given = {"url": server.url, "allow_private_addresses": True, "max_batch": 2, **settings}
    return BlueskyConnector(BlueskySettings.model_validate(given), ManualClock(NOW))


def ids(batches: list[Batch]) -> list[str]:
    return [one.id for batch in batches for one in batch.mentions]


async def next_of(batches: AsyncIterator[Batch]) -> Batch:
    async with asyncio.timeout(20):
        return await anext(batches)


class Taker:
    """A publisher that fails the calls whose number is in ``fails``."""

    def __init__(self, fails: frozenset[int] = frozenset()) -> None:
        self.taken: list[Mention] = []
        self.rejected: list[RejectedItem] = []
        self._fails = fails
        self._calls = 0

    async def publish(self, source: str, mentions: tuple[Mention, ...]) -> None:
        self._calls += 1
        if self._calls in self._fails:
            raise Unavailable("the broker is away")
        self.taken.extend(mentions)

    async def reject(self, source: str, rejected: tuple[RejectedItem, ...]) -> None:
        self.rejected.extend(rejected)


@asynccontextmanager
async def open_recorded(payload: bytes) -> AsyncIterator[Connector]:
    async with JetstreamDouble(payload.split(b"\n")) as server:
        yield follow(server)


def grow_lines(payload: bytes) -> bytes:
    return b"\n".join(map(add_unknown_fields, payload.split(b"\n")))


PAYLOAD = b"\n".join(recorded())
CASE = Conformance(
    open_recorded, PAYLOAD, mentions=3, malformed=PAYLOAD + b"\n{ junk", unknown_fields=grow_lines
)


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
async def test_conformance(check: Check) -> None:
    await check(CASE)


async def test_it_asks_for_its_collections_and_bounded_frames() -> None:
    async with JetstreamDouble(recorded()) as server:
        await collect(follow(server, collections=[POST, REPOST]))
    assert server.queries == [{"wantedCollections": [POST, REPOST], "maxMessageSizeBytes": ["1000000"]}]


def test_an_address_that_has_a_query_keeps_it() -> None:
    settings = BlueskySettings(url="wss://jetstream.example/subscribe?requireHello=false")
    assert subscription(settings, 5).startswith("wss://jetstream.example/subscribe?requireHello=false&wanted")


@pytest.mark.parametrize(
    "wrong",
    [
        {"url": "ws://jetstream.example/subscribe"},
        {"url": "https://jetstream.example/subscribe"},
        {"url": "wss://jetstream.example/xrpc/network.bsky.jetstream.subscribeEvents"},
        {"url": "wss://user:pass@jetstream.example/subscribe"},
        {"collections": ["app.bsky.feed.like"]},
        {"collections": []},
        {"languages": ["français"]},
        {"max_batch": 201},
        {"colections": ["app.bsky.feed.post"]},
    ],
)
def test_wrong_settings_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        BlueskySettings.model_validate(wrong)


async def test_trap_2_the_cursor_is_the_highest_time_not_the_last() -> None:
    frames = [post("a", 1), post("b", 9), post("c", 4), post("d", 5)]
    async with JetstreamDouble(frames) as server:
        batches = await collect(follow(server))
    assert ids(batches) == [id_of(one) for one in "abcd"]
    assert [batch.cursor for batch in batches] == [str(T0 + 9_000_000)] * 2


async def test_resuming_rewinds_and_sends_the_cursor() -> None:
    async with JetstreamDouble([post("a", 1)]) as server:
        await collect(follow(server, rewind_s=3), str(T0 + 9_000_000))
    assert server.cursors == [T0 + 6_000_000]


async def test_trap_2_after_a_cut_nothing_is_missing_and_repeats_are_dropped() -> None:
    frames = [post(f"p{number}", number) for number in range(9)]
    taker = Taker()
    async with JetstreamDouble(frames, cut_after=[4, 3], stays_open=True) as server:
        connector = follow(server)
        await run_until(connector, taker, lambda: len(taker.taken) >= 9)
    assert [one.id for one in taker.taken] == [id_of(f"p{number}") for number in range(9)]
    assert len(server.cursors) == 3
    assert server.cursors[0] is None
    assert None not in server.cursors[1:]


async def test_a_cut_gives_first_what_came_before_it() -> None:
    async with JetstreamDouble([post("a"), post("b"), post("c")], cut_after=[1]) as server:
        batches = follow(server).batches(None)
        assert ids([await next_of(batches)]) == [id_of("a")]
        with pytest.raises(Unavailable, match="1006"):
            await next_of(batches)


@pytest.mark.parametrize("failing", range(1, 6))
async def test_killed_before_any_acknowledgement_the_same_connector_leaves_no_gap(failing: int) -> None:
    frames = [post(f"p{number}", 10 * number) for number in range(10)]
    taker = Taker(frozenset({failing}))
    async with JetstreamDouble(frames, stays_open=True) as server:
        await run_until(follow(server), taker, lambda: len(taker.taken) >= 10)
    assert [one.id for one in taker.taken] == [id_of(f"p{number}") for number in range(10)]


async def run_until(connector: BlueskyConnector, taker: Taker, is_done: Any) -> None:
    """Run ``connector`` until ``is_done()``."""
    stop = asyncio.Event()
    publish = taker.publish

    async def then_look(source: str, mentions: tuple[Mention, ...]) -> None:
        await publish(source, mentions)
        if is_done():
            stop.set()

    taker.publish = then_look  # type: ignore[method-assign]
    async with asyncio.timeout(20):
        await run_connector(connector, taker, MemoryCursors(), ManualClock(NOW), stop=stop)


async def test_trap_4_identity_frames_move_the_cursor() -> None:
    frames = [frame("identity", 3), commit("like", 9, collection="app.bsky.feed.like"), frame("identity", 7)]
    async with JetstreamDouble(frames) as server:
        batches = await collect(follow(server, max_batch=200))
    assert ids(batches) == []
    assert batches[-1].cursor == str(T0 + 9_000_000)


def test_a_time_of_tomorrow_does_not_move_the_cursor_there() -> None:
    read = read_frames([frame("identity", 86_400), post("a", 1)], NOW, Wanted())
    assert read.latest_us == NOW_US


async def test_a_silent_socket_is_blind() -> None:
    async with JetstreamDouble([], stays_open=True) as server:
        with pytest.raises(Unavailable, match="not one frame"):
            await next_of(follow(server, silence_s=0.05).batches(None))


async def test_a_frame_that_is_not_json_is_rejected_alone_with_its_bytes() -> None:
    junk = b'{"kind": "commit", \xff'
    async with JetstreamDouble([post("a"), junk, post("b")]) as server:
        batches = await collect(follow(server, max_batch=200))
    assert ids(batches) == [id_of("a"), id_of("b")]
    (item,) = (item for batch in batches for item in batch.rejected)
    assert (item.reason, item.original) == ("not_json", junk)


async def test_unknown_kinds_are_counted() -> None:
    counter = metrics.SOURCE_IGNORED.labels("bluesky-counted", "unknown_kind")
    before = counter._value.get()
    async with JetstreamDouble([frame("sync"), frame("info"), post("a")]) as server:
        assert ids(await collect(follow(server, name="bluesky-counted"))) == [id_of("a")]
    assert counter._value.get() == before + 2


async def test_an_edit_and_a_deletion_pass_as_new_versions_of_the_same_id() -> None:
    edit = commit("a", 2, operation="update", record={"text": "Véloria, corrigé"})
    frames = [post("a", 1), edit, edit, commit("a", 3, operation="delete")]
    async with JetstreamDouble(frames) as server:
        batches = await collect(follow(server))
    events = [(one.id, one.event) for batch in batches for one in batch.mentions]
    assert events == [(id_of("a"), "new"), (id_of("a"), "edited"), (id_of("a"), "deleted")]


async def test_an_account_that_is_gone_deletes_its_recent_posts() -> None:
    gone = frame("account", 9, did=B, account={"active": False, "did": B, "status": "deleted"})
    frames = [post("a", 1), post("b", 2, did=B), post("c", 3, did=B), post("d", 4, did=B), gone]
    async with JetstreamDouble(frames) as server:
        batches = await collect(follow(server))
    deleted = [one.id for batch in batches for one in batch.mentions if one.event == "deleted"]
    assert deleted == [id_of("b", B), id_of("c", B), id_of("d", B)]


async def test_a_batch_never_holds_more_than_the_most_allowed() -> None:
    posts = [post(f"p{number}", did=B) for number in range(MAX_ITEMS + 50)]
    gone = frame("account", 9, did=B, account={"active": False, "did": B, "status": "takendown"})
    async with JetstreamDouble([*posts, gone]) as server:
        batches = await collect(follow(server, max_batch=MAX_ITEMS))
    assert max(len(batch.mentions) for batch in batches) == MAX_ITEMS
    assert len(ids(batches)) == 2 * (MAX_ITEMS + 50)
    assert batches[-1].cursor == str(T0 + 9_000_000)


async def test_a_cursor_beyond_the_window_says_what_was_missed() -> None:
    old = str(NOW_US - 40 * 3_600_000_000)
    async with JetstreamDouble([post("a"), post("b"), post("c")]) as server:
        first, second = await collect(follow(server), old)
    assert first.health.state == "limited"
    assert "2026-03-12 18:00 UTC to 2026-03-12 22:00 UTC were missed" in first.health.detail
    assert second.health.state == "ok"


def test_where_to_resume() -> None:
    assert resume_from(None, NOW, 5).cursor_us is None
    assert resume_from(str(NOW_US), NOW, 5).cursor_us == NOW_US - 5_000_000
    assert resume_from(str(NOW_US + 10**9), NOW, 0).cursor_us == NOW_US  # a clock that was wrong
    recent = NOW - timedelta(hours=35)
    assert resume_from(str(int(recent.timestamp()) * 1_000_000), NOW, 5).missed == ""


@pytest.mark.parametrize("cursor", ["", "junk", "-5", "12345", "١٢٣", "9" * 400])
def test_an_unreadable_cursor_starts_from_now_and_says_so(cursor: str) -> None:
    resume = resume_from(cursor, NOW, 5)
    assert resume.cursor_us is None
    assert "starts anew from now" in resume.missed


@pytest.mark.parametrize(
    ("status", "error"),
    [(429, RateLimited), (500, Unavailable), (403, Unavailable), (404, RefuseToStart), (302, Unavailable)],
)
async def test_a_refused_handshake(status: int, error: type[Exception]) -> None:
    async with JetstreamDouble([post("a")], refusals=[status]) as server:
        with pytest.raises(error):
            await next_of(follow(server).batches(None))


async def test_a_server_that_is_not_there() -> None:
    async with JetstreamDouble([]) as server:
        connector = follow(server)
    with pytest.raises(Unavailable):
        await next_of(connector.batches(None))


async def test_a_private_address_is_refused() -> None:
    settings = BlueskySettings(url="wss://127.0.0.1:9/subscribe")
    with pytest.raises(Unavailable, match="not a public address"):
        await next_of(BlueskyConnector(settings, ManualClock(NOW)).batches(None))


async def test_a_frame_too_large_breaks_the_socket_not_the_process() -> None:
    async with JetstreamDouble([post("a", text="x" * 2_100_000)]) as server:
        with pytest.raises(Unavailable, match="1009"):
            await next_of(follow(server).batches(None))


async def test_closing_the_batches_lets_go_of_the_socket() -> None:
    async with JetstreamDouble([post("a")], stays_open=True) as server, asyncio.timeout(20):
        async with aclosing(cast("Any", follow(server).batches(None))) as batches:
            assert ids([await next_of(batches)]) == [id_of("a")]
        await server.somebody_left.wait()
