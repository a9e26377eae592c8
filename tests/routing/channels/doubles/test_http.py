"""The double misbehaves as it says."""

import asyncio

import pytest

from routing.channels.conformance.virtual_time import ends_within
from routing.channels.doubles import HttpDouble, Reply

REQUEST = b"POST /hook HTTP/1.1\r\nhost: double\r\ncontent-length: 5\r\n\r\nhello"


async def answer_to(double: HttpDouble) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", double.port)
    writer.write(REQUEST)
    try:
        return await reader.read()
    finally:
        writer.close()


async def test_it_records_and_answers_in_order() -> None:
    async with HttpDouble() as double:
        double.script(Reply(503), Reply(201, b"made"))
        statuses = [(await answer_to(double)).split(b" ")[1] for _ in range(3)]
    assert statuses == [b"503", b"201", b"200"]
    assert [(one.method, one.path, one.body) for one in double.received] == [("POST", "/hook", b"hello")] * 3


@pytest.mark.parametrize(("fault", "read"), [("reset", b"hello"), ("reset_before_body", b"")])
async def test_a_cut_comes_before_or_after_the_body_was_read(fault: str, read: bytes) -> None:
    async with HttpDouble() as double:
        double.script(Reply(fault="reset" if fault == "reset" else "reset_before_body"))
        try:
            said = await answer_to(double)
        except ConnectionError:
            said = b""
    assert said == b""
    assert [one.body for one in double.received] == [read]


async def test_a_late_answer_comes_after_a_minute() -> None:
    async with HttpDouble() as double:
        double.script(Reply(200, b"ok", fault="late"))
        task: asyncio.Task[object] = asyncio.create_task(answer_to(double))
        assert not await ends_within(task, 30.0)
        assert await ends_within(task, 61.0)
        said = task.result()
    assert isinstance(said, bytes)
    assert said.endswith(b"ok")
