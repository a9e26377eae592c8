"""An agent is done with a record only when the broker has all that followed from it."""

import asyncio
from collections.abc import Sequence
from typing import Any, NoReturn

import pytest
from faust.types import FutureMessage

from monitor.batches import BadItem
from monitor.errors import Unavailable
from monitor.stream.agents import delivering
from monitor.stream.app import StreamSettings, make_app
from monitor.stream.changelog import AcknowledgedTable
from monitor.stream.outputs import Outputs

SETTINGS = StreamSettings(bootstrap="127.0.0.1:1")


class Ended(BaseException):
    """The process would have ended here."""


def end(why: str) -> NoReturn:
    raise Ended(why)


async def turn_the_loop() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


async def test_a_body_ends_when_the_broker_has_everything() -> None:
    outputs = Outputs(make_app(SETTINGS), SETTINGS, end)
    acknowledged: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def body(value: bytes) -> Sequence[BadItem]:
        outputs.expect(acknowledged)
        return ()

    working = asyncio.create_task(_run(delivering(body, outputs)))
    await turn_the_loop()
    assert not working.done()
    acknowledged.set_result(None)
    await working


async def test_a_body_that_fails_waits_for_what_it_had_sent() -> None:
    outputs = Outputs(make_app(SETTINGS), SETTINGS, end)
    acknowledged: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def body(value: bytes) -> Sequence[BadItem]:
        outputs.expect(acknowledged)
        raise Unavailable("away")

    working = asyncio.create_task(_run(delivering(body, outputs)))
    await turn_the_loop()
    assert not working.done()
    acknowledged.set_result(None)
    with pytest.raises(Unavailable):
        await working


async def test_a_record_that_the_broker_did_not_take_ends_the_process() -> None:
    outputs = Outputs(make_app(SETTINGS), SETTINGS, end)
    for failed in (False, True, False):
        acknowledged: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        outputs.expect(acknowledged)
        if failed:
            acknowledged.set_exception(OSError("no leader"))
        else:
            acknowledged.set_result(None)
    with pytest.raises(Ended, match=r"the broker did not take a record \(OSError\)"):
        await outputs.delivered()


async def test_what_was_delivered_is_not_waited_for_again() -> None:
    outputs = Outputs(make_app(SETTINGS), SETTINGS, end)
    acknowledged: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    acknowledged.set_result(None)
    outputs.expect(acknowledged)
    await outputs.delivered()
    await outputs.delivered()


class Changelog:
    """Takes the writes of a table."""

    def __init__(self) -> None:
        self.promises: list[FutureMessage] = []

    def send_soon(self, **message: Any) -> FutureMessage:
        self.promises.append(FutureMessage(message=message))
        return self.promises[-1]


async def test_every_write_to_the_table_is_expected() -> None:
    expected: list[asyncio.Future[Any]] = []
    app = make_app(SETTINGS)
    table = AcknowledgedTable(app, expect=expected.append, name="watch", key_type=bytes, value_type=bytes)
    changelog = Changelog()
    table.changelog_topic = changelog
    table.send_changelog(0, b"veloria|series", b"1")
    table.send_changelog(0, b"veloria|story:a", None, value_serializer="raw")
    assert expected == changelog.promises
    assert len(expected) == 2


async def _run(body: Any) -> None:
    await body(b"")
