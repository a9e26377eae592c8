"""The store is opened and read, never written or created; what is wrong with it is said."""

import socket
import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

from deploy.doctor_database import try_database
from deploy.settings import TocsinSettings
from monitor.clock import SystemClock
from routing.schema import SCHEMA
from routing.store import Store
from tests.deploy.doctor_files import settings_of


def made(settings: TocsinSettings) -> TocsinSettings:
    Store.open(settings.store_url, SystemClock()).close()
    return settings


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> TocsinSettings:
    return settings_of(tmp_path, monkeypatch)


def test_a_store_that_is_not_there_is_not_created(settings: TocsinSettings, tmp_path: Path) -> None:
    said = try_database(settings, 5)
    assert said.state == "ok"
    assert "not there yet" in said.what
    assert not (tmp_path / "tocsin.db").exists()


def test_a_store_is_read_and_nothing_made_beside_it(settings: TocsinSettings, tmp_path: Path) -> None:
    made(settings)
    before = {file.name for file in tmp_path.iterdir()}
    said = try_database(settings, 5)
    assert {file.name for file in tmp_path.iterdir()} == before
    assert (said.state, said.what) == ("ok", f"SQLite at {tmp_path / 'tocsin.db'} answers, schema {SCHEMA}")


def test_a_store_in_use_is_read_all_the_same(settings: TocsinSettings, tmp_path: Path) -> None:
    made(settings)
    writer = sqlite3.connect(tmp_path / "tocsin.db", isolation_level=None)
    writer.execute("BEGIN IMMEDIATE")
    before = {file.name for file in tmp_path.iterdir()}
    assert "tocsin.db-wal" in before
    try:
        assert try_database(settings, 5).state == "ok"
        assert {file.name for file in tmp_path.iterdir()} == before
    finally:
        writer.rollback()
        writer.close()


@pytest.mark.parametrize(
    ("version", "state", "fault"), [(SCHEMA + 1, "down", "configuration"), (SCHEMA - 1, "warning", "")]
)
def test_another_schema_is_told_and_left_alone(
    settings: TocsinSettings, tmp_path: Path, version: int, state: str, fault: str
) -> None:
    made(settings)
    with sqlite3.connect(tmp_path / "tocsin.db") as connection:
        connection.execute("UPDATE tocsin_meta SET value = ?", (version,))
    connection.close()
    said = try_database(settings, 5)
    assert (said.state, said.fault) == (state, fault)
    assert f"schema {version}" in said.what
    assert try_database(settings, 5) == said


def test_what_is_no_database_is_down(settings: TocsinSettings, tmp_path: Path) -> None:
    (tmp_path / "tocsin.db").write_text("planted words of another file" * 100)
    said = try_database(settings, 5)
    assert (said.state, said.fault) == ("down", "outside")
    assert "planted" not in said.what


def test_a_place_that_cannot_hold_a_store_is_down(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "taken").write_text("a file, not a folder")
    said = try_database(settings_of(tmp_path, monkeypatch, store="sqlite:///taken/tocsin.db"), 5)
    assert said.state == "down"
    assert "cannot be created" in said.what


def test_a_store_whose_secret_is_missing_is_our_fault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = try_database(settings_of(tmp_path, monkeypatch, store="env:NO_SUCH_STORE"), 5)
    assert (said.state, said.fault) == ("down", "configuration")
    assert "NO_SUCH_STORE" in said.what


@pytest.mark.postgres
def test_postgres_is_read_and_an_empty_one_left_empty(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, postgres_url: str
) -> None:
    monkeypatch.setenv("STORE", postgres_url)
    settings = settings_of(tmp_path, monkeypatch, store="env:STORE")
    said = try_database(settings, 5)
    assert said.state == "ok"
    assert "is empty" in said.what
    engine = create_engine(postgres_url)
    with engine.connect() as connection:
        tables = connection.scalar(text("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"))
    engine.dispose()
    assert tables == 0
    assert try_database(made(settings), 5).what.endswith(f"answers, schema {SCHEMA}")


@pytest.mark.postgres
def test_a_database_that_postgres_does_not_have_is_down(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, postgres_url: str
) -> None:
    other = make_url(postgres_url).set(database="no_such_database").render_as_string(hide_password=False)
    monkeypatch.setenv("STORE", other)
    said = try_database(settings_of(tmp_path, monkeypatch, store="env:STORE"), 5)
    assert (said.state, said.fault) == ("down", "outside")


@pytest.mark.parametrize("listens", [True, False])
def test_a_postgres_that_hangs_or_refuses_is_down_and_its_password_stays_hidden(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, listens: bool
) -> None:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        if listens:
            one.listen()  # connections open, nobody answers
        port = one.getsockname()[1]
        monkeypatch.setenv("STORE", f"postgresql+psycopg://tocsin:planted-pw@127.0.0.1:{port}/tocsin")
        said = try_database(settings_of(tmp_path, monkeypatch, store="env:STORE"), 1)
    assert (said.state, said.fault) == ("down", "outside")
    assert "planted-pw" not in said.what
