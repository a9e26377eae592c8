"""Declares every topic and changelog from the one table in ``monitor.topic_table``, through kafka-python."""

from dataclasses import dataclass

from kafka.admin import KafkaAdminClient, NewTopic
from kafka.errors import InvalidReplicationFactorError, KafkaError, TopicAlreadyExistsError

from deploy.settings import KafkaSettings
from monitor.errors import RefuseToStart, Unavailable
from monitor.topic_table import TABLES, TOPICS, changelog_name, topic_name

BOOTSTRAP_MS = 10_000

# A worker reads the whole changelog when it starts, and the broker never compacts the segment that it writes to:
# with Kafka's defaults (1 GB or a week each, half of the log dirty) that takes minutes on every restart.
CHANGELOG: dict[str, str] = {
    "cleanup.policy": "compact",
    "max.message.bytes": "8400000",
    "segment.bytes": "33554432",
    "segment.ms": "3600000",
    "min.cleanable.dirty.ratio": "0.1",
}


@dataclass(frozen=True, slots=True)
class Declared:
    """A topic and whether this call created it."""

    name: str
    created: bool


def wanted_topics(settings: KafkaSettings) -> list[NewTopic]:
    """The topics and changelogs that must exist, with their settings."""
    topics = [
        _topic(
            topic_name(settings.prefix, topic.stage),
            settings,
            {
                "cleanup.policy": "delete",
                "retention.ms": str(topic.retention_ms),
                "max.message.bytes": str(topic.max_message_bytes),
            },
        )
        for topic in TOPICS
    ]
    changelogs = [
        _topic(
            changelog_name(f"{settings.prefix}-agents", table),
            settings,
            CHANGELOG,
        )
        for table in TABLES
    ]
    return topics + changelogs


def declare_topics(settings: KafkaSettings) -> list[Declared]:
    """Create what is missing. Raises RefuseToStart when an existing topic has another number of partitions, or
    when there are fewer brokers than replicas asked for."""
    wanted = wanted_topics(settings)
    try:
        admin = KafkaAdminClient(
            bootstrap_servers=settings.bootstrap.split(","),
            client_id="tocsin-topics",
            bootstrap_timeout_ms=BOOTSTRAP_MS,
        )
    except KafkaError as error:
        raise Unavailable(
            f"no Kafka broker answers at {settings.bootstrap}: {type(error).__name__}"
        ) from None
    try:
        existing = set(admin.list_topics())
        for topic in wanted:
            if topic.name not in existing:
                _create(admin, topic)
        _check_partitions(admin, [t.name for t in wanted if t.name in existing], settings.partitions)
    except KafkaError as error:
        raise Unavailable(f"the broker at {settings.bootstrap} refused: {error}") from None
    finally:
        admin.close()
    return [Declared(topic.name, topic.name not in existing) for topic in wanted]


def _topic(name: str, settings: KafkaSettings, configs: dict[str, str]) -> NewTopic:
    # With the default of one, a record counts as acknowledged although only its leader has it.
    in_sync = {"min.insync.replicas": "2"} if settings.replication_factor >= 3 else {}
    return NewTopic(
        name=name,
        num_partitions=settings.partitions,
        replication_factor=settings.replication_factor,
        topic_configs=configs | in_sync,
    )


def _create(admin: KafkaAdminClient, topic: NewTopic) -> None:
    try:
        admin.create_topics([topic])
    except TopicAlreadyExistsError:
        return  # another process declared it a moment ago
    except InvalidReplicationFactorError:
        raise RefuseToStart(
            f"kafka.replication_factor is {topic.replication_factor}, but the cluster has fewer brokers: "
            "set kafka.replication_factor to their number at most"
        ) from None


def _check_partitions(admin: KafkaAdminClient, names: list[str], partitions: int) -> None:
    if not names:
        return
    found = {
        str(described.get("name") or described.get("topic")): len(described["partitions"])
        for described in admin.describe_topics(names)
    }
    differing = [f"the topic {name} has {found[name]}" for name in sorted(found) if found[name] != partitions]
    if differing:
        raise RefuseToStart(
            f"kafka.partitions is {partitions}, but {', '.join(differing)}: set kafka.partitions to what exists, "
            "or use another kafka.prefix"
        )
