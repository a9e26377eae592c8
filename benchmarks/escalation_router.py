"""One router in a process of its own, with channels that answer at once.

``python -m benchmarks.escalation_router URL FILE [SECONDS]``: prints ``ready``, starts with the first line on stdin,
and appends one JSON line to FILE for each claim ``["claimed", id, fence]`` and each page ``["sent", id, marked]``.
Each attempt takes SECONDS.
"""

import asyncio
import json
import sys
from typing import IO, ClassVar

from benchmarks.escalation_site import site_settings
from monitor.clock import SystemClock
from routing.claims import Claimed, Running
from routing.database import Database
from routing.links import LinkSigner
from routing.outcome import Delivered, Outcome
from routing.page import Page
from routing.router import Router
from routing.settings import RoutingSettings
from routing.store import Store


class ToldStore(Store):
    """Writes down what it claims."""

    def __init__(self, database: Database, clock: SystemClock, out: IO[str]) -> None:
        super().__init__(database, clock)
        self._out = out

    def claim(self, settings: RoutingSettings, running: Running | None = None) -> list[Claimed]:
        claimed = super().claim(settings, running)
        lines = [json.dumps(["claimed", one.row.id, one.row.fence]) + "\n" for one in claimed]
        self._out.write("".join(lines))
        self._out.flush()
        return claimed


class ToldChannel:
    """Takes every page and writes it down before it says so."""

    kind: ClassVar[str] = "told"
    deduplicates: ClassVar[bool] = False

    def __init__(self, target: str, out: IO[str], seconds: float) -> None:
        self.target = target
        self._out = out
        self._seconds = seconds

    async def send(self, page: Page, *, thread: str = "", plain: bool = False) -> Outcome:
        self._out.write(json.dumps(["sent", page.id, page.possible_duplicate]) + "\n")
        self._out.flush()
        await asyncio.sleep(self._seconds)
        return Delivered(remote_id=page.id)

    async def aclose(self) -> None:
        return None


async def route(url: str, file: str, seconds: float) -> None:
    """Run the router until it is ended."""
    clock, settings = SystemClock(), site_settings()
    with open(file, "a", encoding="utf-8") as out:  # noqa: ASYNC230, PTH123 - opened once, before anything runs
        store = ToldStore(Database.open(url), clock, out)
        channels = {
            target.name: ToldChannel(target.name, out, seconds)
            for person in settings.people
            for target in person.targets
        }
        router = Router(store, settings, channels, clock, LinkSigner(settings.links, clock))
        print("ready", flush=True)  # noqa: T201
        await asyncio.to_thread(sys.stdin.readline)
        await router.run()


if __name__ == "__main__":
    asyncio.run(route(sys.argv[1], sys.argv[2], float(sys.argv[3]) if len(sys.argv) > 3 else 0.0))
