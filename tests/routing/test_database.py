"""Opening the store: new, of an earlier version, of a later one."""

import asyncio

import pytest
from sqlalchemy import create_engine, text

from monitor.errors import RefuseToStart
from routing.database import Database
from routing.migrations import STEPS
from routing.schema import SCHEMA
from tests.routing.scenes import MakeScene, finding

BACK_TO_3 = (
    *(
        f"DROP TABLE {table}"
        for table in ("incident_stories", "chains", "seals", "evidence", "legal_holds", "silences", "inbound")
    ),
    *(
        f"DROP INDEX {index}"
        for index in (
            "ix_findings_incident",
            "incidents_by_state",
            "tracks_by_remind",
            "tracks_by_reopen",
            "messages_by_carrier",
            "history_by_publication",
            "history_chain",
        )
    ),
    *(
        f"ALTER TABLE {table} DROP COLUMN {column}"
        for table, columns in {
            "findings": "brand story clause severity at finding_json",
            "incidents": "kind continues merged_into chain_length chain_hash",
            "tracks": "acknowledged_person quorum remind_at reopen_at",
            "messages": "hold carrier",
            "history": "clause playbook position previous hash published_at",
        }.items()
        for column in columns.split()
    ),
)
BACK_TO_1 = (
    *BACK_TO_3,
    "DROP TABLE closings",
    "DROP INDEX messages_by_target",
    "ALTER TABLE messages DROP COLUMN severity",
    "ALTER TABLE messages DROP COLUMN round",
    "ALTER TABLE incidents DROP COLUMN resolved_by",
    "UPDATE tocsin_meta SET value = 1",
)


def run(url: str, *statements: str) -> None:
    engine = create_engine(url)
    with engine.begin() as connection:
        for statement in statements:
            connection.execute(text(statement))
    engine.dispose()


def test_every_schema_has_its_step() -> None:
    assert sorted(STEPS) == list(range(2, SCHEMA + 1))


async def test_a_store_of_the_first_version_goes_on_where_it_was(scene: MakeScene, store_url: str) -> None:
    one = scene()
    await one.router.accept([finding(severity="critical")])
    one.store.close()
    run(store_url, *BACK_TO_1)
    again = scene()
    assert [claimed.row.severity for claimed in again.store.claim(again.settings)] == ["critical"]
    await again.router.accept([finding(first="bluesky:2")])
    await again.settle()
    assert again.paged() == {"comms-oncall-1": 1}


async def test_whoever_only_looks_waits_for_no_writer(scene: MakeScene) -> None:
    one = scene()
    await one.router.accept([finding()])
    await one.settle()
    view = one.store.incidents(10)[0]
    with one.store._database.transaction() as writing:
        writing.execute(text("UPDATE incidents SET brand_name = 'changed'"))
        looking = asyncio.gather(
            asyncio.to_thread(one.store.incident, view.id),
            asyncio.to_thread(one.store.incidents, 10),
            asyncio.to_thread(one.store.claim, one.settings),
            asyncio.to_thread(one.store.escalate, one.settings),
            asyncio.to_thread(one.store.pass_over, one.settings),
            asyncio.to_thread(one.store.refresh_gauges),
        )
        seen, all_seen, claimed, steps, moved, _ = await asyncio.wait_for(looking, 30)
    assert seen is not None
    assert (seen.brand_name, len(all_seen), claimed, steps, moved) == ("Véloria", 1, [], 0, 0)


async def test_an_incident_that_cannot_be_read_holds_up_no_other(scene: MakeScene, store_url: str) -> None:
    one = scene()
    await one.router.accept([finding(first="bluesky:1")])
    run(store_url, "UPDATE incidents SET story_json = 'broken'")
    await one.router.accept([finding(first="bluesky:2", page=("legal",))])
    assert len(one.store.claim(one.settings)) == 2
    await one.after(10)
    assert one.paged() == {"legal-oncall-1": 1}
    await one.after(400)
    with one.store._database.reading() as connection:
        states = connection.execute(text("SELECT target, state FROM messages ORDER BY target")).all()
    assert ("comms-oncall-2", "failed") in [tuple(row) for row in states]


async def test_several_processes_may_open_a_new_store_at_once(store_url: str) -> None:
    stores = await asyncio.gather(*(asyncio.to_thread(Database.open, store_url) for _ in range(6)))
    for store in stores:
        store.close()


def test_a_store_of_a_later_version_is_refused(store_url: str) -> None:
    Database.open(store_url).close()
    run(store_url, "UPDATE tocsin_meta SET value = value + 1")
    with pytest.raises(RefuseToStart, match="upgrade Tocsin"):
        Database.open(store_url)
