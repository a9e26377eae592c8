"""Whatever is done to a chain behind Tocsin's back is found."""

import hashlib
import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from routing.ledger_chain import (
    START,
    Fault,
    Head,
    LedgerEntry,
    canonical_entry,
    digest_of_older,
    entry_hash,
    instant_text,
    verify_chain,
)
from tests.routing.scenes import START as NOON

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)


def chain_of(details: list[str], older: list[str] | None = None) -> list[LedgerEntry]:
    """A sound chain with these details, after entries that were written before there were chains."""
    entry = LedgerEntry(0, NOON, "sent", "comms", "Comms on-call", "", "leak", "0" * 64, "i1", "", "")
    before = [replace(entry, detail=one) for one in older or []]
    previous, chained = digest_of_older(before), []
    for number, detail in enumerate(details, 1):
        at = NOON + timedelta(microseconds=number)
        new = replace(entry, position=number, at=at, detail=detail, previous=previous)
        chained.append(replace(new, hash=entry_hash(new)))
        previous = chained[-1].hash
    return before + chained


def head_of(chain: list[LedgerEntry]) -> Head:
    return Head(chain[-1].incident, chain[-1].position, chain[-1].hash)


CHAINS = st.builds(chain_of, st.lists(TEXT, min_size=2, max_size=6), st.lists(TEXT, max_size=2))


def test_the_hashed_bytes_are_those_of_the_documents() -> None:
    (entry,) = chain_of(["Véloria, « quelle honte »\n"])
    line = (
        '{"at":"2026-03-14T03:00:00.000001Z","clause":"leak","department":"comms",'
        '"detail":"Véloria, « quelle honte »\\n","incident":"i1","playbook":"' + "0" * 64 + '",'
        '"position":1,"previous":"' + START + '","what":"sent","who":"Comms on-call"}'
    ).encode()
    assert canonical_entry(entry) == line
    assert entry.hash == hashlib.sha256(line).hexdigest()
    assert instant_text(NOON) == "2026-03-14T03:00:00.000000Z"


@given(CHAINS)
def test_a_sound_chain_has_no_fault(chain: list[LedgerEntry]) -> None:
    assert verify_chain(chain, [head_of(chain)]) is None
    assert json.loads(canonical_entry(chain[-1]))["position"] == chain[-1].position


POSSIBLE: list[dict[str, Any]] = [
    {"detail": "another"},
    {"who": "somebody"},
    {"what": "resolved"},
    {"department": None},
    {"clause": ""},
    {"playbook": "f" * 64},
    {"at": NOON - timedelta(days=1)},
    {"hash": "f" * 64},
    {"previous": "f" * 64},
    {"position": 77},
    {"incident": "i2"},
]


@given(CHAINS, st.data())
def test_a_change_of_any_entry_is_found(chain: list[LedgerEntry], data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(chain) - 1))
    change = data.draw(st.sampled_from(POSSIBLE))
    if chain[at].position == 0 and set(change) & {"hash", "previous"}:
        change = {"detail": chain[at].detail + "!"}
    changed = [*chain[:at], replace(chain[at], **change), *chain[at + 1 :]]
    assert verify_chain(changed, [head_of(chain)], incident="i1") is not None


@given(CHAINS, st.data())
def test_a_removed_entry_is_found(chain: list[LedgerEntry], data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(chain) - 1))
    assert verify_chain(chain[:at] + chain[at + 1 :], [head_of(chain)]) is not None


@given(CHAINS, st.data())
def test_an_added_entry_is_found(chain: list[LedgerEntry], data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(chain)))
    extra = replace(data.draw(st.sampled_from(chain)), detail="added")
    extra = replace(extra, hash=entry_hash(extra) if extra.position else "")
    added = [*chain[:at], extra, *chain[at:]]
    assert verify_chain(added, [head_of(chain)]) is not None


@given(CHAINS, st.data())
def test_two_entries_that_changed_places_are_found(chain: list[LedgerEntry], data: st.DataObject) -> None:
    one, other = sorted(data.draw(st.sets(st.integers(0, len(chain) - 1), min_size=2, max_size=2)))
    swapped = list(chain)
    swapped[one], swapped[other] = chain[other], chain[one]
    if swapped != chain:
        assert verify_chain(swapped, [head_of(chain)]) is not None


@given(CHAINS, st.data())
def test_a_chain_cut_behind_its_seal_is_found(chain: list[LedgerEntry], data: st.DataObject) -> None:
    left = data.draw(st.integers(0, len(chain) - 1))
    fault = verify_chain(chain[:left], [head_of(chain)], incident="i1")
    assert fault is not None
    if chain[0].position:
        assert fault.problem == "cut_off"


@given(st.lists(TEXT, min_size=1, max_size=4), st.data())
def test_a_chain_written_anew_as_a_whole_is_not_the_sealed_one(
    details: list[str], data: st.DataObject
) -> None:
    sealed = head_of(chain_of(details))
    at = data.draw(st.integers(0, len(details) - 1))
    forged = chain_of([*details[:at], details[at] + "!", *details[at + 1 :]])
    assert verify_chain(forged) is None  # this is what seals are for
    assert verify_chain(forged, [sealed]) == Fault("i1", sealed.position, "not_as_sealed")


def test_an_empty_chain_is_whole_unless_it_was_sealed() -> None:
    assert verify_chain([]) is None
    assert verify_chain([], [Head("i1", 1, "f" * 64)], incident="i1") == Fault("i1", 1, "cut_off")
