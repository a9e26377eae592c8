"""Opens the router's database and gives transactions; SQLite and PostgreSQL behave alike behind it."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, func, insert, select
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, IntegrityError, OperationalError

from monitor.errors import RefuseToStart, Unavailable
from routing.migrations import upgrade
from routing.schema import SCHEMA, meta, metadata

_ONLY_READS = "tocsin_only_reads"
_PREPARING = 7_062_026  # any number that nothing else in this database locks


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
            event.listen(engine, "begin", _begin)
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
        """One transaction that writes. Raises Unavailable when the database is away or busy for too long."""
        one_writer = nullcontext() if self.is_postgres else self._one_writer
        with _answering(), one_writer, self._engine.begin() as connection:
            yield connection

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """One snapshot to read from: it waits for no writer and holds none up. Raises Unavailable."""
        with _answering(), self._engine.connect() as connection:
            options = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
            connection.execution_options(**(options if self.is_postgres else {_ONLY_READS: True}))
            with connection.begin():
                yield connection

    def scrub(self) -> bool:
        """Bring SQLite's journal into the file and cut it: it repeats what was erased since. False: ask again later.

        It waits for readers a moment only. PostgreSQL does the like in its own time (VACUUM); it is not asked.
        """
        if self.is_postgres:
            return True
        with _answering(), self._one_writer:
            raw = self._engine.raw_connection()
            try:
                cursor = raw.cursor()
                cursor.execute("PRAGMA busy_timeout = 200")
                (busy, *_) = cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
                cursor.execute("PRAGMA busy_timeout = 10000")
                return not busy
            finally:
                raw.close()

    def close(self) -> None:
        self._engine.dispose()


def _prepare_tables(connection: Connection) -> None:
    """Create what is missing, upgrade what is old. Raises RefuseToStart for a newer schema."""
    if connection.dialect.name == "postgresql":  # of several processes that start at once, one creates
        connection.execute(select(func.pg_advisory_xact_lock(_PREPARING)))
    metadata.create_all(connection)
    version = connection.scalar(select(meta.c.value).where(meta.c.name == "schema").with_for_update())
    if version is None:
        connection.execute(insert(meta).values(name="schema", value=SCHEMA))
    elif version > SCHEMA:
        raise RefuseToStart(f"the database has schema {version}, this Tocsin knows {SCHEMA}: upgrade Tocsin")
    elif version < SCHEMA:
        upgrade(connection, version)


@contextmanager
def _answering() -> Iterator[None]:
    try:
        yield
    except IntegrityError as error:
        raise Unavailable("two processes wrote the same row; the loser tries again", after_s=0.05) from error
    except (OperationalError, DBAPIError) as error:
        raise Unavailable(f"the router's database does not answer: {type(error.orig).__name__}") from error


def _prepare_sqlite(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves
    # What is erased must be gone: SQLite would leave the words in free pages.
    pragmas = ("journal_mode = WAL", "synchronous = FULL", "busy_timeout = 10000", "secure_delete = ON")
    for pragma in pragmas:
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: Connection) -> None:
    # A transaction that may write takes the writer's lock at once: to ask for it later can fail.
    reads = connection.get_execution_options().get(_ONLY_READS, False)
    connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")
