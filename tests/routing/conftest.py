"""A router on SQLite and on PostgreSQL."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from routing.channels.testing import RecordingChannel
from tests.routing.scenes import SECRET, MakeScene, Scene


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def store_url(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The address of an empty store, once of each kind."""
    monkeypatch.setenv("TOCSIN_LINK_SECRET", SECRET)
    if request.param == "postgres":
        return str(request.getfixturevalue("postgres_url"))
    return f"sqlite:///{tmp_path}/r.db"


@pytest.fixture
def scene(store_url: str) -> Iterator[MakeScene]:
    """Makes routers on that store; they are closed after the test."""
    made: list[Scene] = []

    def make(*channels: RecordingChannel, repeat: int = 0) -> Scene:
        made.append(Scene(store_url, repeat=repeat, channels=channels))
        return made[-1]

    yield make
    for one in made:
        one.store.close()
