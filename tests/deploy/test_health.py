"""The pages of a process about itself: alive, ready, metrics, and how late its event loop is."""

import asyncio
from datetime import UTC, datetime

import pytest
from aiohttp import ClientSession, web
from prometheus_client import REGISTRY

from deploy.health import LATENESS_EVERY_S, Health, add_health_routes, measure_lateness, serve
from deploy.settings import ListenSettings
from monitor.clock import ManualClock
from monitor.errors import RefuseToStart


class LateClock(ManualClock):
    """Wakes sleepers ``late`` seconds too late, three times, then never again."""

    def __init__(self, late: float) -> None:
        super().__init__(datetime(2026, 3, 14, tzinfo=UTC))
        self._late = late
        self._left = 3
        self.finished = asyncio.Event()

    async def sleep(self, seconds: float) -> None:
        if self._left == 0:
            self.finished.set()
            await asyncio.Event().wait()
        self._left -= 1
        await super().sleep(seconds + self._late)


def observed(suffix: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(f"tocsin_loop_late_seconds_{suffix}", labels) or 0.0


async def test_lateness_is_what_a_sleeper_waits_beyond_what_it_asked_for() -> None:
    before = observed("count"), observed("sum"), observed("bucket", le="1.0")
    clock = LateClock(2.0)
    measuring = asyncio.create_task(measure_lateness(clock))
    await clock.finished.wait()
    measuring.cancel()
    assert observed("count") - before[0] == 3
    assert observed("sum") - before[1] == pytest.approx(6.0)
    assert observed("bucket", le="1.0") == before[2]
    assert clock.monotonic() == pytest.approx(3 * (LATENESS_EVERY_S + 2.0))


async def test_the_pages_say_what_is_wrong_and_close_cleanly() -> None:
    reasons = ["the broker does not answer"]
    app = web.Application()
    add_health_routes(app, Health(lambda: True, lambda: reasons))
    runner, port = await serve(app, ListenSettings(port=0))
    async with ClientSession(f"http://127.0.0.1:{port}") as session:
        async with session.get("/livez") as alive:
            assert (alive.status, await alive.json()) == (200, {"ok": True, "because": []})
        async with session.get("/readyz") as ready:
            assert (ready.status, (await ready.json())["because"]) == (503, reasons)
        async with session.get("/metrics") as shown:
            assert "# TYPE tocsin_loop_late_seconds histogram" in await shown.text()
    with pytest.raises(RefuseToStart, match="choose another port"):
        await serve(web.Application(), ListenSettings(port=port))
    await runner.cleanup()
    assert not [task for task in asyncio.all_tasks() if task.get_name() == "lateness"]
