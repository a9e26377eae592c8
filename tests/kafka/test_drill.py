"""Kafka mode: a drill goes onto the findings topic, the router pages for it, and its receipt says so."""

import asyncio
import json

import pytest

from routing.desk import IncidentView
from tests.kafka.site import Site

pytestmark = [pytest.mark.kafka, pytest.mark.process]


async def test_a_drill_goes_by_the_findings_topic(site: Site) -> None:
    site.start("topics").process.wait(timeout=60)
    site.start("route")
    drill = site.start("drill", "--department", "comms", "--wait", "2m", "--json")
    await site.until(lambda: bool(site.received()))
    (view,) = await asyncio.to_thread(site.incidents)
    assert view.kind == "drill"
    assert [finding.kind for finding in await asyncio.to_thread(site.findings)] == ["drill"]
    assert site.received()[0]["data"]["headline"].startswith("EXERCISE / EXERCICE")
    site.start("ack", view.label, "--department", "comms", "--person", "duty").process.wait(timeout=60)
    await site.until(lambda: drill.process.poll() is not None)
    assert drill.process.returncode == 0
    receipt = json.loads(_last_object(drill.log.read_text("utf-8")))
    assert (receipt["verdict"], receipt["incident"]) == ("acknowledged", view.label)
    assert _answered_by(view, await asyncio.to_thread(site.incidents)) == "Duty"


def _last_object(log: str) -> str:
    return next(line for line in reversed(log.splitlines()) if line.startswith("{"))


def _answered_by(before: IncidentView, after: tuple[IncidentView, ...]) -> str:
    (now,) = after
    assert now.id == before.id
    return now.tracks[0].acknowledged_by
