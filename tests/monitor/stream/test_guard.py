"""Nothing leaves the guard: a record passes, becomes a dead letter, or the process ends before its offset counts."""

import asyncio
import base64
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import NoReturn

import pytest

from monitor.batches import BadItem, Rejected
from monitor.clock import ManualClock
from monitor.errors import RateLimited, StopError, Unavailable, UndecodableRecord
from monitor.stream.cap import DeadLetterCap
from monitor.stream.guard import Body, Guard, RawRecord

NOW = datetime(2026, 3, 14, 9, tzinfo=UTC)
RECORD = RawRecord("tocsin.mentions", 3, 17, b"k", b"value")


class Ended(BaseException):
    """The process would have ended here."""


def end(why: str) -> NoReturn:
    raise Ended(why)


class Letters:
    """Keeps dead letters, or fails to."""

    def __init__(self, error: Exception | None = None) -> None:
        self.kept: list[Rejected] = []
        self.error = error

    async def __call__(self, letter: Rejected) -> None:
        if self.error is not None:
            raise self.error
        self.kept.append(letter)


class Scripted:
    """A body that raises each of the errors in turn, then returns its bad items."""

    def __init__(self, *errors: BaseException, bad: Sequence[BadItem] = ()) -> None:
        self.errors = list(errors)
        self.bad = bad
        self.calls = 0

    async def __call__(self, value: bytes) -> Sequence[BadItem]:
        self.calls += 1
        if self.errors:
            raise self.errors.pop(0)
        return self.bad


class TurningClock(ManualClock):
    """Sleeping passes at once and is noted."""

    def __init__(self) -> None:
        super().__init__(NOW)
        self.slept: list[float] = []

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)


async def run(
    body: Body, letters: Letters | None = None, *, cap: int = 100, record: RawRecord = RECORD
) -> Letters:
    letters = letters or Letters()
    await Guard("read", letters, DeadLetterCap(cap), TurningClock(), end).run(record, body)
    return letters


async def test_a_record_that_passes_leaves_no_letter() -> None:
    body = Scripted()
    assert (await run(body)).kept == []
    assert body.calls == 1


async def test_what_may_pass_later_is_tried_again_with_growing_pauses() -> None:
    clock = TurningClock()
    letters = Letters()
    guard = Guard("read", letters, DeadLetterCap(1), clock, end)
    await guard.run(RECORD, Scripted(Unavailable("away"), RateLimited("later", after_s=60)))
    assert letters.kept == []
    assert clock.slept == [0.2, 2.0]


async def test_what_never_passes_in_time_ends_the_process() -> None:
    with pytest.raises(Ended, match="could not go on after 3 tries"):
        await run(Scripted(*[Unavailable("away")] * 3))


async def test_an_undecodable_record_becomes_a_letter_with_its_bytes_and_place() -> None:
    letters = await run(Scripted(UndecodableRecord("not_json", "column 3")))
    (letter,) = letters.kept
    assert (letter.stage, letter.reason, letter.detail) == ("read", "not_json", "column 3")
    assert (letter.topic, letter.partition, letter.offset) == ("tocsin.mentions", 3, 17)
    assert base64.b64decode(letter.original_base64) == b"value"
    assert letter.rejected_at == NOW


async def test_an_unexpected_error_becomes_a_letter_too() -> None:
    (letter,) = (await run(Scripted(ZeroDivisionError("oh")))).kept
    assert (letter.reason, letter.detail) == ("failed", "ZeroDivisionError: oh")


async def test_bad_items_become_letters_of_their_own() -> None:
    letters = await run(Scripted(bad=[BadItem("invalid", "a", b"1"), BadItem("invalid", "b", b"2")]))
    assert [base64.b64decode(one.original_base64) for one in letters.kept] == [b"1", b"2"]


async def test_the_same_bytes_give_a_letter_of_the_same_id() -> None:
    letters = Letters()
    for _ in range(2):
        await run(Scripted(ValueError("x")), letters)
    assert len({one.id for one in letters.kept}) == 1


async def test_an_empty_record_is_a_letter() -> None:
    body = Scripted()
    letters = await run(body, record=RawRecord("t", 0, 0, None, None))
    assert [one.reason for one in letters.kept] == ["empty"]
    assert body.calls == 0


async def test_a_letter_that_cannot_be_kept_ends_the_process() -> None:
    with pytest.raises(Ended, match="could not be kept"):
        await run(Scripted(ValueError("x")), Letters(OSError("no broker")))


async def test_one_letter_more_than_the_cap_ends_the_process_after_keeping_it() -> None:
    letters = Letters()
    with pytest.raises(Ended, match="more records than the cap allows"):
        await run(Scripted(bad=[BadItem("invalid", "", b"%d" % n) for n in range(4)]), letters, cap=3)
    assert len(letters.kept) == 4


async def test_the_last_readings_of_a_brand_taken_out_do_not_stop_the_worker() -> None:
    letters = Letters()
    gone = [BadItem("unknown_brand", "", b"%d" % n) for n in range(40)]
    await run(Scripted(bad=gone), letters, cap=3)
    assert len(letters.kept) == 40
    with pytest.raises(Ended, match="more records than the cap allows"):
        await run(
            Scripted(bad=[*gone, *(BadItem("invalid", "", b"%d" % n) for n in range(4))]), letters, cap=3
        )


async def test_a_stop_error_ends_the_process() -> None:
    with pytest.raises(Ended, match="unsafe"):
        await run(Scripted(StopError("unsafe")))


async def test_a_record_cancelled_in_its_middle_is_not_acknowledged() -> None:
    with pytest.raises(Ended, match="cancelled in the middle of a record"):
        await run(Scripted(asyncio.CancelledError()))
