"""Deadlines of a channel, tested without waiting for them: the running event loop's clock is moved forward."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

_ROUNDS = 3_000  # of the event loop: enough for whatever can happen on loopback without time passing
_STEP_S = 0.5


@contextmanager
def movable_clock() -> Iterator[list[float]]:
    """While inside, the loop's clock is ahead by the seconds in the list's only element."""
    loop = asyncio.get_running_loop()
    real = loop.time
    ahead = [0.0]
    loop.time = lambda: real() + ahead[0]  # type: ignore[method-assign]
    try:
        yield ahead
    finally:
        loop.time = real  # type: ignore[method-assign]


async def ends_within(task: "asyncio.Task[object]", seconds: float) -> bool:
    """True when the task ends before the clock has been moved by ``seconds``, in steps of half a second."""
    with movable_clock() as ahead:
        await _run(task)
        while not task.done() and ahead[0] < seconds:
            ahead[0] += _STEP_S
            await _run(task)
    return task.done()


async def _run(task: "asyncio.Task[object]") -> None:
    """Lets everything happen that can happen now."""
    for _ in range(_ROUNDS):
        if task.done():
            return
        await asyncio.sleep(0)
