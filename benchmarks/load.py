"""Publishes mentions at a steady rate, in a process of its own, and writes down when each story began.

``python -m benchmarks.load BOOTSTRAP PREFIX RATE SECONDS SEED``: prints one JSON line ``[mention id, time]``
for each post that begins a story, the time being the clock's when its batch was handed to Kafka.
"""

import asyncio
import json
import sys
import time

from benchmarks.posts import posts
from connectors.kafka_publisher import KafkaPublisher
from monitor.batches import MAX_ITEMS
from monitor.clock import SystemClock
from monitor.records import Mention
from tests.kafka.site import PARTITIONS

TICK_S = 0.05  # as connectors do: what came within 50 ms travels together
IN_FLIGHT = 20  # ticks that may wait for the broker's word; beyond it the broker, not the load, sets the pace


async def publish(bootstrap: str, prefix: str, rate: float, seconds: float, seed: str) -> None:
    """Publish ``rate`` mentions a second for so long. Ticks that were missed are caught up with."""
    publisher = KafkaPublisher(bootstrap, prefix=prefix, partitions=PARTITIONS, clock=SystemClock())
    slots = asyncio.Semaphore(IN_FLIGHT)
    source = posts(seed)
    start = time.monotonic()
    sent = 0
    async with asyncio.TaskGroup() as group:
        while (elapsed := time.monotonic() - start) < seconds:
            due = int(rate * elapsed) - sent
            if due:
                sent += due
                await slots.acquire()
                group.create_task(_publish_tick(publisher, [next(source) for _ in range(due)], slots))
            await asyncio.sleep(TICK_S)
    await publisher.aclose()


async def _publish_tick(
    publisher: KafkaPublisher, batch: list[tuple[Mention, bool]], slots: asyncio.Semaphore
) -> None:
    try:
        for mention, begins in batch:
            if begins:
                print(json.dumps([mention.id, time.time()]), flush=True)  # noqa: T201
        for first in range(0, len(batch), MAX_ITEMS):
            await publisher.publish("bench", tuple(one for one, _ in batch[first : first + MAX_ITEMS]))
    finally:
        slots.release()


if __name__ == "__main__":
    bootstrap, prefix, rate, seconds, seed = sys.argv[1:]
    asyncio.run(publish(bootstrap, prefix, float(rate), float(seconds), seed))
