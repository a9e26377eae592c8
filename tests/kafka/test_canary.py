"""Kafka mode: a canary goes from `connect` by the topics and the workers to the router's page, and is no figure."""

import asyncio

import pytest
from sqlalchemy import select

from deploy.settings import load_settings
from monitor.canary import CANARY
from routing.database import Database
from routing.schema import incidents, messages
from tests.kafka.site import Site

pytestmark = [pytest.mark.kafka, pytest.mark.process]


def sent(site: Site) -> list[tuple[str, str]]:
    """Kind and state of the incidents whose message was sent."""
    database = Database.open(load_settings(site.config).store_url)
    try:
        with database.reading() as connection:
            query = select(incidents.c.kind, incidents.c.state).join(
                messages, messages.c.incident == incidents.c.id
            )
            rows = connection.execute(query.where(messages.c.state == "sent")).all()
    finally:
        database.close()
    return [(row.kind, row.state) for row in rows]


async def test_a_canary_goes_all_the_way_and_pages_nobody(site: Site) -> None:
    site.use_canaries()
    site.start("topics").process.wait(timeout=60)
    for command in ("route", "worker", "connect"):
        site.start(command)
    await site.until(lambda: ("canary", "resolved") in sent(site))
    assert {finding.kind for finding in await asyncio.to_thread(site.findings)} == {"canary"}
    assert {reading.brand for reading in await asyncio.to_thread(site.readings)} == {CANARY}
    assert await asyncio.to_thread(site.incidents) == ()
    assert await asyncio.to_thread(site.rejected) == []
    assert site.received() == []
