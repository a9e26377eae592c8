"""The two contestants of ``read``: the same decoding, judging and encoding, in Faust and in a plain loop.

``python -m benchmarks.read_worker faust|plain BOOTSTRAP PREFIX`` runs until it is ended.
"""

import asyncio
import sys
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from monitor.clock import SystemClock
from monitor.playbook import load_playbook
from monitor.read import build_stages
from monitor.settings import BrandSettings
from monitor.stream.agents import INPUTS, guarded
from monitor.stream.app import StreamSettings, make_app
from monitor.stream.bodies import Judgement, ReadBody
from monitor.stream.cap import DeadLetterCap
from monitor.stream.ending import end_process
from monitor.stream.guard import Guard
from monitor.stream.outputs import Outputs
from monitor.topic_table import Stage, topic_name
from tests.kafka.posts import BRANDS
from tests.kafka.site import PARTITIONS, ROOT

COMMIT_S = 1.0
EXAMPLE = ROOT / "deploy" / "example" / "playbook.yaml"


def judgement() -> Judgement:
    """The judging parts, the same for both."""
    brands = tuple(BrandSettings(id=name, name=name.title(), queries=(name,)) for name in BRANDS)
    return Judgement(build_stages(brands), {brand.id: brand for brand in brands}, load_playbook(EXAMPLE))


async def run_faust(bootstrap: str, prefix: str) -> None:
    """Tocsin's own ``read`` agent, with its guard."""
    settings = StreamSettings(bootstrap=bootstrap, prefix=prefix, partitions=PARTITIONS)
    app = make_app(settings)
    outputs = Outputs(app, settings, end_process)
    guard = Guard("read", outputs.reject, DeadLetterCap(1_000), SystemClock())
    body = ReadBody(judgement(), outputs.send, SystemClock())
    app.agent(outputs.topic(INPUTS["read"]), name="read")(guarded(guard, body, outputs))
    await app.start()
    await app.wait_until_stopped()


async def run_plain(bootstrap: str, prefix: str) -> None:
    """A loop over getmany with the same promise: outputs are flushed before their input is committed."""
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all", compression_type="lz4")
    consumer = AIOKafkaConsumer(
        topic_name(prefix, "mentions"),
        bootstrap_servers=bootstrap,
        group_id=f"{prefix}-plain",
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        max_partition_fetch_bytes=8_400_000,
    )
    await producer.start()
    await consumer.start()
    waiting: list[Any] = []

    async def send(stage: Stage, key: str, value: bytes) -> None:
        waiting.append(await producer.send(topic_name(prefix, stage), value, key=key.encode()))

    body = ReadBody(judgement(), send, SystemClock())
    loop = asyncio.get_running_loop()
    committed = loop.time()
    while True:
        fetched = await consumer.getmany(timeout_ms=200)
        for records in fetched.values():
            for record in records:
                await body(record.value)
        if loop.time() - committed >= COMMIT_S:
            await asyncio.gather(*waiting)
            waiting.clear()
            await consumer.commit()
            committed = loop.time()


if __name__ == "__main__":
    which, bootstrap, prefix = sys.argv[1:]
    asyncio.run({"faust": run_faust, "plain": run_plain}[which](bootstrap, prefix))
