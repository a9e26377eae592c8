"""Declares every topic and changelog from the one table in ``monitor.topic_table``, through kafka-python."""

from dataclasses import dataclass

from kafka.admin import KafkaAdminClient, NewTopic
from kafka.errors import KafkaError, TopicAlreadyExistsError

from deploy.settings import KafkaSettings
from monitor.errors import RefuseToStart, Unavailable
from monitor.topic_table import TABLES, TOPICS, changelog_name, topic_name

BOOTSTRAP_MS = 10_000


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
            {"cleanup.policy": "compact", "max.message.bytes": "8400000"},
        )
        for table in TABLES
    ]
    return topics + changelogs


def declare_topics(settings: KafkaSettings) -> list[Declared]:
    """Create what is missing. Raises RefuseToStart when an existing topic has another number of partitions."""
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
    return NewTopic(
        name=name,
        num_partitions=settings.partitions,
        replication_factor=settings.replication_factor,
        topic_configs=configs,
    )


def _create(admin: KafkaAdminClient, topic: NewTopic) -> None:
    try:
        admin.create_topics([topic])
    except TopicAlreadyExistsError:
        return  # another process declared it a moment ago


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
