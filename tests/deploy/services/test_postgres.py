"""The real PostgreSQL: empty databases, crash and restart."""

from pathlib import Path

import pytest
from sqlalchemy import NullPool, create_engine, text

from deploy.services.errors import ServiceFailed
from deploy.services.postgres import Postgres, find_programs
from tests.deploy.programs import put_program


def _run(url: str, *statements: str) -> None:
    engine = create_engine(url, poolclass=NullPool)
    with engine.begin() as connection:
        for statement in statements:
            connection.execute(text(statement))


def _value(url: str, query: str) -> object:
    engine = create_engine(url, poolclass=NullPool)
    with engine.connect() as connection:
        return connection.execute(text(query)).scalar_one()


@pytest.mark.parametrize("turn", [1, 2])
def test_each_test_has_an_empty_database(postgres_url: str, turn: int) -> None:
    assert turn  # the second turn would see the table of the first
    assert _value(postgres_url, "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") == 0
    _run(postgres_url, "CREATE TABLE kept (turn int)", "INSERT INTO kept VALUES (7)")
    assert _value(postgres_url, "SELECT turn FROM kept") == 7


def test_text_keeps_its_accents(postgres_url: str) -> None:
    assert _value(postgres_url, "SELECT upper('Véloria ❤') || length('é')") == "VéLORIA ❤1"


def test_what_was_committed_survives_a_crash_and_a_restart(fresh_postgres: Postgres) -> None:
    url = fresh_postgres.create_database("kept")
    _run(url, "CREATE TABLE pages (name text)", "INSERT INTO pages VALUES ('first')")
    fresh_postgres.kill()
    assert not fresh_postgres.running
    fresh_postgres.start()
    assert _value(url, "SELECT name FROM pages") == "first"
    fresh_postgres.restart()
    assert _value(url, "SELECT name FROM pages") == "first"


def test_a_stopped_server_has_no_process(fresh_postgres: Postgres) -> None:
    assert fresh_postgres.pid > 0
    fresh_postgres.stop()
    with pytest.raises(ServiceFailed, match=f"No PostgreSQL of ours runs on port {fresh_postgres.port}"):
        _ = fresh_postgres.pid


@pytest.mark.parametrize("name", ["", "Upper", 'a"b', "a; DROP DATABASE postgres", "1a", "a" * 64])
def test_a_name_that_needs_quotes_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="not a plain database name"):
        Postgres(port=15_000).create_database(name)


def test_the_newest_installed_server_is_taken(tmp_path: Path) -> None:
    for version in ("9", "15", "17"):
        put_program(tmp_path / version / "bin", "initdb", "exit 0")
    for version in ("9", "15"):
        put_program(tmp_path / version / "bin", "postgres", "exit 0")
    found = find_programs(tmp_path)
    assert found
    assert found.postgres == str(tmp_path / "15/bin/postgres")


def test_without_a_server_nothing_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find_programs(tmp_path) is None
