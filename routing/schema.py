"""The router's tables, the same on SQLite and PostgreSQL. Instants are whole microseconds since 1970, UTC."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, MetaData, String, Table, Text

SCHEMA = 3
metadata = MetaData()
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

meta = Table(
    "tocsin_meta",
    metadata,
    Column("name", String(40), primary_key=True),
    Column("value", Integer, nullable=False),
)

findings = Table(
    "findings",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("incident", String(64), nullable=False),
)

incidents = Table(
    "incidents",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("number", Integer, nullable=False, unique=True),
    Column("brand", String(200), nullable=False),
    Column("brand_name", Text, nullable=False),
    Column("story", String(64), nullable=False),
    Column("cycle", Integer, nullable=False),
    Column("state", String(20), nullable=False),
    Column("severity", String(20), nullable=False),
    Column("sequence", Integer, nullable=False),
    Column("opened_at", BigInteger, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
    Column("resolved_at", BigInteger),
    Column("resolved_by", Text, nullable=False),
    Column("story_json", Text, nullable=False),
    Index("incidents_by_story", "brand", "story", "state"),
)

tracks = Table(
    "tracks",
    metadata,
    Column("incident", String(64), primary_key=True),
    Column("department", String(20), primary_key=True),
    Column("severity", String(20), nullable=False),
    Column("finding_json", Text, nullable=False),
    Column("paged", Boolean, nullable=False),
    Column("chain_json", Text, nullable=False),
    Column("round", Integer, nullable=False),  # grows when a rise in severity starts the chain again
    Column("step", Integer, nullable=False),
    Column("next_step_at", BigInteger),
    Column("acknowledged_at", BigInteger),
    Column("acknowledged_by", Text, nullable=False),
    Index("tracks_by_timer", "next_step_at"),
)

messages = Table(
    "messages",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("incident", String(64), nullable=False),
    Column("department", String(20), nullable=False),
    Column("person", String(64), nullable=False),
    Column("target_number", Integer, nullable=False),  # which of the person's targets, in order of preference
    Column("target", Text, nullable=False),
    Column("channel", String(40), nullable=False),
    Column("transition", String(20), nullable=False),
    Column("severity", String(20), nullable=False),
    Column("round", Integer, nullable=False),  # of its track when it was queued
    Column("step", Integer, nullable=False),
    Column("sequence", Integer, nullable=False),
    Column("state", String(20), nullable=False),
    Column("reason", Text, nullable=False),
    Column("queued_at", BigInteger, nullable=False),
    Column("due_at", BigInteger, nullable=False),
    Column("sent_at", BigInteger),
    Column("attempts", Integer, nullable=False),
    Column("ambiguous", Integer, nullable=False),  # how often an attempt may have arrived
    Column("plain", Boolean, nullable=False),
    Column("fence", Integer, nullable=False),
    Column("lease_until", BigInteger),
    Column("thread", Text, nullable=False),
    Index("messages_by_due", "state", "due_at"),
    Index("messages_by_target", "state", "target", "due_at"),
    Index("messages_by_incident", "incident"),
)

# What whoever was paged is still to be told: that somebody acknowledged or resolved. No page, and never counted as one.
closings = Table(
    "closings",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("incident", String(64), nullable=False),
    Column("department", String(20), nullable=False),
    Column("target", Text, nullable=False),
    Column("ending", String(20), nullable=False),
    Column("round", Integer, nullable=False),  # the last one that the answer is about
    Column("who", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("state", String(20), nullable=False),
    Column("reason", Text, nullable=False),
    Column("due_at", BigInteger, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("fence", Integer, nullable=False),
    Column("lease_until", BigInteger),
    Index("closings_by_due", "state", "due_at"),
    Index("closings_by_incident", "incident", "target"),
)

targets = Table(
    "targets",
    metadata,
    Column("name", String(200), primary_key=True),
    Column("failures", Integer, nullable=False),  # in a row
    Column("paused_until", BigInteger),
    Column("reason", Text, nullable=False),
)

history = Table(
    "history",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("incident", String(64), nullable=False, index=True),
    Column("at", BigInteger, nullable=False),
    Column("what", String(40), nullable=False),
    Column("department", String(20)),
    Column("who", Text, nullable=False),
    Column("detail", Text, nullable=False),
)


def micros(instant: datetime) -> int:
    """An aware instant as whole microseconds since 1970."""
    return (instant - _EPOCH) // timedelta(microseconds=1)


def instant(value: int) -> datetime:
    """Back from microseconds to an aware instant in UTC."""
    return _EPOCH + timedelta(microseconds=value)


def instant_or_none(value: int | None) -> datetime | None:
    return None if value is None else instant(value)
