"""What every connector must keep, as checks that its author runs over recorded payloads.

::

    @pytest.mark.parametrize("check", CHECKS)
    async def test_conformance(check: Check, server: SourceServer) -> None:
        @asynccontextmanager
        async def open_mine(payload: bytes) -> AsyncIterator[Connector]:
            server.on("/api", reply(payload))
            yield MyConnector(MySettings(url=server.url("/api"), allow_private_addresses=True), ManualClock(NOW))

        await check(Conformance(open_mine, GOOD, mentions=3, malformed=ONE_BAD_ITEM_MORE, secrets=("canary",)))

``open`` gives a fresh connector over a fresh source that serves ``payload`` from its beginning. A stream should
end after its payload (``stream(..., then_close=True)``); a polled source may answer the same again and again.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, aclosing
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, cast

from connectors.protocol import Batch, Connector, Cursor
from connectors.raw_payload import is_honest
from monitor.batches import MAX_ITEMS
from monitor.codec import decode, encode
from monitor.errors import DeadLetterError, TocsinError, TransientError
from monitor.records import Mention

MAX_CURSOR = 1_000_000  # characters
_IDLE_BATCHES = 3  # batches without mentions, one after the other, after which a polled source has given all
_DEADLINE_S = 20.0  # of real time, for a connector that never gives a batch


def add_unknown_fields(payload: bytes) -> bytes:
    """A JSON payload with a field that no contract knows in every object."""

    def grow(value: Any) -> Any:
        if isinstance(value, dict):
            return {**{key: grow(one) for key, one in value.items()}, "x_unknown_field": {"a": [1, None]}}
        return [grow(one) for one in value] if isinstance(value, list) else value

    return json.dumps(grow(json.loads(payload)), ensure_ascii=False).encode()


@dataclass(frozen=True, slots=True)
class Conformance:
    """A connector and its recorded payloads.

    ``mentions`` is how many different ones ``payload`` holds; ``malformed`` is ``payload`` with at least one item
    more that is not what the source's contract says; ``unknown_fields`` adds fields to ``payload``.
    """

    open: Callable[[bytes], AbstractAsyncContextManager[Connector]]
    payload: bytes
    mentions: int
    malformed: bytes
    unknown_fields: Callable[[bytes], bytes] = add_unknown_fields
    secrets: tuple[str, ...] = ()


Check = Callable[[Conformance], Awaitable[None]]


async def collect(connector: Connector, since: Cursor | None = None, *, most: int = 1_000) -> list[Batch]:
    """At most ``most`` batches: until the end, a TransientError, or three batches in a row without mentions."""
    found: list[Batch] = []
    idle = 0
    batches = cast("Any", connector.batches(since))
    async with asyncio.timeout(_DEADLINE_S), aclosing(batches):
        try:
            async for batch in batches:
                found.append(batch)
                idle = 0 if batch.mentions else idle + 1
                if idle >= _IDLE_BATCHES or len(found) >= most:
                    break
        except TransientError:
            pass
    return found


async def ids_are_the_same_on_replay(case: Conformance) -> None:
    """Ids come from the payload alone, and the number of mentions is the one that the author counted."""
    first = await _mentions(case, case.payload)
    second = await _mentions(case, case.payload)
    expect(
        [one.id for one in first] == [one.id for one in second], "the same payload gave other ids on replay"
    )
    count = len({one.id for one in first})
    expect(count == case.mentions, f"{count} different mentions came, {case.mentions} were announced")


async def mentions_are_whole(case: Conformance) -> None:
    """Every mention survives its own encoding, has UTC times and an id that starts with its source."""
    for one in await _mentions(case, case.payload):
        expect(decode(Mention, encode(one)) == one, f"{one.id} does not survive its encoding")
        expect(one.id.startswith(f"{one.source}:"), f'{one.id} does not start with "{one.source}:"')
        for time in (one.created_at, one.fetched_at, *([one.edited_at] if one.edited_at else [])):
            expect(time.utcoffset() == timedelta(0), f"{one.id} has a time that is not UTC")
        expect(
            one.created_at <= one.fetched_at,
            f"{one.id} was created after it was fetched: use the earlier time",
        )


async def resuming_leaves_no_gap(case: Conformance) -> None:
    """Killed after any batch and started again from the last cursor, nothing is missing."""
    whole = await _batches(case, case.payload)
    wanted = {one.id for batch in whole for one in batch.mentions}
    for kill_after in range(1, len(whole) + 1):
        async with case.open(case.payload) as connector:
            before = await collect(connector, most=kill_after)
        cursors = [batch.cursor for batch in before if batch.cursor is not None]
        rest = await _batches(case, case.payload, cursors[-1] if cursors else None)
        seen = {one.id for batch in (*before, *rest) for one in batch.mentions}
        expect(
            wanted <= seen, f"killed after batch {kill_after}, these never came: {sorted(wanted - seen)[:5]}"
        )


async def unknown_fields_are_ignored(case: Conformance) -> None:
    """A source may add fields at any time."""
    plain = [one.id for one in await _mentions(case, case.payload)]
    grown = [one.id for one in await _mentions(case, case.unknown_fields(case.payload))]
    expect(plain == grown, "fields that the contract does not know changed the mentions")


async def a_malformed_item_is_rejected_alone(case: Conformance) -> None:
    """A poison item is set aside with its bytes, and its neighbours pass."""
    wanted = {one.id for one in await _mentions(case, case.payload)}
    batches = await _batches(case, case.malformed)
    seen = {one.id for batch in batches for one in batch.mentions}
    rejected = [item for batch in batches for item in batch.rejected]
    expect(wanted <= seen, f"beside a malformed item, these did not pass: {sorted(wanted - seen)[:5]}")
    expect(bool(rejected), "the malformed item was not rejected")
    for item in rejected:
        expect(bool(item.original and item.reason), "a rejected item lacks its bytes or its reason")


async def batches_are_bounded(case: Conformance) -> None:
    """At most 200 mentions at once, and cursors that stay small."""
    for batch in await _batches(case, case.payload):
        expect(len(batch.mentions) <= MAX_ITEMS, f"a batch holds {len(batch.mentions)} mentions")
        expect(
            len(batch.cursor or "") <= MAX_CURSOR, f"a cursor is {len(batch.cursor or '')} characters long"
        )


async def no_secret_is_shown(case: Conformance) -> None:
    """Neither the connector's repr, nor its batches, nor its errors on a payload of junk."""
    async with case.open(case.payload) as connector:
        shown = repr(connector) + repr(await collect(connector))
    async with case.open(b"\xff\xfe{ junk") as connector:
        try:
            shown += repr([batch async for batch in _until_told(connector)])
        except TocsinError as error:
            shown += repr(error)
    expect(not any(secret in shown for secret in case.secrets), "a secret is shown")


async def junk_is_never_success(case: Conformance) -> None:
    """A payload of junk gives no mention, and says so: an error, a rejected item, or a blind health."""
    told = False
    async with case.open(b"\xff\xfe{ junk") as connector:
        try:
            batches = [batch async for batch in _until_told(connector)]
        except (TransientError, DeadLetterError):
            return
    for batch in batches:
        expect(not batch.mentions, "junk gave mentions")
        told = told or bool(batch.rejected) or batch.health.state == "blind"
    expect(told, "junk was taken for a quiet source")


async def a_kept_payload_is_what_its_hash_says(case: Conformance) -> None:
    """Anyone can check the payload that a mention carries against its hash."""
    for one in await _mentions(case, case.payload):
        expect(is_honest(one), f"{one.id}: raw is not the text whose SHA-256 is raw_sha256")


CHECKS: tuple[Check, ...] = (
    ids_are_the_same_on_replay,
    mentions_are_whole,
    resuming_leaves_no_gap,
    unknown_fields_are_ignored,
    a_malformed_item_is_rejected_alone,
    batches_are_bounded,
    no_secret_is_shown,
    junk_is_never_success,
    a_kept_payload_is_what_its_hash_says,
)


def expect(held: bool, message: str) -> None:
    """Raises AssertionError with ``message`` when a rule is broken."""
    if not held:
        raise AssertionError(message)


async def _until_told(connector: Connector) -> AsyncIterator[Batch]:
    batches = cast("Any", connector.batches(None))
    count = 0
    async with asyncio.timeout(_DEADLINE_S), aclosing(batches):
        async for batch in batches:
            yield batch
            count += 1
            if batch.rejected or batch.health.state == "blind" or count >= _IDLE_BATCHES:
                return


async def _batches(case: Conformance, payload: bytes, since: Cursor | None = None) -> list[Batch]:
    async with case.open(payload) as connector:
        return await collect(connector, since)


async def _mentions(case: Conformance, payload: bytes) -> list[Mention]:
    return [one for batch in await _batches(case, payload) for one in batch.mentions]
