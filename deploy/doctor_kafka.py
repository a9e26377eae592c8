"""Probes of Kafka mode: the broker answers, its topics are as declared, the groups keep up. Nothing is created."""

import asyncio
import math
from collections.abc import Iterator, Mapping
from typing import Any

from kafka import TopicPartition
from kafka.admin import KafkaAdminClient, OffsetSpec
from kafka.errors import KafkaError, RetriableError

from deploy.doctor import Probe, Said, down, good, warning, wrong
from deploy.kafka_topics import wanted_topics
from deploy.settings import KafkaSettings
from monitor.topic_table import topic_name

_OF_THE_TIME = 0.8  # of what a probe has, so that the client's own words still come in time
MANY = 10_000  # records behind; a worker needs a minute or more for them


def kafka_probes(kafka: KafkaSettings, timeout_s: float) -> Iterator[Probe]:
    """The broker with its topics, and the lag of the workers and of the router."""

    def probe(name: str, try_it: Any, *arguments: Any) -> Probe:
        async def run() -> Said:
            said: Said = await asyncio.to_thread(_asking, kafka, timeout_s, try_it, *arguments)
            return said

        return Probe("kafka", name, run)

    yield probe("topics", _try_topics)
    stages = (topic_name(kafka.prefix, "mentions"), topic_name(kafka.prefix, "readings"))
    yield probe(f"group {kafka.prefix}-agents", _try_group, f"{kafka.prefix}-agents", stages)
    findings = (topic_name(kafka.prefix, "findings"),)
    yield probe(f"group {kafka.prefix}-router", _try_group, f"{kafka.prefix}-router", findings)


def _asking(kafka: KafkaSettings, timeout_s: float, try_it: Any, *arguments: Any) -> Said:
    """Blocks. One connection for one question."""
    milliseconds = math.ceil(timeout_s * 1_000 * _OF_THE_TIME)
    try:
        admin = KafkaAdminClient(
            bootstrap_servers=kafka.bootstrap.split(","),
            client_id="tocsin-doctor",
            bootstrap_timeout_ms=milliseconds,
            request_timeout_ms=milliseconds,
        )
    except KafkaError as error:
        what = f"no broker answers at {kafka.bootstrap}: {type(error).__name__}"
        return down(what, "start the broker, or mend kafka.bootstrap")
    try:
        said: Said = try_it(admin, kafka, *arguments)
    except RetriableError as error:
        what = f"the broker at {kafka.bootstrap} is not ready: {type(error).__name__}"
        return down(what, "it may have been started a moment ago: ask again, then see its log")
    except KafkaError as error:
        return down(
            f"the broker at {kafka.bootstrap} refused: {type(error).__name__}", "see the broker's log"
        )
    finally:
        admin.close()
    return said


def _try_topics(admin: KafkaAdminClient, kafka: KafkaSettings) -> Said:
    found = partitions_of(admin, [topic.name for topic in wanted_topics(kafka)])
    return of_topics(kafka, found)


def of_topics(kafka: KafkaSettings, found: Mapping[str, int]) -> Said:
    """What the topics that are there (name: partitions) mean. Pure."""
    wanted = [topic.name for topic in wanted_topics(kafka)]
    differing = [
        f"{name} has {found[name]}"
        for name in wanted
        if found.get(name, kafka.partitions) != kafka.partitions
    ]
    if differing:
        what = f"kafka.partitions is {kafka.partitions}, but {', '.join(differing)}"
        return wrong(what, "set kafka.partitions to what exists, or use another kafka.prefix")
    missing = [name for name in wanted if name not in found]
    if missing:
        return down(f"{kafka.bootstrap} answers, but lacks: {', '.join(missing)}", "run tocsin topics")
    return good(f"{kafka.bootstrap} answers, {len(wanted)} topics of {kafka.partitions} partitions")


def _try_group(admin: KafkaAdminClient, kafka: KafkaSettings, group: str, topics: tuple[str, ...]) -> Said:
    found = partitions_of(admin, list(topics))
    places = [TopicPartition(name, number) for name, count in found.items() for number in range(count)]
    if not places:
        return down("its topics are not there", "run tocsin topics")
    ends = admin.list_partition_offsets(dict.fromkeys(places, OffsetSpec.LATEST))
    starts = admin.list_partition_offsets(dict.fromkeys(places, OffsetSpec.EARLIEST))
    # To ask after a group that never was makes a new broker create its topic of offsets.
    known = group in {str(one["group_id"]) for one in admin.list_groups()}
    taken = admin.list_group_offsets({group: places})[group] if known else {}
    committed = {place: kept.offset for place, kept in taken.items() if kept.offset >= 0}
    behind = sum(
        max(0, end.offset - max(committed.get(one, 0), starts[one].offset)) for one, end in ends.items()
    )
    return of_lag(behind, started=bool(committed))


def of_lag(behind: int, *, started: bool) -> Said:
    """What so many records behind mean. Pure."""
    if behind and not started:
        return warning(f"{behind} records wait and none was ever taken", "start the processes of Kafka mode")
    if behind > MANY:
        return warning(f"{behind} records behind", "see LagGrowing in docs/operations.md")
    return good(f"{behind} records behind")


def partitions_of(admin: KafkaAdminClient, names: list[str]) -> dict[str, int]:
    """How many partitions each of these topics has; those that are not there are left out."""
    existing = set(admin.list_topics())
    there = [name for name in names if name in existing]
    if not there:
        return {}
    return {
        str(described.get("name") or described.get("topic")): len(described["partitions"])
        for described in admin.describe_topics(there)
    }
