"""A walk through the whole store: sound as it is written, and every tampering named."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from sqlalchemy import Connection, delete, func, insert, select, update

from routing.database import Database
from routing.ledger import note
from routing.ledger_check import StoreFault, verify_store
from routing.schema import chains, history, incidents, micros, seals
from routing.sealer import seal_now
from tests.routing.scenes import START, MakeScene, Scene, finding

Tampering = Callable[[Connection], object]


async def written(scene: MakeScene, store_url: str) -> tuple[Scene, Database]:
    """Two incidents and the router's own chain, sealed twice, with a little that is not sealed yet."""
    one = scene()
    database = Database.open(store_url)
    await one.router.accept([finding(), finding(first="bluesky:2")])
    seal_now(database, one.clock)
    await one.settle()
    with database.transaction() as connection:
        note(connection, "", START, "drill")
    seal_now(database, one.clock)
    (first, *_) = await one.router.incidents()
    await one.router.resolve(first.id, 0, "comms-lead", "console")
    return one, database


@pytest.fixture
def closing() -> Iterator[list[Database]]:
    opened: list[Database] = []
    yield opened
    for database in opened:
        database.close()


async def test_what_tocsin_writes_is_whole(scene: MakeScene, store_url: str, closing: list[Database]) -> None:
    _, database = await written(scene, store_url)
    closing.append(database)
    steps: list[tuple[int, int]] = []
    report = verify_store(database, told=lambda done, of: steps.append((done, of)))
    assert report.faults == ()
    assert (report.chains, report.seals) == (3, 2)
    assert 0 < report.unsealed < report.entries
    assert steps == [(number, 5) for number in range(1, 6)]


LAST = select(func.max(history.c.number)).where(history.c.incident != "").scalar_subquery()
FIRST = select(func.min(history.c.number)).scalar_subquery()
EXTRA = {"at": micros(START), "what": "sent", "who": "", "detail": "", "clause": "", "playbook": ""}

TAMPERINGS: dict[str, tuple[Tampering, set[tuple[str, str]]]] = {
    "an entry changed": (
        lambda c: c.execute(update(history).where(history.c.number == FIRST).values(detail="x")),
        {("T-1", "changed")},
    ),
    "an entry taken out": (
        lambda c: c.execute(delete(history).where(history.c.position == 1, history.c.incident != "")),
        {("T-1", "out_of_order"), ("T-2", "out_of_order")},
    ),
    "the end cut off, with its head": (
        lambda c: [
            c.execute(delete(history).where(history.c.incident == "")),
            c.execute(delete(chains)),
        ],
        {("seal 2", "not_as_sealed")},
    ),
    "an incident taken out as a whole": (
        lambda c: [
            c.execute(
                delete(history).where(history.c.incident == select(incidents.c.id).limit(1).scalar_subquery())
            ),
            c.execute(
                delete(incidents).where(incidents.c.id == select(incidents.c.id).limit(1).scalar_subquery())
            ),
        ],
        {("seal 1", "not_as_sealed"), ("seal 2", "not_as_sealed")},
    ),
    "a chain of an incident that is not there": (
        lambda c: c.execute(
            insert(history).values(incident="gone", position=1, previous="0" * 64, hash="0" * 64, **EXTRA)
        ),
        {("gone", "changed")},
    ),
    "a seal taken out": (
        lambda c: c.execute(delete(seals).where(seals.c.number == 1)),
        {("seal 1", "out_of_order")},
    ),
    "a seal moved": (
        lambda c: c.execute(
            update(seals).where(seals.c.number == 2).values(at=micros(START - timedelta(days=1)))
        ),
        {("seal 2", "changed")},
    ),
}


@pytest.mark.parametrize("name", TAMPERINGS)
async def test_tampering_is_named(
    name: str, scene: MakeScene, store_url: str, closing: list[Database]
) -> None:
    _, database = await written(scene, store_url)
    closing.append(database)
    tamper, expected = TAMPERINGS[name]
    with database.transaction() as connection:
        tamper(connection)
    found = {(fault.where, fault.problem) for fault in verify_store(database).faults}
    assert expected <= found


def test_a_fault_reads_as_a_sentence() -> None:
    assert str(StoreFault("T-7", 3, "changed")) == "T-7: position 3 is changed"
