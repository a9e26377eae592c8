"""The Faust application, with the settings that make at-least-once hold. Each one has a reason beside it."""

from dataclasses import dataclass

import faust

from monitor.batches import MAX_RECORD_BYTES
from monitor.stream.careful import make_careful
from monitor.topic_table import TOPICS


@dataclass(frozen=True, slots=True)
class StreamSettings:
    """What the agents need to know of the broker."""

    bootstrap: str  # host:port, comma separated
    prefix: str = "tocsin"
    partitions: int = 8
    commit_interval_s: float = 1.0
    session_timeout_s: float = 10.0

    @property
    def app_id(self) -> str:
        """The consumer group, and the prefix of the changelogs."""
        return f"{self.prefix}-agents"


def make_app(settings: StreamSettings) -> faust.App:
    """An application with no agents yet."""
    brokers = ";".join(f"kafka://{server.strip()}" for server in settings.bootstrap.split(","))
    app = faust.App(
        settings.app_id,
        broker=brokers,
        autodiscover=False,
        # Raw bytes in and out: a record that does not decode would otherwise be acknowledged and lost.
        key_serializer="raw",
        value_serializer="raw",
        # Soft state is rebuilt from the changelog; a file could hold offsets beyond a recreated topic.
        store="memory://",
        table_standby_replicas=0,
        # Topics and changelogs are declared beforehand: Faust's own declaration does not keep the partition count.
        topic_allow_declare=False,
        topic_disable_leader=True,
        topic_partitions=settings.partitions,
        topic_replication_factor=1,
        # A crash repeats at most this much work.
        broker_commit_interval=settings.commit_interval_s,
        broker_session_timeout=settings.session_timeout_s,
        broker_heartbeat_interval=settings.session_timeout_s / 4,
        consumer_auto_offset_reset="earliest",
        consumer_max_fetch_size=MAX_RECORD_BYTES + 400_000,
        producer_acks=-1,
        producer_compression_type="lz4",
        producer_linger=0,
        # A dead letter carries its record in base64: it is larger than any record that is read.
        producer_max_request_size=max(topic.max_message_bytes for topic in TOPICS),
        processing_guarantee="at_least_once",
        # Batches are large; a small buffer keeps memory flat and shutdown quick.
        stream_buffer_maxsize=64,
        stream_wait_empty=True,
        # Health is our own: Faust's page says OK with the broker dead.
        web_enabled=False,
        worker_redirect_stdouts=False,
    )
    # Tables live in memory. Faust would make folders for them in the current one, which may be read-only.
    app._create_directories = lambda: None  # noqa: SLF001 - Faust has no setting for it
    return make_careful(app)
