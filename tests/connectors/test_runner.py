import asyncio
import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from random import Random
from typing import ClassVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.cursors import MemoryCursors
from connectors.protocol import Batch, Cursor, Health, RejectedItem
from connectors.runner import run_connector
from monitor import metrics
from monitor.clock import ManualClock
from monitor.errors import RateLimited, RefuseToStart, StopError, Unavailable
from monitor.records import Mention

NOW = datetime(2026, 3, 14, 10, 0, tzinfo=UTC)


def mention(number: int) -> Mention:
    return Mention(id=f"t:{number}", source="t", kind="post", text="x", created_at=NOW, fetched_at=NOW)


@dataclass
class Numbers:
    """Gives the numbers after its cursor in batches; raises the planned errors before chosen batches."""

    sizes: list[int]
    errors: dict[int, list[Exception]] = field(default_factory=dict)
    rejected_before: int = 0
    endless: bool = False
    name: str = "numbers"
    kind: ClassVar[str] = "numbers"

    async def batches(self, since: Cursor | None) -> AsyncIterator[Batch]:
        position = int(since or 0)
        start = 0
        for index, size in enumerate(self.sizes):
            if start >= position:
                planned = self.errors.get(index)
                if planned:
                    raise planned.pop(0)
                rejected = tuple(RejectedItem("invalid", "", b"%d" % n) for n in range(self.rejected_before))
                mentions = tuple(mention(n) for n in range(start, start + size))
                yield Batch(mentions, str(start + size), Health("ok"), rejected)
            start += size
        if self.endless:
            await asyncio.Event().wait()


@dataclass
class Publisher:
    """Takes mentions unless its script says otherwise: True fails one call."""

    fails: list[bool] = field(default_factory=list)
    taken: list[Mention] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)
    rejected: list[RejectedItem] = field(default_factory=list)
    error: Exception = field(default_factory=lambda: Unavailable("the broker is down"))

    async def publish(self, source: str, mentions: tuple[Mention, ...]) -> None:
        self._maybe_fail()
        self.sizes.append(len(mentions))
        self.taken.extend(mentions)

    async def reject(self, source: str, rejected: tuple[RejectedItem, ...]) -> None:
        self._maybe_fail()
        self.rejected.extend(rejected)

    def _maybe_fail(self) -> None:
        if self.fails and self.fails.pop(0):
            raise self.error


class WatchedCursors(MemoryCursors):
    """Checks at every save that all mentions before the cursor were taken."""

    def __init__(self, publisher: Publisher, fails: list[bool] | None = None) -> None:
        super().__init__()
        self.publisher = publisher
        self.fails = fails or []

    async def save(self, connector: str, cursor: Cursor) -> None:
        taken = {one.id for one in self.publisher.taken}
        assert {f"t:{n}" for n in range(int(cursor))} <= taken
        if self.fails and self.fails.pop(0):
            raise Unavailable("the disk is full")
        await super().save(connector, cursor)


class SignallingCursors(MemoryCursors):
    """Tells when the first cursor was saved."""

    def __init__(self) -> None:
        super().__init__()
        self.first_save = asyncio.Event()

    async def save(self, connector: str, cursor: Cursor) -> None:
        await super().save(connector, cursor)
        self.first_save.set()


async def run(connector: Numbers, publisher: Publisher, cursors: MemoryCursors | None = None) -> ManualClock:
    clock = ManualClock(NOW)
    cursors = cursors or MemoryCursors()
    await run_connector(connector, publisher, cursors, clock, random=Random(1))
    return clock


@given(
    sizes=st.lists(st.integers(1, 5), max_size=8),
    publish=st.lists(st.booleans(), max_size=20),
    save=st.lists(st.booleans(), max_size=10),
    broken=st.dictionaries(st.integers(0, 7), st.integers(1, 3), max_size=4),
)
@settings(max_examples=150, deadline=None)
async def test_nothing_is_skipped_whatever_fails(
    sizes: list[int], publish: list[bool], save: list[bool], broken: dict[int, int]
) -> None:
    errors: dict[int, list[Exception]] = {
        index: [Unavailable("cut"), ValueError("bug"), RateLimited("later", after_s=5)][:count]
        for index, count in broken.items()
    }
    publisher = Publisher(fails=publish)
    await run(Numbers(sizes, errors, rejected_before=1), publisher, WatchedCursors(publisher, save))
    assert {one.id for one in publisher.taken} == {f"t:{n}" for n in range(sum(sizes))}
    assert len(publisher.rejected) >= len(sizes)


async def test_a_large_batch_is_split_and_its_cursor_saved_once_at_the_end() -> None:
    publisher = Publisher(fails=[False, False, True])
    cursors = WatchedCursors(publisher)
    await run(Numbers([450]), publisher, cursors)
    assert publisher.sizes == [200, 200, 200, 200, 50]
    assert cursors.saved == {"numbers": "450"}


async def test_the_wait_of_the_error_is_kept() -> None:
    clock = await run(Numbers([1], {0: [RateLimited("later", after_s=120)]}), Publisher())
    assert clock.monotonic() >= 120


async def test_a_wait_is_never_longer_than_a_quarter_of_an_hour() -> None:
    clock = await run(Numbers([1], {0: [Unavailable("down", after_s=1e9)]}), Publisher())
    assert clock.monotonic() == 900


@pytest.mark.parametrize("error", [RefuseToStart("wrong key"), StopError("not safe")])
async def test_errors_that_end_the_process_leave_it(error: Exception) -> None:
    with pytest.raises(type(error)):
        await run(Numbers([1], {0: [error]}), Publisher())
    assert metrics.SOURCE_UP.labels("numbers")._value.get() == 0


async def test_rejected_items_are_kept_before_the_cursor_moves() -> None:
    publisher = Publisher(fails=[False, True])
    cursors = MemoryCursors()
    publisher.error = StopError("the dead letter cannot be kept")
    with pytest.raises(StopError):
        await run(Numbers([1], rejected_before=1), publisher, cursors)
    assert cursors.saved == {}


async def test_an_unexpected_error_is_told_without_its_payload(caplog: pytest.LogCaptureFixture) -> None:
    before = metrics.SOURCE_ERRORS.labels("numbers", "unexpected")._value.get()
    with caplog.at_level(logging.DEBUG):
        await run(Numbers([1], {0: [KeyError("canary of a post")]}), Publisher())
    assert "canary" not in caplog.text
    assert "unexpected KeyError at test_runner.py" in caplog.text
    assert metrics.SOURCE_ERRORS.labels("numbers", "unexpected")._value.get() == before + 1


async def test_quiet_and_blind_are_told_apart() -> None:
    await run(Numbers([1]), Publisher())
    assert metrics.SOURCE_UP.labels("numbers")._value.get() == 1


async def test_stop_ends_a_connector_that_waits() -> None:
    stop = asyncio.Event()
    publisher = Publisher()
    cursors = SignallingCursors()
    source = Numbers([2], endless=True)
    task = asyncio.create_task(run_connector(source, publisher, cursors, ManualClock(NOW), stop=stop))
    await cursors.first_save.wait()
    stop.set()
    await task
    assert cursors.saved == {"numbers": "2"}


async def test_a_cancelled_runner_is_cancelled() -> None:
    source = Numbers([2], endless=True)
    cursors = SignallingCursors()
    task = asyncio.create_task(run_connector(source, Publisher(), cursors, ManualClock(NOW)))
    await cursors.first_save.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
