"""Brings the tables of an earlier version up to date, in the transaction that opens the database."""

from sqlalchemy import Connection, text, update

from routing.schema import SCHEMA, meta

_SEVERITY_OF_THEIR_TRACKS = """
UPDATE messages SET severity = COALESCE((
    SELECT tracks.severity FROM tracks
    WHERE tracks.incident = messages.incident AND tracks.department = messages.department
), 'warning')
"""
_ROUND_OF_THEIR_TRACKS = """
UPDATE messages SET round = COALESCE((
    SELECT tracks.round FROM tracks
    WHERE tracks.incident = messages.incident AND tracks.department = messages.department
), 0)
"""

_NEWEST_INCIDENT_OF_EACH_STORY = """
INSERT INTO incident_stories (brand, story, incident)
SELECT brand, story, id FROM incidents AS newest WHERE cycle = (
    SELECT MAX(cycle) FROM incidents AS other WHERE other.brand = newest.brand AND other.story = newest.story
)
"""

# Schema number -> the statements that lead to it from the one before, the same on SQLite and PostgreSQL.
STEPS: dict[int, tuple[str, ...]] = {
    2: (
        "ALTER TABLE messages ADD COLUMN severity VARCHAR(20) NOT NULL DEFAULT 'warning'",
        _SEVERITY_OF_THEIR_TRACKS,
        "ALTER TABLE incidents ADD COLUMN resolved_by TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE messages ADD COLUMN round INTEGER NOT NULL DEFAULT 0",
        _ROUND_OF_THEIR_TRACKS,
        "UPDATE messages SET state = 'pending' WHERE state = 'ambiguous'",  # it meant: tried again
        "CREATE INDEX messages_by_target ON messages (state, target, due_at)",
    ),
    3: (),  # the table "closings": what is wholly new is made when the database is opened
    4: (
        "ALTER TABLE findings ADD COLUMN brand VARCHAR(200) NOT NULL DEFAULT ''",
        "ALTER TABLE findings ADD COLUMN story VARCHAR(64) NOT NULL DEFAULT ''",
        "ALTER TABLE findings ADD COLUMN clause VARCHAR(1000) NOT NULL DEFAULT ''",
        "ALTER TABLE findings ADD COLUMN severity VARCHAR(20) NOT NULL DEFAULT 'warning'",
        "ALTER TABLE findings ADD COLUMN at BIGINT NOT NULL DEFAULT 0",
        "ALTER TABLE findings ADD COLUMN finding_json TEXT NOT NULL DEFAULT ''",
        "CREATE INDEX ix_findings_incident ON findings (incident)",
        "ALTER TABLE incidents ADD COLUMN kind VARCHAR(10) NOT NULL DEFAULT 'real'",
        "ALTER TABLE incidents ADD COLUMN continues VARCHAR(64)",
        "ALTER TABLE incidents ADD COLUMN merged_into VARCHAR(64)",
        "ALTER TABLE incidents ADD COLUMN chain_length INTEGER NOT NULL DEFAULT 0",
        "ALTER TABLE incidents ADD COLUMN chain_hash VARCHAR(64) NOT NULL DEFAULT ''",
        "CREATE INDEX incidents_by_state ON incidents (state, number)",
        _NEWEST_INCIDENT_OF_EACH_STORY,
        "ALTER TABLE tracks ADD COLUMN acknowledged_person VARCHAR(64) NOT NULL DEFAULT ''",
        "ALTER TABLE tracks ADD COLUMN quorum VARCHAR(10) NOT NULL DEFAULT 'each'",
        "ALTER TABLE tracks ADD COLUMN remind_at BIGINT",
        "ALTER TABLE tracks ADD COLUMN reopen_at BIGINT",
        "CREATE INDEX tracks_by_remind ON tracks (remind_at)",
        "CREATE INDEX tracks_by_reopen ON tracks (reopen_at)",
        "ALTER TABLE messages ADD COLUMN hold VARCHAR(20) NOT NULL DEFAULT ''",
        "ALTER TABLE messages ADD COLUMN carrier VARCHAR(64)",
        "CREATE INDEX messages_by_carrier ON messages (carrier)",
        "ALTER TABLE history ADD COLUMN clause TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE history ADD COLUMN playbook VARCHAR(64) NOT NULL DEFAULT ''",
        "ALTER TABLE history ADD COLUMN position INTEGER NOT NULL DEFAULT 0",
        "ALTER TABLE history ADD COLUMN previous VARCHAR(64) NOT NULL DEFAULT ''",
        "ALTER TABLE history ADD COLUMN hash VARCHAR(64) NOT NULL DEFAULT ''",
        "ALTER TABLE history ADD COLUMN published_at BIGINT",
        "UPDATE history SET published_at = 0",  # what is older than the events topic is not sent there
        "CREATE INDEX history_by_publication ON history (published_at, number)",
        "CREATE UNIQUE INDEX history_chain ON history (incident, position) WHERE position > 0",
    ),
}


def upgrade(connection: Connection, found: int) -> None:
    """Take every step from the schema that was found to the present one."""
    for number in range(found + 1, SCHEMA + 1):
        for statement in STEPS[number]:
            connection.execute(text(statement))
    connection.execute(update(meta).where(meta.c.name == "schema").values(value=SCHEMA))
