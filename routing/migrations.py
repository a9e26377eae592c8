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
}


def upgrade(connection: Connection, found: int) -> None:
    """Take every step from the schema that was found to the present one."""
    for number in range(found + 1, SCHEMA + 1):
        for statement in STEPS[number]:
            connection.execute(text(statement))
    connection.execute(update(meta).where(meta.c.name == "schema").values(value=SCHEMA))
