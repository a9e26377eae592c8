"""Entries leave in the order of their chains, each at least once, and relays share the work."""

import hashlib
import json

import pytest
from sqlalchemy import func, select

from routing.database import Database
from routing.events import claimed_events, oldest_waiting
from routing.ledger import note
from routing.ledger_chain import canonical_json
from routing.schema import history
from tests.routing.scenes import SECRET, START, MakeScene, Scene, finding


async def test_the_id_of_an_event_is_the_hash_of_its_content(scene: MakeScene, store_url: str) -> None:
    one = scene()
    await one.router.accept([finding()])
    database = Database.open(store_url)
    with claimed_events(database, START) as events:
        read = [json.loads(event.value) for event in events]
    assert [record["entry"]["position"] for record in read] == list(range(1, len(read) + 1))
    for event, record in zip(events, read, strict=True):
        assert record["id"] == event.id == hashlib.sha256(canonical_json(record["entry"])).hexdigest()
        assert record["schema_version"] == 1
        assert event.key == record["entry"]["incident"]
    database.close()


async def test_what_was_not_taken_is_published_again_and_what_was_is_not(
    scene: MakeScene, store_url: str
) -> None:
    one = scene()
    await one.router.accept([finding()])
    database = Database.open(store_url)
    with pytest.raises(OSError), claimed_events(database, START) as lost:  # noqa: PT011, PT012
        assert lost
        raise OSError
    with claimed_events(database, START) as events:
        assert [event.id for event in events] == [event.id for event in lost]
    with claimed_events(database, START) as again:
        assert not again
    with database.transaction() as connection:
        assert oldest_waiting(connection) is None
        note(connection, "", START, "drill")
        assert oldest_waiting(connection) == START
    with claimed_events(database, START) as events:
        assert [event.key for event in events] == ["router"]
    database.close()


@pytest.mark.postgres
async def test_two_relays_never_publish_from_the_same_chain(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOCSIN_LINK_SECRET", SECRET)
    one = Scene(postgres_url)
    await one.router.accept([finding()])
    database = Database.open(postgres_url)
    with claimed_events(database, START) as mine:
        await one.router.accept([finding(first="bluesky:2"), finding(clause="boycott", page=("legal",))])
        with claimed_events(database, START) as others:
            assert {event.key for event in others}.isdisjoint({event.key for event in mine})
            assert len({event.key for event in others}) == 1
    with claimed_events(database, START) as rest:
        assert {event.key for event in rest} == {event.key for event in mine}
    with claimed_events(database, START) as nothing:
        assert not nothing
    with database.reading() as connection:
        total = connection.scalar(select(func.count()).select_from(history))
    assert total == len(mine) + len(others) + len(rest)
    database.close()
    one.store.close()
