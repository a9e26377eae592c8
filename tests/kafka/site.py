"""A whole Tocsin in Kafka mode for tests: its processes, its broker's topics, its database and its receiver."""

import asyncio
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import KafkaAdminClient, OffsetSpec
from kafka.errors import KafkaError

from connectors.kafka_publisher import KafkaPublisher
from deploy.services.ports import free_port
from deploy.settings import load_settings
from monitor.batches import Decoded, Item, Rejected, decode_findings, decode_readings
from monitor.clock import SystemClock
from monitor.codec import decode
from monitor.errors import TransientError, UndecodableRecord
from monitor.records import Finding, Mention, Reading
from monitor.topic_table import Stage, changelog_name, topic_name
from monitor.watch_state import decode_story
from routing.channels.doubles.webhook import WebhookDouble
from routing.desk import IncidentView, MessageView
from routing.store import Store
from tests.kafka.posts import BRANDS
from tests.routing.scenes import SECRET

Answer = TypeVar("Answer")

ROOT = Path(__file__).parents[2]
PARTITIONS = 4
WEBHOOK_KEY = b"a key of the receiver, 32 bytes."
WEBHOOK_SECRET = "whsec_YSBrZXkgb2YgdGhlIHJlY2VpdmVyLCAzMiBieXRlcy4="
CONFIG = """
brands: [{brands}]
sources: [{{type: replay, path: tape.jsonl, speed: 1000}}]
playbook: playbook.yaml
store: {store}
canary: {{on: false, every: 10s}}
http: {{port: {port}}}
kafka: {{bootstrap: "{bootstrap}", prefix: {prefix}, partitions: {partitions}, dead_letter_cap: {cap},
         worker: {{port: 0}}, connect: {{port: 0}}}}
routing:
  links: {{secret: "env:TOCSIN_LINK_SECRET"}}
  people:
    - id: duty
      name: Duty
      targets:
        - {{kind: webhook, name: duty, url: "env:DUTY_URL", secret: "env:DUTY_SECRET", allow_private_addresses: true}}
  departments:
    comms: {{chain: [{{people: [duty], wait: 1h}}]}}
    legal: {{chain: [{{people: [duty], wait: 1h}}]}}
    it: {{chain: [{{people: [duty], wait: 1h}}]}}
  catch_all: [duty]
"""
PLAYBOOK = """
version: "1"
brands: [{brands}]
clauses:
  - id: any-post
    title: {{fr: "Un message", en: "A post"}}
    owner: comms
    severity: critical
    page: [comms]
    when: {{mentions: 1}}
    ladder: [{{measure: observe, what: {{fr: "Lire", en: "Read"}}, owner: comms, within_minutes: 5}}]
    holding_statement: {{fr: "Merci", en: "Thank you"}}
    review_by: 2099-01-01
    examples: {{fires: [{{text: "aurore"}}], silent: [{{text: "rien", mentions: 1}}]}}
"""


@dataclass
class Program:
    """One `tocsin` process and the log it writes."""

    command: tuple[str, ...]
    log: Path
    process: subprocess.Popen[bytes]

    def kill(self) -> None:
        """As a crash or the kernel would: no time for anything."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self, limit_s: float = 40) -> int:
        """As a supervisor would; returns the exit code."""
        self.process.terminate()
        return self.process.wait(timeout=limit_s)


@dataclass
class Site:
    """Use as an asynchronous context manager; the processes end with it."""

    folder: Path
    bootstrap: str
    prefix: str
    store: str = "null"
    cap: int = 1_000
    programs: list[Program] = field(default_factory=list)
    restarts: int = 0

    def __post_init__(self) -> None:
        self.receiver = WebhookDouble(WEBHOOK_KEY, SystemClock())
        self.config = self.folder / "tocsin.yaml"
        self.group = f"{self.prefix}-agents"
        self.router_group = f"{self.prefix}-router"

    async def __aenter__(self) -> Self:
        await self.receiver.__aenter__()
        names = ", ".join(f"{{id: {name}, name: {name.title()}, queries: [{name}]}}" for name in BRANDS)
        config = CONFIG.format(
            brands=names,
            store=self.store,
            port=free_port(),
            bootstrap=self.bootstrap,
            prefix=self.prefix,
            partitions=PARTITIONS,
            cap=self.cap,
        )
        self.config.write_text(config, encoding="utf-8")
        playbook = PLAYBOOK.format(brands=", ".join(BRANDS))
        (self.folder / "playbook.yaml").write_text(playbook, encoding="utf-8")
        return self

    def use_canaries(self) -> None:
        """Send canaries beside a source that is never at its end; before anything starts."""
        config = self.config.read_text("utf-8").replace("on: false", "on: true")
        webhook = 'sources: [{type: webhook, port: 0, secrets: ["env:DUTY_SECRET"]}]'
        config = re.sub(r"^sources: .*$", webhook, config, flags=re.MULTILINE)
        self.config.write_text(config, "utf-8")

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for program in self.programs:
            if program.process.poll() is None:
                program.kill()
        if kind is not None:
            for program in self.programs:
                print(f"--- {' '.join(program.command)}\n{program.log.read_text('utf-8')[-4_000:]}")  # noqa: T201
        await self.receiver.__aexit__(kind, error, trace)

    def environment(self) -> dict[str, str]:
        """What a program of this site finds in its environment."""
        return {
            **os.environ,
            "TOCSIN_LINK_SECRET": SECRET,
            "PYTHONPATH": str(ROOT),
            "DUTY_URL": f"{self.receiver.url}/hook",
            "DUTY_SECRET": WEBHOOK_SECRET,
        }

    def start(self, *command: str) -> Program:
        """Start ``tocsin COMMAND -c …`` beside the test."""
        log = self.folder / f"{len(self.programs)}-{command[0]}.log"
        arguments = [sys.executable, "-m", "deploy", *command, "-c", str(self.config)]
        with log.open("wb") as out:
            process = subprocess.Popen(
                arguments, cwd=ROOT, env=self.environment(), stdout=out, stderr=subprocess.STDOUT
            )
        program = Program(command, log, process)
        self.programs.append(program)
        return program

    def keep_up(self) -> None:
        """What a supervisor does: a program that ended by itself with an error starts again."""
        for program in list(self.programs):
            code = program.process.poll()
            if code is not None and code > 0:
                self.programs.remove(program)
                self.start(*program.command)
                self.restarts += 1

    async def publish(self, mentions: Sequence[Mention], at_once: int = 50) -> None:
        """Publish mentions as connectors do, ``at_once`` to a batch, waiting out a broker that is away."""
        publisher = await self._until_it_answers(partial(asyncio.to_thread, self._publisher))
        for start in range(0, len(mentions), at_once):
            batch = tuple(mentions[start : start + at_once])
            await self._until_it_answers(partial(publisher.publish, "tape", batch))
        await publisher.aclose()

    @staticmethod
    async def _until_it_answers(ask: Callable[[], Awaitable[Answer]]) -> Answer:
        while True:
            try:
                return await ask()
            except TransientError:
                await asyncio.sleep(0.5)

    def _publisher(self) -> KafkaPublisher:
        return KafkaPublisher(self.bootstrap, prefix=self.prefix, partitions=PARTITIONS, clock=SystemClock())

    def publish_raw(self, stage: Stage, *values: bytes) -> None:
        """Put bytes on a topic as they are."""
        largest = 12_000_000
        with closing(KafkaProducer(bootstrap_servers=self.bootstrap, max_request_size=largest)) as producer:
            for number, value in enumerate(values):
                producer.send(self.topic(stage), value, partition=number % PARTITIONS).get(timeout=30)

    def topic(self, stage: Stage) -> str:
        """The name of a stage's topic."""
        return topic_name(self.prefix, stage)

    async def until(
        self, holds: Callable[[], bool], limit_s: float = 90, *, supervised: bool = False
    ) -> None:
        """Look until it holds. What happens meanwhile is the programs' work, at their own pace."""
        deadline = time.monotonic() + limit_s
        while not await asyncio.to_thread(_held, holds):
            assert time.monotonic() < deadline, "it never came to hold"
            if supervised:
                self.keep_up()
            else:
                ended = [one.command for one in self.programs if (one.process.poll() or 0) > 0]
                assert not ended, f"{ended} ended by itself"
            await asyncio.sleep(0.2)

    async def settled(self, limit_s: float = 120, *, supervised: bool = False) -> None:
        """Until every record was taken and committed and no message waits, twice in a row."""

        def done() -> bool:
            return self.waiting() == 0 and not self.unsent()

        await self.until(done, limit_s, supervised=supervised)
        await asyncio.sleep(1.0)
        await self.until(done, limit_s, supervised=supervised)

    def waiting(self) -> int:
        """Records that no group has committed yet, over all topics."""
        with closing(KafkaAdminClient(bootstrap_servers=self.bootstrap, request_timeout_ms=5_000)) as admin:
            behind = 0
            stages: dict[Stage, str] = {
                "mentions": self.group, "readings": self.group, "findings": self.router_group
            }  # fmt: skip
            for stage, group in stages.items():
                partitions = [TopicPartition(self.topic(stage), number) for number in range(PARTITIONS)]
                ends = admin.list_partition_offsets(dict.fromkeys(partitions, OffsetSpec.LATEST))
                committed = admin.list_group_offsets(group).get(group, {})
                for partition, end in ends.items():
                    at = committed[partition].offset if partition in committed else 0
                    behind += end.offset - max(at, 0)
            return behind

    def values(self, topic: str) -> list[tuple[bytes | None, bytes | None]]:
        """Keys and values of everything on a topic, in the order of each partition."""
        partitions = [TopicPartition(topic, number) for number in range(PARTITIONS)]
        with closing(KafkaConsumer(bootstrap_servers=self.bootstrap, enable_auto_commit=False)) as consumer:
            consumer.assign(partitions)
            consumer.seek_to_beginning()
            ends = consumer.end_offsets(partitions)
            found: list[tuple[bytes | None, bytes | None]] = []
            while any(consumer.position(one) < ends[one] for one in partitions):
                for records in consumer.poll(timeout_ms=500).values():
                    found.extend((record.key, record.value) for record in records)
        return found

    def readings(self) -> list[Reading]:
        """Every reading on its topic, repeats included."""
        return self._decoded("readings", decode_readings)

    def findings(self) -> list[Finding]:
        """Every finding on its topic, repeats included."""
        return self._decoded("findings", decode_findings)

    def _decoded(self, stage: Stage, decode_batch: Callable[[bytes], Decoded[Item]]) -> list[Item]:
        items: list[Item] = []
        for _, value in self.values(self.topic(stage)):
            try:
                items.extend(decode_batch(value or b"").items)
            except UndecodableRecord:
                continue  # what a test put there as such
        return items

    def rejected(self) -> list[Rejected]:
        """Every dead letter, repeats included."""
        return [decode(Rejected, value or b"") for _, value in self.values(self.topic("rejected"))]

    def counted(self) -> dict[str, int]:
        """For each story as the watch step last kept it: how many mentions it counted."""
        last: dict[bytes, bytes | None] = {}
        for key, value in self.values(changelog_name(self.group, "watch")):
            last[key or b""] = value
        kept = (decode_story(value) for key, value in last.items() if b"|story:" in key and value)
        return {story.id: story.mentions for story in kept if story is not None}

    def incidents(self) -> tuple[IncidentView, ...]:
        """The incidents of the router's database."""
        store = Store.open(load_settings(self.config).store_url, SystemClock())
        try:
            return store.incidents(10_000)
        finally:
            store.close()

    def messages(self) -> list[MessageView]:
        """Every message of every incident."""
        return [message for view in self.incidents() for message in view.messages]

    def unsent(self) -> list[MessageView]:
        """Messages that still wait or are on their way."""
        return [one for one in self.messages() if one.state in {"pending", "sending"}]

    def received(self) -> list[dict[str, Any]]:
        """What the person's receiver took, repeats dropped by their id."""
        return self.receiver.events


def _held(holds: Callable[[], bool]) -> bool:
    """False while the broker or the database is not there, or not there yet."""
    try:
        return holds()
    except (KafkaError, TransientError):
        return False
