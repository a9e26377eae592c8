"""Embedded mode's memory on disk: the watch entries of each brand, and the dead letters. One SQLite file.

Losing this file loses no page that was accepted (the router has its own store); stories would start anew.
"""

import sqlite3
import threading
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from pathlib import Path

from monitor.batches import Rejected
from monitor.codec import decode, encode

REJECTED_KEPT = timedelta(days=30)  # dead letters hold posts: they go when nobody looked for a month

_SCHEMA = """
CREATE TABLE IF NOT EXISTS watch (brand TEXT NOT NULL, key TEXT NOT NULL, value BLOB NOT NULL,
    PRIMARY KEY (brand, key)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS rejected (id TEXT PRIMARY KEY, record BLOB NOT NULL) WITHOUT ROWID;
"""


class SoftState:
    """Watch entries and dead letters. Calls block; use them from a thread. Safe to share between threads."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = threading.Lock()
        self._connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = FULL")  # an acknowledged batch survives a power cut
        self._connection.execute("PRAGMA busy_timeout = 10000")
        self._connection.executescript(_SCHEMA)

    def entries(self, brand: str) -> list[tuple[str, bytes]]:
        """All watch entries of a brand, by key."""
        with self._lock:
            rows = self._connection.execute(
                "SELECT key, value FROM watch WHERE brand = ? ORDER BY key", [brand]
            )
            return [(str(key), bytes(value)) for key, value in rows]

    def save(self, changed: Mapping[str, Mapping[str, bytes | None]]) -> None:
        """Write the changed entries of several brands in one transaction; None deletes an entry."""
        puts = [(b, k, v) for b, entries in changed.items() for k, v in entries.items() if v is not None]
        deletes = [(b, k) for b, entries in changed.items() for k, v in entries.items() if v is None]
        with self._lock, self._transaction():
            self._connection.executemany("INSERT OR REPLACE INTO watch VALUES (?, ?, ?)", puts)
            self._connection.executemany("DELETE FROM watch WHERE brand = ? AND key = ?", deletes)

    def reject(self, letters: Iterable[Rejected]) -> None:
        """Keep dead letters; the same letter twice is kept once. Those that are too old go."""
        letters = tuple(letters)
        rows = [(letter.id, encode(letter)) for letter in letters]
        with self._lock, self._transaction():
            self._connection.executemany("INSERT OR IGNORE INTO rejected VALUES (?, ?)", rows)
        if letters:
            self.forget_rejected(max(letter.rejected_at for letter in letters))

    def forget_rejected(self, now: datetime) -> None:
        """Delete dead letters that are older than ``REJECTED_KEPT`` at ``now``."""
        oldest = (now - REJECTED_KEPT).strftime("%Y-%m-%dT%H:%M:%S")
        at = "json_extract(CAST(record AS TEXT), '$.rejected_at')"
        with self._lock, self._transaction():
            self._connection.execute(f"DELETE FROM rejected WHERE {at} < ?", [oldest])  # noqa: S608 - our own words

    def rejected(self) -> list[Rejected]:
        """Every dead letter kept, by id."""
        with self._lock:
            rows = self._connection.execute("SELECT record FROM rejected ORDER BY id").fetchall()
        return [decode(Rejected, bytes(row[0])) for row in rows]

    def close(self) -> None:
        with self._lock:
            self._connection.close()

    def _transaction(self) -> "_Transaction":
        return _Transaction(self._connection)


class _Transaction:
    """BEGIN IMMEDIATE … COMMIT, rolled back when the body raises."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def __enter__(self) -> None:
        self._connection.execute("BEGIN IMMEDIATE")

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self._connection.execute("COMMIT" if kind is None else "ROLLBACK")
