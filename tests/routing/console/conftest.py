"""A router with one hostile incident, and its pages behind a test client."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.routing.console.site import Site
from tests.routing.scenes import SECRET, Scene


@pytest.fixture
async def scene(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Scene]:
    monkeypatch.setenv("TOCSIN_LINK_SECRET", SECRET)
    one = Scene(f"sqlite:///{tmp_path}/r.db")
    yield one
    one.store.close()


@pytest.fixture
async def site(scene: Scene) -> AsyncIterator[Site]:
    async with Site(scene) as one:
        await one.open_incident()
        yield one
