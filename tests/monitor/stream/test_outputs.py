"""An agent is done with a record only when the broker has all that followed from it."""

import asyncio
from typing import Any, NoReturn

import pytest
from faust.types import FutureMessage

from monitor.stream.acknowledging import Acknowledging
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


class Event:
    """A record that knows whether it was acknowledged."""

    def __init__(self) -> None:
        self.acknowledged = False

    def ack(self) -> bool:
        self.acknowledged = True
        return True


def promise() -> "asyncio.Future[None]":
    return asyncio.get_running_loop().create_future()


async def test_a_record_is_acknowledged_when_the_broker_has_all_that_followed_from_it() -> None:
    outputs = Outputs(make_app(SETTINGS), SETTINGS, end)
    done = Acknowledging(outputs)
    sent = [promise(), promise()]
    for one in sent:
        outputs.expect(one)
    event, quiet = Event(), Event()
    await done.after(event)
    await done.after(quiet)  # nothing followed from it, but it comes after the other
    await turn_the_loop()
    assert (event.acknowledged, quiet.acknowledged) == (False, False)
    sent[0].set_result(None)
    await turn_the_loop()
    assert not event.acknowledged
    sent[1].set_result(None)
    await turn_the_loop()
    assert (event.acknowledged, quiet.acknowledged) == (True, True)


async def test_only_so_many_records_wait_side_by_side() -> None:
    outputs = Outputs(make_app(SETTINGS), SETTINGS, end)
    done = Acknowledging(outputs, depth=2)
    first, second = promise(), promise()
    outputs.expect(first)
    await done.after(Event())
    outputs.expect(second)
    taking = asyncio.create_task(_after(done))
    await turn_the_loop()
    assert not taking.done()
    first.set_result(None)
    await turn_the_loop()
    assert taking.done()
    second.set_result(None)
    await turn_the_loop()


async def _after(done: Acknowledging) -> None:
    await done.after(Event())


async def test_a_record_whose_output_the_broker_did_not_take_is_never_acknowledged() -> None:
    ended: list[str] = []

    def end_here(why: str) -> NoReturn:
        ended.append(why)
        raise asyncio.CancelledError

    outputs = Outputs(make_app(SETTINGS), SETTINGS, end_here)
    failed = promise()
    failed.set_exception(OSError("no leader"))
    outputs.expect(failed)
    event = Event()
    await Acknowledging(outputs).after(event)
    await turn_the_loop()
    assert ended == ["the broker did not take a record (OSError)"]
    assert not event.acknowledged


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
        await outputs.delivered(outputs.take())


async def test_what_was_taken_is_not_given_out_again() -> None:
    outputs = Outputs(make_app(SETTINGS), SETTINGS, end)
    outputs.expect(promise())
    assert len(outputs.take()) == 1
    assert outputs.take() == []


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
