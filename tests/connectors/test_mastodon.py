import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import orjson
import pytest
from pydantic import ValidationError

from connectors.conformance import CHECKS, Check, Conformance, add_unknown_fields, collect
from connectors.mastodon import MastodonConnector, MastodonSettings
from connectors.mastodon_follow import OVERLAP_S
from connectors.mastodon_pages import rewound
from connectors.protocol import Batch, Connector
from connectors.testing import Call, Reply, bomb, broken, cut, huge, login_page, reply, too_many
from monitor.clock import ManualClock
from monitor.errors import RateLimited, RefuseToStart, TransientError, Unavailable
from tests.connectors.mastodon_double import (
    FIRST_ID,
    SEARCH_PATH,
    TAG_PATH,
    HeldClock,
    MastodonDouble,
    ids,
    status,
)
from tests.connectors.mastodon_following import (
    NOW,
    TOKEN,
    Taker,
    cursor_after,
    first_error,
    follow,
    ids_of,
)
from tests.connectors.tapes import tape


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


async def test_trap_3_every_spelling_of_a_hashtag_is_asked_for() -> None:
    async with MastodonDouble(status(1)) as double:
        double.server.on("/api/v1/timelines/tag/véloria", reply(orjson.dumps([status(2)])))
        batches = await collect(follow(double, hashtags=["veloria", "véloria"]))
    assert ids_of(batches) == ids(1, 2)
    assert batches[1].cursor is not None
    assert set(orjson.loads(batches[1].cursor)["tags"]) == {"veloria", "véloria"}


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
        (reply("[]", content_type="text/html; charset=utf-8"), Unavailable),
        (reply('{"error":"Record not found"}', status=404), Unavailable),
        (huge(), Unavailable),
        (bomb(), Unavailable),
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


async def test_a_private_address_is_refused() -> None:
    settings = MastodonSettings(server="https://127.0.0.1", hashtags=("veloria",))
    raised = await first_error(MastodonConnector(settings, ManualClock(NOW)))
    assert isinstance(raised, Unavailable)
    assert "not a public address" in str(raised)


async def test_a_page_too_large_to_read_is_asked_for_in_small_pages() -> None:
    async with MastodonDouble(*(status(number) for number in range(1, 11))) as double:

        def too_large(call: Call) -> Reply:
            return huge() if call.query["limit"] == "40" else double.timeline(call)

        double.server.on(TAG_PATH, too_large)
        batches = await collect(follow(double), cursor_after(0))
    assert ids_of(batches) == ids(*range(1, 11))


async def test_a_search_too_large_to_read_leaves_no_hole_between_small_pages() -> None:
    async with MastodonDouble(*(status(number) for number in range(1, 11))) as double:
        search = double.search

        def too_large(call: Call) -> Reply:
            return huge() if call.query["limit"] == "40" else search(call)

        double.server.on(SEARCH_PATH, too_large)
        since = orjson.dumps({"queries": {"véloria": rewound(str(FIRST_ID), -OVERLAP_S)}}).decode()
        batches = await collect(follow(double, hashtags=[], queries=["véloria"]), since)
    assert ids_of(batches) == ids(*range(1, 11))
    assert [one["offset"] for one in double.asked(SEARCH_PATH) if one["limit"] == "4"][:3] == ["0", "4", "8"]
