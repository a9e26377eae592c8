"""Probe of the router's database: opened, read once, never written. A store that is not there is not created."""

import asyncio
import math
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import Connection, create_engine, inspect, select, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError

from deploy.doctor import Probe, Said, down, good, warning, wrong
from deploy.settings import TocsinSettings
from routing.schema import SCHEMA, meta

_JOURNAL = ("-wal", "-shm")


def database_probe(settings: TocsinSettings, timeout_s: float) -> Probe:
    """The probe of the store; ``timeout_s`` bounds the connection itself, which runs in a thread."""

    async def run() -> Said:
        return await asyncio.to_thread(try_database, settings, timeout_s)

    return Probe("database", "store", run)


def try_database(settings: TocsinSettings, timeout_s: float) -> Said:
    """Read the schema's version from the store. Blocks."""
    try:
        url = make_url(settings.store_url)
    except ValueError as error:
        return wrong(str(error))
    except ArgumentError:
        return wrong("the store is no database URL", "write sqlite:///file.db or postgresql+psycopg://...")
    if url.get_backend_name() != "sqlite":
        return _read(url, timeout_s, f"PostgreSQL at {url.host or 'its socket'}")
    file = Path(url.database or "")
    if not file.is_file():
        return _not_there_yet(file)
    if not os.access(file, os.W_OK) or not os.access(file.parent, os.W_OK):
        return down(
            f"{file} or its folder cannot be written",
            "give Tocsin's account the right to write there; the folder holds SQLite's journal",
        )
    return _read(_only_reading(file), timeout_s, f"SQLite at {file}")


def nearest_folder(path: Path) -> Path:
    """The folder, or the first above it that is there."""
    return next((one for one in (path, *path.parents) if one.exists()), Path("/"))


def _not_there_yet(file: Path) -> Said:
    folder = nearest_folder(file.parent)
    if not folder.is_dir() or not os.access(folder, os.W_OK | os.X_OK):
        return down(
            f"{file} cannot be created: {folder} cannot be written", "mend store, or the folder's rights"
        )
    return good(f"{file} is not there yet: made at the first start")


def _only_reading(file: Path) -> URL:
    query = {"mode": "ro", "uri": "true"}
    # Reading beside a process that has the store open uses its journal. With none, SQLite would make one and leave
    # it: made by root, it would keep Tocsin's own account out. So the file is then read as if nobody could change it.
    if not all(Path(f"{file}{suffix}").exists() for suffix in _JOURNAL):
        query["immutable"] = "1"
    return URL.create("sqlite", database=f"file:{quote(str(file))}", query=query)


def _read(url: URL, timeout_s: float, place: str) -> Said:
    try:
        with _connected(url, timeout_s) as connection:
            version = (
                connection.scalar(select(meta.c.value).where(meta.c.name == "schema"))
                if inspect(connection).has_table(meta.name)
                else None
            )
    except DBAPIError as error:
        what = f"{place} does not answer: {type(error.orig).__name__}"
        return down(what, "see whether it runs, and the user, password and database of the store")
    except SQLAlchemyError as error:
        return wrong(f"{place} cannot be used: {type(error).__name__}", "mend store in the configuration")
    return _of_version(place, version)


def _of_version(place: str, version: int | None) -> Said:
    if version is None:
        return good(f"{place} answers, and is empty: prepared at the first start")
    if version > SCHEMA:
        return wrong(f"{place} has schema {version}, this Tocsin knows {SCHEMA}", "upgrade Tocsin")
    if version < SCHEMA:
        what = f"{place} has schema {version}, this Tocsin has {SCHEMA}"
        return warning(what, "the next start brings it up to date: keep a copy before")
    return good(f"{place} answers, schema {version}")


@contextmanager
def _connected(url: URL, timeout_s: float) -> Iterator[Connection]:
    whole = max(1, math.ceil(timeout_s))
    is_sqlite = url.get_backend_name() == "sqlite"
    engine = create_engine(url, connect_args={"timeout" if is_sqlite else "connect_timeout": whole})
    try:
        with engine.connect() as connection:
            if not is_sqlite:  # not as an option of the connection: poolers refuse those
                connection.execute(text(f"SET LOCAL statement_timeout = {whole * 1_000}"))
            yield connection
    finally:
        engine.dispose()
