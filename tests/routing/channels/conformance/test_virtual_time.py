import asyncio

import pytest

from routing.channels.conformance.virtual_time import ends_within, movable_clock


async def hang(seconds: float, deadline_s: float) -> str:
    try:
        async with asyncio.timeout(deadline_s):
            await asyncio.sleep(seconds)
    except TimeoutError:
        return "let go"
    return "done"


@pytest.mark.parametrize(
    ("seconds", "deadline_s", "said"), [(3600, 8, "let go"), (2, 8, "done"), (0, 8, "done")]
)
async def test_hours_pass_at_once(seconds: float, deadline_s: float, said: str) -> None:
    task: asyncio.Task[object] = asyncio.create_task(hang(seconds, deadline_s))
    assert await ends_within(task, 8.5)
    assert task.result() == said


async def test_what_would_take_longer_has_not_ended() -> None:
    task: asyncio.Task[object] = asyncio.create_task(hang(3600, 60))
    assert not await ends_within(task, 8.5)
    task.cancel()


async def test_the_clock_is_put_right_again() -> None:
    loop = asyncio.get_running_loop()
    before = loop.time()
    with movable_clock() as ahead:
        ahead[0] = 1_000_000.0
        assert loop.time() > before + 999_999
    assert loop.time() < before + 999_999
