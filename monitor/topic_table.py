"""The Kafka topics of Tocsin, in one table: names, keys, and how long records stay."""

from dataclasses import dataclass
from typing import Literal

Stage = Literal["mentions", "readings", "findings", "rejected", "events"]

DAY_MS = 24 * 60 * 60 * 1_000


@dataclass(frozen=True, slots=True)
class Topic:
    """One topic. All topics share one partition count, so that keys stay together from stage to stage."""

    stage: Stage
    key: str  # what the record key is, in words
    retention_ms: int
    max_message_bytes: int = 8_400_000


TOPICS: tuple[Topic, ...] = (
    Topic("mentions", "shard of the mention id", 7 * DAY_MS),
    Topic("readings", "brand id", 7 * DAY_MS),
    Topic("findings", "story id", 30 * DAY_MS),
    Topic("rejected", "id of the dead letter", 30 * DAY_MS, max_message_bytes=12_000_000),
    Topic("events", "incident id", 30 * DAY_MS),
)

# Faust names a table's changelog <app>-<table>-changelog; we declare them ourselves because Faust does not
# honour partition counts on brokers that create topics by themselves.
TABLES: tuple[str, ...] = ("watch",)


def topic_name(prefix: str, stage: Stage) -> str:
    """``tocsin.mentions`` for the prefix ``tocsin``."""
    return f"{prefix}.{stage}"


def changelog_name(app_id: str, table: str) -> str:
    """The changelog topic of a Faust table."""
    return f"{app_id}-{table}-changelog"
