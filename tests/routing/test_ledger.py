"""Entries are chained as they are written, also by two routers at once."""

import threading
from dataclasses import replace

import pytest
from sqlalchemy import delete, insert, select, update

from monitor.errors import TocsinError
from routing.database import Database
from routing.ledger import Entry, note, note_all
from routing.ledger_chain import START as FIRST
from routing.ledger_chain import Head, digest_of_older, verify_chain
from routing.ledger_rows import read_chain
from routing.schema import history, incidents, micros
from tests.routing.scenes import START, MakeScene, Scene, finding


async def opened(scene: MakeScene) -> tuple[Scene, str]:
    one = scene()
    await one.router.accept([finding()])
    (view,) = await one.router.incidents()
    return one, view.id


async def test_the_life_of_an_incident_is_one_whole_chain(scene: MakeScene, store_url: str) -> None:
    one, incident = await opened(scene)
    await one.settle()
    await one.after(301)
    await one.router.acknowledge(incident, 0, "comms", "comms-lead", "console")
    await one.router.resolve(incident, 0, "comms-lead", "console")
    database = Database.open(store_url)
    with database.reading() as connection:
        chain = read_chain(connection, incident)
        row = connection.execute(select(incidents)).one()
    database.close()
    assert [entry.position for entry in chain] == list(range(1, len(chain) + 1))
    assert chain[0].previous == FIRST
    assert {"opened", "sent", "escalated", "acknowledged", "resolved"} <= {entry.what for entry in chain}
    assert verify_chain(chain, [Head(incident, row.chain_length, row.chain_hash)]) is None
    of_department = {entry.what: (entry.clause, entry.playbook) for entry in chain if entry.department}
    for what in ("sent", "escalated", "acknowledged"):
        assert of_department[what] == ("data-leak", "0" * 64)


async def test_older_entries_are_cited_by_the_first_chained_one(scene: MakeScene, store_url: str) -> None:
    _, incident = await opened(scene)
    database = Database.open(store_url)
    older = {"incident": incident, "at": micros(START), "what": "sent", "department": "comms", "who": "a"}
    older |= {"detail": "d", "clause": "", "playbook": "", "position": 0, "previous": "", "hash": ""}
    with database.transaction() as connection:
        connection.execute(delete(history))
        connection.execute(update(incidents).values(chain_length=0, chain_hash=""))
        connection.execute(insert(history), [older, older | {"what": "acknowledged"}])
        note(connection, incident, START, "resolved")
        chain = read_chain(connection, incident)
        assert [entry.position for entry in chain] == [0, 0, 1]
        assert chain[2].previous == digest_of_older(chain[:2])
        assert verify_chain(chain) is None
        fault = verify_chain((replace(chain[0], who="b"), *chain[1:]))
    database.close()
    assert fault is not None
    assert fault.problem == "older_changed"


async def test_what_concerns_no_incident_has_a_chain_of_its_own(scene: MakeScene, store_url: str) -> None:
    _, incident = await opened(scene)
    database = Database.open(store_url)
    with database.transaction() as connection:
        before = read_chain(connection, incident)
        note_all(
            connection, [Entry("", START, "drill"), Entry(incident, START, "drill"), Entry("", START, "x")]
        )
        router, after = read_chain(connection, ""), read_chain(connection, incident)
    database.close()
    assert [entry.position for entry in router] == [1, 2]
    assert verify_chain(router, [Head("", 2, router[1].hash)]) is None
    assert len(after) == len(before) + 1


async def test_hostile_text_is_kept_as_far_as_a_database_can(scene: MakeScene, store_url: str) -> None:
    _, incident = await opened(scene)
    database = Database.open(store_url)
    with database.transaction() as connection:
        note(connection, incident, START, "failed", who="\udc00é", detail="a\0b" + "x" * 600)
    with database.reading() as connection:
        chain = read_chain(connection, incident)
    database.close()
    assert (chain[-1].who, chain[-1].detail[:3]) == ("?é", "a\N{REPLACEMENT CHARACTER}b")
    assert len(chain[-1].detail) == 500
    assert verify_chain(chain) is None


async def test_an_entry_about_no_incident_that_exists_is_refused(scene: MakeScene, store_url: str) -> None:
    await opened(scene)
    database = Database.open(store_url)
    with pytest.raises(ValueError, match="no incident has the id"), database.transaction() as connection:
        note(connection, "f" * 32, START, "sent")
    database.close()


async def test_two_routers_that_write_at_once_fork_no_chain(scene: MakeScene, store_url: str) -> None:
    one = scene()
    await one.router.accept([finding(), finding(first="bluesky:2")])
    names = [view.id for view in await one.router.incidents()]
    databases = [Database.open(store_url), Database.open(store_url)]
    start = threading.Barrier(2)
    errors: list[Exception] = []

    def write(database: Database, order: list[str]) -> None:
        start.wait(timeout=30)
        try:
            for number in range(15):
                with database.transaction() as connection:
                    entries = [Entry(name, START, "sent", detail=str(number)) for name in [*order, ""]]
                    note_all(connection, entries)
        except (TocsinError, ValueError) as error:
            errors.append(error)

    orders = [names, names[::-1]]
    writers = [threading.Thread(target=write, args=pair) for pair in zip(databases, orders, strict=True)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(timeout=60)
    assert errors == []
    with databases[0].reading() as connection:
        for name in [*names, ""]:
            chain = read_chain(connection, name)
            assert verify_chain(chain) is None
            assert sum(entry.what == "sent" for entry in chain) == 30
    for database in databases:
        database.close()
