"""Embedded mode: a batch counts only when everything that follows from it is committed."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from connectors.protocol import RejectedItem
from deploy.pipeline import Pipeline
from deploy.soft_state import SoftState
from monitor.clock import ManualClock
from monitor.errors import Unavailable
from monitor.playbook import load_playbook
from monitor.read import build_stages
from monitor.records import Author, Finding, Mention
from monitor.settings import BrandSettings
from monitor.watch import BrandState

NOW = datetime(2026, 3, 14, 9, tzinfo=UTC)
BRAND = BrandSettings(id="veloria", name="Véloria", queries=("veloria",))
EXAMPLE = Path(__file__).parents[2] / "deploy" / "example" / "playbook.yaml"
FIRE = "La batterie de mon Véloria a pris feu, c’est dangereux et inacceptable"


def mention(number: int, text: str = FIRE, followers: int = 9_000) -> Mention:
    return Mention(
        id=f"replay:{number}",
        source="replay",
        kind="post",
        author=Author(handle=f"a{number}.example", followers=followers),
        text=text,
        created_at=NOW + timedelta(seconds=number),
        fetched_at=NOW + timedelta(seconds=number),
    )


class Router:
    """Takes findings like the router, and fails when told to."""

    def __init__(self) -> None:
        self.ids: list[str] = []
        self.down = False

    async def accept(self, findings: Sequence[Finding]) -> None:
        if self.down:
            raise Unavailable("the database is away")
        self.ids.extend(finding.id for finding in findings)


@asynccontextmanager
async def running(folder: Path, router: Router) -> AsyncIterator[Pipeline]:
    soft = SoftState(folder / "state.db")
    states = {BRAND.id: BrandState.restore(BRAND, soft.entries(BRAND.id))}
    clock = ManualClock(NOW + timedelta(minutes=10))
    pipeline = Pipeline(build_stages([BRAND]), states, load_playbook(EXAMPLE), soft, router.accept, clock)
    task = asyncio.create_task(pipeline.run())
    try:
        yield pipeline
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        soft.close()


async def test_a_mention_of_the_brand_becomes_a_finding(tmp_path: Path) -> None:
    router = Router()
    async with running(tmp_path, router) as pipeline:
        await pipeline.publish("replay", (mention(1), mention(2, "Bonne journée au parc")))
        assert (pipeline.tally.mentions, pipeline.tally.of_no_brand, pipeline.tally.readings) == (2, 1, 1)
    assert router.ids


async def test_after_a_restart_the_same_mentions_give_the_same_findings_only(tmp_path: Path) -> None:
    router = Router()
    batch = tuple(mention(number) for number in range(5))
    async with running(tmp_path, router) as pipeline:
        await pipeline.publish("replay", batch)
    first, router.ids = set(router.ids), []
    async with running(tmp_path, router) as pipeline:
        await pipeline.publish("replay", batch)
        assert pipeline.tally.stories == 0
    assert first
    assert set(router.ids) <= first


async def test_a_router_that_is_away_keeps_the_cursor_back_and_loses_nothing(tmp_path: Path) -> None:
    router = Router()
    router.down = True
    async with running(tmp_path, router) as pipeline:
        with pytest.raises(Unavailable):
            await pipeline.publish("replay", (mention(1),))
        router.down = False
        await pipeline.publish("replay", (mention(1),))
    assert router.ids


async def test_what_was_judged_while_the_router_was_away_is_remembered_after_a_restart(
    tmp_path: Path,
) -> None:
    router = Router()
    router.down = True
    async with running(tmp_path, router) as pipeline:
        with pytest.raises(Unavailable):
            await pipeline.publish("replay", (mention(1),))
        router.down = False
        await pipeline.publish("replay", (mention(1),))
    first, router.ids = set(router.ids), []
    async with running(tmp_path, router) as pipeline:
        await pipeline.publish("replay", (mention(2, followers=0),))
        assert pipeline.tally.stories == 0  # it joins the story that people were told of
    assert first
    assert set(router.ids) <= first


async def test_rejected_items_are_kept_once_with_their_bytes(tmp_path: Path) -> None:
    async with running(tmp_path, Router()) as pipeline:
        for _ in range(2):
            await pipeline.reject("feeds", (RejectedItem("no_id", "an entry without an id", b"<entry/>"),))
    soft = SoftState(tmp_path / "state.db")
    kept = soft.rejected()
    soft.close()
    assert [(one.stage, one.reason, one.original_base64) for one in kept] == [
        ("feeds", "no_id", "PGVudHJ5Lz4=")
    ]
