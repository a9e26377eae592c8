"""Seals: what they cover, what they find, and who stamps them."""

import hashlib
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import delete, update

from monitor.clock import ManualClock
from monitor.errors import Unavailable
from routing.database import Database
from routing.ledger import note
from routing.ledger_chain import Head
from routing.ledger_rows import read_chain
from routing.schema import history
from routing.seal import Seal, canonical_seal, heads_text, next_seal, root_of, verify_seals
from routing.seal_rows import heads_by_seal, newest_seal, read_seals
from routing.sealer import EVERY, Sealer, seal_now
from routing.timestamp import Stamped, check_stamp
from routing.timestamp_client import Authority
from routing.timestamp_settings import TimestampSettings
from tests.routing.authority import make_authority, served
from tests.routing.scenes import START, MakeScene, finding

MINUTE = EVERY.total_seconds()


def seals_of(count: int) -> list[Seal]:
    made: list[Seal] = []
    for number in range(count):
        heads = [Head("a", number + 1, f"{number:064x}"), Head("", 1, "0" * 64)]
        made.append(
            next_seal(made[-1] if made else None, heads, number * 3, START + timedelta(minutes=number))
        )
    return made


def test_a_seal_is_hashed_as_documented() -> None:
    (seal,) = seals_of(1)
    heads = [Head("a", 1, "0" * 64), Head("", 1, "0" * 64)]
    assert heads_text(heads) == f"- 1 {'0' * 64}\na 1 {'0' * 64}\n".encode()
    assert seal.root == hashlib.sha256(heads_text(heads)).hexdigest() == root_of(reversed(heads))
    assert seal.hash == hashlib.sha256(canonical_seal(seal)).hexdigest()


CHANGES: list[dict[str, Any]] = [
    {"number": 9},
    {"at": START - timedelta(days=1)},
    {"last_entry": 99},
    {"heads": 7},
    {"root": "f" * 64},
    {"previous": "f" * 64},
    {"hash": "f" * 64},
]


@given(st.integers(1, 5), st.data())
def test_whatever_is_done_to_seals_is_found(count: int, data: st.DataObject) -> None:
    seals = seals_of(count + 1)
    assert verify_seals(seals) is None
    assert verify_seals(seals[1:]) is None  # a bundle starts where its incident does
    assert verify_seals(seals[1:], from_the_first=True) is not None
    at = data.draw(st.integers(0, count))
    change = data.draw(st.sampled_from(CHANGES))
    assert verify_seals([*seals[:at], replace(seals[at], **change), *seals[at + 1 :]]) is not None
    if 0 < at < count:
        assert verify_seals([*seals[:at], *seals[at + 1 :]]) is not None


async def test_once_a_minute_what_grew_is_sealed(scene: MakeScene, store_url: str) -> None:
    one = scene()
    database = Database.open(store_url)
    sealer = Sealer(database, one.clock, None)
    await sealer.step()
    with database.reading() as connection:
        assert newest_seal(connection) is None  # nothing was written
    await one.router.accept([finding(), finding(first="bluesky:2")])
    await sealer.step()
    await one.router.accept([finding(first="bluesky:3")])
    await sealer.step()  # not yet: the last one is too young
    with database.reading() as connection:
        assert [seal.heads for seal in read_seals(connection)] == [2]
    one.clock.advance(MINUTE)
    await sealer.step()
    await Sealer(database, one.clock, None).step()  # another router: it is done already
    one.clock.advance(MINUTE)
    await sealer.step()  # nothing new
    with database.reading() as connection:
        assert [seal.heads for seal in read_seals(connection)] == [2, 1]
        assert verify_seals(read_seals(connection)) is None
        for seal, heads in heads_by_seal(connection):
            assert root_of(heads) == seal.root
    database.close()


async def test_what_is_taken_from_or_changed_in_the_history_no_longer_fits(
    scene: MakeScene, store_url: str
) -> None:
    one = scene()
    await one.router.accept([finding()])
    database = Database.open(store_url)
    seal_now(database, one.clock)
    with database.transaction() as connection:
        (incident,) = connection.execute(history.select().limit(1)).all()
        last = read_chain(connection, incident.incident)[-1]
        connection.execute(update(history).where(history.c.hash == last.hash).values(hash="f" * 64))
        ((seal, heads),) = heads_by_seal(connection)
        assert root_of(heads) != seal.root
        connection.execute(delete(history).where(history.c.hash == "f" * 64))
        ((seal, heads),) = heads_by_seal(connection)
        assert root_of(heads) != seal.root
    database.close()


@pytest.mark.postgres
async def test_an_entry_that_is_not_committed_yet_is_in_the_next_seal(postgres_url: str) -> None:
    clock = ManualClock(START)
    database = Database.open(postgres_url)
    with database.transaction() as connection:
        note(connection, "", START, "drill")
        with pytest.raises(Unavailable):  # somebody writes: try again
            seal_now(database, clock)
    seal = seal_now(database, clock)
    assert seal is not None
    with database.reading() as connection:
        assert [entry.what for entry in read_chain(connection, "")] == ["drill"]
        assert root_of([Head("", 1, read_chain(connection, "")[0].hash)]) == seal.root
    database.close()


async def test_the_newest_seal_is_stamped_and_what_fails_is_tried_again(
    scene: MakeScene, store_url: str, tmp_path: Path
) -> None:
    local = make_authority(tmp_path / "authority")
    away = True
    asked = 0

    def answer(query: bytes) -> tuple[int, bytes]:
        nonlocal asked
        asked += 1
        return (503, b"") if away else (200, local.answer(query))

    one = scene()
    await one.router.accept([finding()])
    database = Database.open(store_url)
    with served(answer) as url:
        settings = TimestampSettings(url=url, certificate=local.root, allow_private_addresses=True)
        authority = Authority(settings, Path())
        sealer = Sealer(database, one.clock, authority)
        for _ in range(4):  # the failure is told once, and calls for one more seal only
            await sealer.step()
            await sealer.step()
            one.clock.advance(MINUTE)
        assert asked == 4
        with database.reading() as connection:
            assert [entry.what for entry in read_chain(connection, "")] == ["stamp_failed"]
            assert len(read_seals(connection)) == 2
        away = False
        await sealer.step()
        await sealer.aclose()
    with database.reading() as connection:
        assert [entry.what for entry in read_chain(connection, "")] == ["stamp_failed", "stamped_again"]
        first, second = read_seals(connection)
        assert first.stamp is None
        stamp = second.stamp
    database.close()
    assert stamp is not None
    assert isinstance(check_stamp(stamp, canonical_seal(second), authority.certificates), Stamped)
