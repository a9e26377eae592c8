"""Fixtures: a real PostgreSQL server, shared or of the test's own."""

import uuid
from collections.abc import Iterator

import pytest

from deploy.services.postgres import Postgres
from tests.services.missing import skip_when_missing


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Postgres]:
    """The server that all tests share: use `postgres_url`, and never stop it."""
    yield from _run(Postgres())


@pytest.fixture
def postgres_url(postgres_server: Postgres) -> Iterator[str]:
    """The SQLAlchemy address of an empty database of the test's own; gone after the test."""
    name = f"test_{uuid.uuid4().hex}"
    yield postgres_server.create_database(name)
    postgres_server.drop_database(name)


@pytest.fixture
def fresh_postgres() -> Iterator[Postgres]:
    """A server that the test may stop, kill and restart."""
    yield from _run(Postgres())


def _run(server: Postgres) -> Iterator[Postgres]:
    try:
        with skip_when_missing():
            server.start()
        yield server
    finally:
        server.remove()
