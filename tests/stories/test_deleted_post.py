"""Promise: a post that its author deletes is erased in time, with a proof, and is kept while a legal hold stands."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from connectors.native_tape import NativeReader
from deploy.pipeline import Pipeline
from deploy.soft_state import SoftState
from monitor.clock import ManualClock
from monitor.playbook import load_playbook
from monitor.read import build_stages
from monitor.records import Mention
from monitor.settings import BrandSettings
from monitor.watch import BrandState
from routing.evidence_views import EvidenceView
from tests.routing.scenes import SECRET, Scene

NOW = datetime(2026, 3, 14, 9, tzinfo=UTC)
BRAND = BrandSettings(id="veloria", name="Véloria", queries=("veloria",))
EXAMPLE = Path(__file__).parents[2] / "deploy" / "example" / "playbook.yaml"
WORDS = "La batterie de mon Véloria a pris feu, c’est dangereux et inacceptable"


def frame(operation: str, at: datetime) -> dict[str, object]:
    """A frame of Bluesky as a line of a tape."""
    record = {"record": {"text": WORDS, "createdAt": NOW.isoformat()}} if operation == "create" else {}
    commit = {"operation": operation, "collection": "app.bsky.feed.post", "rkey": "3l", **record}
    payload = {"did": "did:plc:ana", "time_us": int(at.timestamp() * 1e6), "kind": "commit", "commit": commit}
    return {"source": "bluesky", "at": at.isoformat(), "payload": payload}


async def publish(pipeline: Pipeline, *mentions: Mention) -> None:
    task = asyncio.create_task(pipeline.run())
    try:
        await pipeline.publish("bluesky", mentions)
    finally:
        task.cancel()


async def kept(scene: Scene) -> EvidenceView:
    (view,) = await scene.router.incidents()
    return scene.store.keeping.evidence(view.id)


async def test_a_deleted_post_goes_within_a_day_unless_it_is_held(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOCSIN_LINK_SECRET", SECRET)
    scene = Scene(f"sqlite:///{tmp_path}/router.db")
    scene.clock = clock = ManualClock(NOW + timedelta(minutes=1))
    scene.store._clock = scene.store.keeping._clock = clock
    soft = SoftState(tmp_path / "state.db")
    judged = build_stages([BRAND]), {BRAND.id: BrandState(BRAND)}, load_playbook(EXAMPLE)
    pipeline = Pipeline(*judged, soft, scene.router.accept, clock)
    reader = NativeReader()
    created = reader.read(frame("create", NOW), NOW).mentions
    await publish(pipeline, *created)
    deleted_at = NOW + timedelta(minutes=5)
    clock.advance(300)
    await publish(pipeline, *reader.read(frame("delete", deleted_at), deleted_at).mentions)
    soft.close()
    view = await kept(scene)
    assert [one.event for one in view.versions] == ["new", "deleted"]
    assert view.versions[0].payload_sha256 == created[0].raw_sha256
    scene.store.keeping.hold(view.incident, "Legal on-call", "claim 12")
    clock.advance(25 * 3_600)
    assert scene.store.keeping.sweep(scene.settings) == 0
    scene.store.keeping.release(view.incident, "Legal on-call", "settled")
    assert scene.store.keeping.sweep(scene.settings) > 0
    erased = (await kept(scene)).versions
    assert {one.erased_why for one in erased} == {"deleted_at_source"}
    assert [one.payload_sha256 for one in erased] == [one.payload_sha256 for one in view.versions]
    stored = json.dumps(
        [one.model_dump(mode="json") for one in await scene.router.incidents()], ensure_ascii=False
    )
    assert "a pris feu" not in stored
    scene.store.close()
    database = b"".join(file.read_bytes() for file in sorted(tmp_path.glob("router.db*")))  # noqa: ASYNC240
    assert b"a pris feu" not in database
