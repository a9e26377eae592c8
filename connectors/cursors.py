"""Where each connector stands, remembered across restarts and crashes."""

import asyncio
import sqlite3
import threading
from pathlib import Path

from connectors.protocol import Cursor
from monitor.errors import RefuseToStart, Unavailable

_SCHEMA = (
    "CREATE TABLE IF NOT EXISTS cursors (connector TEXT PRIMARY KEY, cursor TEXT NOT NULL) WITHOUT ROWID"
)


class MemoryCursors:
    """Forgets at the end of the process: for tests, and for replays that always start anew."""

    def __init__(self) -> None:
        self.saved: dict[str, Cursor] = {}

    async def load(self, connector: str) -> Cursor | None:
        return self.saved.get(connector)

    async def save(self, connector: str, cursor: Cursor) -> None:
        self.saved[connector] = cursor

    async def aclose(self) -> None:
        """Nothing to close."""


class SqliteCursors:
    """One SQLite file. ``save`` returns when the cursor is on the disk: it survives kill -9 and a power cut.

    Raises RefuseToStart when the file cannot be opened, Unavailable when the disk fails later.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
            self._connection.execute("PRAGMA busy_timeout = 10000")
            self._connection.execute("PRAGMA journal_mode = WAL")
            self._connection.execute("PRAGMA synchronous = FULL")
            self._connection.execute(_SCHEMA)
        except (OSError, sqlite3.Error) as error:
            raise RefuseToStart(
                f"{path}: the file of cursors cannot be opened ({error}): give data_dir a folder that can be "
                "written, or move the damaged file away (sources then start anew)"
            ) from None

    async def load(self, connector: str) -> Cursor | None:
        """The last saved cursor, or None at a first start."""
        return await asyncio.to_thread(self._load, connector)

    async def save(self, connector: str, cursor: Cursor) -> None:
        """Remember ``cursor``; it is durable when this returns."""
        await asyncio.to_thread(self._save, connector, cursor)

    async def aclose(self) -> None:
        """Close the file."""
        with self._lock:
            self._connection.close()

    def _load(self, connector: str) -> Cursor | None:
        with self._lock:
            try:
                row = self._connection.execute(
                    "SELECT cursor FROM cursors WHERE connector = ?", [connector]
                ).fetchone()
            except sqlite3.Error as error:
                raise Unavailable(f"{self._path}: the cursor cannot be read: {error}") from None
        return None if row is None else str(row[0])

    def _save(self, connector: str, cursor: Cursor) -> None:
        with self._lock:
            try:
                self._connection.execute("INSERT OR REPLACE INTO cursors VALUES (?, ?)", [connector, cursor])
            except sqlite3.Error as error:
                raise Unavailable(f"{self._path}: the cursor cannot be saved: {error}") from None
