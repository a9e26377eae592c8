"""The router's tables, the same on SQLite and PostgreSQL. Instants are whole microseconds since 1970, UTC."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    text,
)

SCHEMA = 4
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
    Column("incident", String(64), nullable=False, index=True),  # empty: recorded, but it opened nothing
    Column("brand", String(200), nullable=False),
    Column("story", String(64), nullable=False),
    Column("clause", String(1000), nullable=False),
    Column("severity", String(20), nullable=False),
    Column("at", BigInteger, nullable=False),  # when the router took it in
    Column("finding_json", Text, nullable=False),
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
    Column("kind", String(10), nullable=False),  # real, drill or canary
    Column("continues", String(64)),  # the resolved incident that this one reopens, or was split from
    Column("merged_into", String(64)),
    Column("chain_length", Integer, nullable=False),  # entries in the incident's hash chain
    Column("chain_hash", String(64), nullable=False),  # of the last of them
    Index("incidents_by_story", "brand", "story", "state"),
    Index("incidents_by_state", "state", "number"),
)

# Which incident a story belongs to now. One incident may hold several stories, merged by hand.
incident_stories = Table(
    "incident_stories",
    metadata,
    Column("brand", String(200), primary_key=True),
    Column("story", String(64), primary_key=True),
    Column("incident", String(64), nullable=False, index=True),
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
    Column("acknowledged_person", String(64), nullable=False),  # id, to be reminded
    Column(
        "quorum", String(10), nullable=False
    ),  # each: every paged department must answer; any: one is enough
    Column("remind_at", BigInteger),  # when an acknowledgement was last given: a reminder is counted from it
    Column("reopen_at", BigInteger),  # when a reminder that nobody confirmed starts the chain again
    Index("tracks_by_timer", "next_step_at"),
    Index("tracks_by_remind", "remind_at"),
    Index("tracks_by_reopen", "reopen_at"),
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
    Column("hold", String(20), nullable=False),  # why it is held back until due_at; empty: it is not
    Column("carrier", String(64)),  # the message that carries this one along in its summary
    Index("messages_by_carrier", "carrier"),
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
    Column("clause", Text, nullable=False),  # that the decision follows from; empty: none
    Column("playbook", String(64), nullable=False),  # SHA-256 of the agreement in force
    Column(
        "position", Integer, nullable=False
    ),  # in the hash chain of its incident, from 1; 0: before there was one
    Column("previous", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
    Column("published_at", BigInteger),  # on the events topic
    Index("history_by_publication", "published_at", "number"),
    # Whatever a writer does wrong, no chain ever forks.
    Index(
        "history_chain",
        "incident",
        "position",
        unique=True,
        sqlite_where=text("position > 0"),
        postgresql_where=text("position > 0"),
    ),
)

# Heads of the chains that belong to no incident. A row of its own: whoever writes there waits for nobody else.
chains = Table(
    "chains",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("length", Integer, nullable=False),
    Column("hash", String(64), nullable=False),
)

# The heads of all chains at one moment, chained themselves: nothing can be taken out between two of them.
seals = Table(
    "seals",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("at", BigInteger, nullable=False),
    Column("last_entry", Integer, nullable=False),  # number of the newest entry that it covers
    Column("heads", Integer, nullable=False),
    Column("root", String(64), nullable=False),
    Column("previous", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
    Column("stamp", LargeBinary),  # RFC 3161 answer over the hash
)

evidence = Table(
    "evidence",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("incident", String(64), nullable=False, index=True),
    Column("mention", String(1000), nullable=False, index=True),
    Column("event", String(10), nullable=False),  # new, edited or deleted
    Column("source", String(100), nullable=False),
    Column("received_at", BigInteger, nullable=False),
    Column("sealed_at", BigInteger, nullable=False),
    Column("payload", LargeBinary),  # as the source gave it; None: erased, or the source gave none
    Column("payload_sha256", String(64), nullable=False),
    Column("record", LargeBinary),  # the mention as Tocsin read it; None: erased
    Column("record_sha256", String(64), nullable=False),
    Column("expires_at", BigInteger),  # None: kept until somebody decides
    Column("erased_at", BigInteger),
    Column("erased_why", Text, nullable=False),
    Index("evidence_by_expiry", "expires_at"),
)

legal_holds = Table(
    "legal_holds",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("incident", String(64), nullable=False, index=True),
    Column("author", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("placed_at", BigInteger, nullable=False),
    Column("released_at", BigInteger),
    Column("released_by", Text, nullable=False),
)

silences = Table(
    "silences",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("brand", String(200), nullable=False),
    Column("story", String(64), nullable=False),  # never more than one story
    Column("department", String(20)),  # None: every department
    Column("clause", Text),  # None: every clause
    Column("up_to", String(20), nullable=False),  # the highest severity that it covers
    Column("author", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("starts_at", BigInteger, nullable=False),
    Column("ends_at", BigInteger, nullable=False),
    Column("ended_at", BigInteger),  # ended early: the row stays
    Column("ended_by", Text, nullable=False),
    Index("silences_by_story", "brand", "story"),
    Index("silences_by_end", "ends_at"),
)

# What came in by signed calls, kept longer than a copy of it would be accepted.
inbound = Table(
    "inbound",
    metadata,
    Column("source", String(40), primary_key=True),
    Column("delivery", String(200), primary_key=True),
    Column("at", BigInteger, nullable=False, index=True),
    Column("answer", Text, nullable=False),  # what the first copy was answered
)


def micros(instant: datetime) -> int:
    """An aware instant as whole microseconds since 1970."""
    return (instant - _EPOCH) // timedelta(microseconds=1)


def instant(value: int) -> datetime:
    """Back from microseconds to an aware instant in UTC."""
    return _EPOCH + timedelta(microseconds=value)


def instant_or_none(value: int | None) -> datetime | None:
    return None if value is None else instant(value)
