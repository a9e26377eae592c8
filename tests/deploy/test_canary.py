"""`tocsin run` with its canary: the whole way in one process, and nothing of it among what people see."""

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest
from prometheus_client import REGISTRY
from pydantic import ValidationError
from sqlalchemy import select

from deploy.canary_settings import CanarySettings
from deploy.embedded import Embedded, build_embedded
from deploy.settings import load_settings
from monitor.canary import CANARY
from monitor.clock import SystemClock
from routing.schema import incidents, messages
from tests.routing.scenes import SECRET

CONFIG = """
brands: [{id: veloria, name: Véloria, queries: ["canary OR veloria"]}]
playbook: PLAYBOOK
http: {port: 0}
canary: {on: SENT, every: 10s}
routing:
  links: {secret: "env:TOCSIN_LINK_SECRET"}
  people: [{id: duty, name: Duty, targets: [{kind: terminal, name: duty, path: FOLDER/pages.txt}]}]
  departments:
    comms: {chain: [{people: [duty], wait: 1h}]}
    legal: {chain: [{people: [duty], wait: 1h}]}
    it: {chain: [{people: [duty], wait: 1h}]}
  catch_all: [duty]
"""
EXAMPLE = Path(__file__).parents[2] / "deploy" / "example" / "playbook.yaml"


def built(folder: Path, sent: str) -> Embedded:
    config = folder / "tocsin.yaml"
    text = CONFIG.replace("PLAYBOOK", str(EXAMPLE)).replace("FOLDER", str(folder)).replace("SENT", sent)
    config.write_text(text, encoding="utf-8")
    return build_embedded(load_settings(config), SystemClock())


@pytest.fixture(autouse=True)
def _secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOCSIN_LINK_SECRET", SECRET)


def sent(embedded: Embedded) -> list[str]:
    """The states of the canaries' incidents whose message was sent."""
    with embedded.routing.database.reading() as connection:
        query = select(incidents.c.state).join(messages, messages.c.incident == incidents.c.id)
        return list(connection.execute(query.where(messages.c.state == "sent")).scalars().all())


async def test_a_canary_comes_through_and_nobody_notices(tmp_path: Path) -> None:
    embedded = built(tmp_path, "true")
    fed = REGISTRY.get_sample_value("tocsin_post_to_page_seconds_count", {"department": "canary"}) or 0
    stop = asyncio.Event()
    task = asyncio.create_task(embedded.run(stop))
    async with asyncio.timeout(60):
        while not sent(embedded):  # noqa: ASYNC110 - what is waited for happens in other parts
            await asyncio.sleep(0.05)
    assert sent(embedded)[0] == "resolved"
    assert await embedded.routing.router.incidents() == ()
    stop.set()
    await task
    after = REGISTRY.get_sample_value("tocsin_post_to_page_seconds_count", {"department": "canary"}) or 0
    embedded.routing.store.refresh_gauges()
    await embedded.aclose()
    assert after > fed
    assert embedded.pipeline.tally.mentions == embedded.pipeline.tally.stories == 0
    assert not (tmp_path / "pages.txt").exists()
    assert REGISTRY.get_sample_value("tocsin_canary_every_seconds") == 10
    assert REGISTRY.get_sample_value("tocsin_readings_total", {"brand": CANARY, "label": "neutral"}) is None


async def test_none_is_sent_when_they_are_off(tmp_path: Path) -> None:
    embedded = built(tmp_path, "false")
    stop = asyncio.Event()
    task = asyncio.create_task(embedded.run(stop))
    await embedded.sources_ended.wait()
    stop.set()
    await task
    assert sent(embedded) == []
    assert await embedded.cursors.load(CANARY) is None
    await embedded.aclose()
    assert REGISTRY.get_sample_value("tocsin_canary_every_seconds") == 0


def test_the_interval_has_its_bounds() -> None:
    assert CanarySettings().expected_every == timedelta(minutes=1)
    assert CanarySettings(on=False).expected_every is None
    with pytest.raises(ValidationError):
        CanarySettings(every=timedelta(seconds=9))
