"""Opens the router's database and gives transactions; SQLite and PostgreSQL behave alike behind it."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, insert, select
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, IntegrityError, OperationalError

from monitor.errors import RefuseToStart, Unavailable
from routing.migrations import upgrade
from routing.schema import SCHEMA, meta, metadata


class Database:
    """An engine with our transaction rules. Calls block; use them from a thread."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.is_postgres = engine.dialect.name == "postgresql"
        # SQLite has one writer at a time; waiting here is fair, waiting in its busy loop is not.
        self._one_writer = threading.Lock()

    @classmethod
    def open(cls, url: str) -> "Database":
        """Connect and prepare the tables. Raises Unavailable, or RefuseToStart for a newer schema."""
        try:
            parsed = make_url(url)
        except ArgumentError:
            raise RefuseToStart(
                "the store is no database URL: sqlite:///file.db or postgresql+psycopg://..."
            ) from None
        if parsed.get_backend_name() == "sqlite":
            engine = create_engine(parsed, connect_args={"timeout": 10, "check_same_thread": False})
            event.listen(engine, "connect", _prepare_sqlite)
            event.listen(engine, "begin", _begin_immediate)
        else:
            engine = create_engine(parsed, pool_pre_ping=True, connect_args={"connect_timeout": 5})
        database = cls(engine)
        try:
            with database.transaction() as connection:
                _prepare_tables(connection)
        except BaseException:
            database.close()
            raise
        return database

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """One transaction. Raises Unavailable when the database is away or busy for too long."""
        try:
            with self._one_writer if not self.is_postgres else _NOTHING, self._engine.begin() as connection:
                yield connection
        except IntegrityError as error:
            raise Unavailable(
                "two processes wrote the same row; the loser tries again", after_s=0.05
            ) from error
        except (OperationalError, DBAPIError) as error:
            raise Unavailable(
                f"the router's database does not answer: {type(error.orig).__name__}"
            ) from error

    def close(self) -> None:
        self._engine.dispose()


def _prepare_tables(connection: Connection) -> None:
    """Create what is missing, upgrade what is old. Raises RefuseToStart for a newer schema."""
    metadata.create_all(connection)
    version = connection.scalar(select(meta.c.value).where(meta.c.name == "schema").with_for_update())
    if version is None:
        connection.execute(insert(meta).values(name="schema", value=SCHEMA))
    elif version > SCHEMA:
        raise RefuseToStart(f"the database has schema {version}, this Tocsin knows {SCHEMA}: upgrade Tocsin")
    elif version < SCHEMA:
        upgrade(connection, version)


class _Nothing:
    def __enter__(self) -> None:
        return None

    def __exit__(self, *_: object) -> None:
        return None


_NOTHING = _Nothing()


def _prepare_sqlite(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves
    for pragma in ("journal_mode = WAL", "synchronous = FULL", "busy_timeout = 10000"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_immediate(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")
