"""From a record handed to Kafka to the notification at a local receiver, while mentions stream in.

The whole of Kafka mode runs on this machine: broker, worker, router, its database, the load and the receiver.
One mention in twenty names a brand; one in ten of those begins a story, which pages one person.
"""

import asyncio
import json
import sys
import tempfile
import time
from pathlib import Path

import orjson

from benchmarks.figures import Figure, percentile
from benchmarks.posts import story_of
from benchmarks.progress import say
from deploy.kafka.broker import Broker
from deploy.services.postgres import Postgres
from monitor.clock import SystemClock
from routing.channels.doubles.http import Received, Reply
from routing.channels.doubles.webhook import WebhookDouble
from tests.kafka.posts import stories
from tests.kafka.site import ROOT, WEBHOOK_KEY, Site

SECONDS = {
    100: 120.0,
    1_000: 40.0,
    5_000: 40.0,
}  # by mentions a second: long enough for a percentile to mean something
SETTLE_S = 60.0
SEED = "load"


class TimedReceiver(WebhookDouble):
    """A receiver that notes when the first page of each story came."""

    def __init__(self) -> None:
        super().__init__(WEBHOOK_KEY, SystemClock())
        self.came: dict[str, float] = {}

    def answer(self, request: Received) -> Reply:
        now = time.time()
        reply = super().answer(request)
        if reply.status == 204:
            post = str(orjson.loads(request.body)["data"]["post"]["id"])
            self.came.setdefault(story_of(post) if post.startswith(SEED) else post, now)
        return reply


def run(rate: int, broker: Broker) -> Figure:
    """p99 at ``rate`` mentions a second, with p50, the largest and the number of pages beside it."""
    with Postgres() as postgres:
        return asyncio.run(_at(rate, broker, postgres))


async def _at(rate: int, broker: Broker, postgres: Postgres) -> Figure:
    began, came = await _measure(rate, broker, postgres.create_database(f"bench_{rate}"))
    waits = [(came[story] - at) * 1_000 for story, at in began.items()]
    detail = {
        "p50_ms": round(percentile(waits, 0.5)),
        "largest_ms": round(max(waits)),
        "pages": len(waits),
        "seconds": SECONDS[rate],
    }
    p99 = round(percentile(waits, 0.99))
    say(f"page at {rate} mentions/s: p50 {detail['p50_ms']} ms, p99 {p99} ms over {len(waits)} pages")
    return Figure(f"page_p99_ms_at_{rate}", p99, "ms", 1_000, "goal, on two cores, broker included", detail)


async def _measure(rate: int, broker: Broker, store: str) -> tuple[dict[str, float], dict[str, float]]:
    """When each story began and when its page came, in seconds since the epoch, by story."""
    with tempfile.TemporaryDirectory() as folder:
        site = Site(Path(folder), broker.bootstrap, f"bench-page-{rate}-{time.monotonic_ns()}", store=store)
        receiver = TimedReceiver()
        site.receiver = receiver
        async with site:
            site.start("worker", "--log-level", "WARNING")
            site.start("route", "--log-level", "WARNING", "--port", "0")
            await site.publish(stories(6, 1))  # everything has run once before it counts
            await site.until(lambda: len(receiver.came) == 6)
            command = (
                "-m",
                "benchmarks.load",
                site.bootstrap,
                site.prefix,
                str(rate),
                str(SECONDS[rate]),
                SEED,
            )
            load = await asyncio.create_subprocess_exec(
                sys.executable, *command, cwd=ROOT, stdout=asyncio.subprocess.PIPE
            )
            out, _ = await load.communicate()
            if load.returncode:
                raise RuntimeError("the load ended with an error")
            began = {story_of(post): float(at) for post, at in map(json.loads, out.splitlines())}
            await site.until(lambda: began.keys() <= receiver.came.keys(), SETTLE_S)
            return began, dict(receiver.came)
