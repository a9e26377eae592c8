"""Walks chains and seals in the store and tells every one that is not whole."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from cryptography import x509
from sqlalchemy import Connection, func, select

from routing.database import Database
from routing.ledger_chain import Head, LedgerEntry, verify_chain
from routing.ledger_heads import ROUTER, portions
from routing.ledger_rows import read_chains
from routing.schema import chains, history, incidents, seals
from routing.seal import canonical_seal, root_of, verify_seals
from routing.seal_rows import heads_by_seal, read_seals
from routing.timestamp import BadStamp, check_stamp

_AT_ONCE = 200  # chains
Told = Callable[[int, int], None]  # how much is done, of how much


@dataclass(frozen=True, slots=True)
class StoreFault:
    """What is wrong and where (``T-7``, ``router`` or ``seal 12``), a position in it, a word out of a closed list."""

    where: str
    position: int
    problem: str

    def __str__(self) -> str:
        return f"{self.where}: position {self.position} is {self.problem}"


@dataclass(frozen=True, slots=True)
class StoreReport:
    """What was looked at, and every chain and seal that is not whole, each with its first fault."""

    chains: int
    entries: int
    seals: int
    stamps: int  # that were checked and are good
    unsealed: int  # entries that no seal covers yet
    faults: tuple[StoreFault, ...]


def verify_store(
    database: Database, authority: Sequence[x509.Certificate] = (), told: Told | None = None
) -> StoreReport:
    """Every chain and every seal, from one snapshot; blocks for as long as that takes and holds up no writer.

    Stamps are checked when ``authority`` is given. Raises Unavailable.
    """
    with database.reading() as connection:
        names = _names(connection)
        count = int(connection.scalar(select(func.count()).select_from(history)) or 0)
        last_seal = connection.scalar(select(func.max(seals.c.last_entry))) or 0
        unsealed = select(func.count()).where(history.c.number > last_seal).select_from(history)
        pending = int(connection.scalar(unsealed) or 0)
        sealed = int(connection.scalar(select(func.count()).select_from(seals)) or 0)
        faults: list[StoreFault] = []
        for done, fault in enumerate(_chain_faults(connection, names), 1):
            faults += [fault] if fault else []
            if told:
                told(done, len(names) + sealed)
        stamps = _check_seals(connection, authority, faults, told, len(names), sealed)
    return StoreReport(len(names), count, sealed, stamps, pending, tuple(faults))


def verify_one(connection: Connection, incident: str, label: str) -> StoreFault | None:
    """The first fault of one chain, by itself and against the head that is kept beside it."""
    return next(_chain_faults(connection, {incident: label}))


def _chain_faults(connection: Connection, names: Mapping[str, str]) -> Iterator[StoreFault | None]:
    """The first fault of each chain, or None."""
    for some in portions(list(names), _AT_ONCE):
        heads, chains_ = _kept_heads(connection, some), read_chains(connection, some)
        for incident in some:
            yield _fault(incident, names[incident], heads.get(incident), chains_[incident])


def _fault(incident: str, label: str, kept: Head | None, entries: Sequence[LedgerEntry]) -> StoreFault | None:
    heads = [kept] if kept and kept.position else []
    fault = verify_chain(entries, heads, incident=incident)
    if fault:
        return StoreFault(label, fault.position, fault.problem)
    longest = entries[-1].position if entries else 0
    if longest > (kept.position if kept else 0):
        return StoreFault(label, longest, "not_as_sealed")  # longer than the head that is kept
    return None


def _names(connection: Connection) -> dict[str, str]:
    """Every chain with what people call it, also one whose incident is gone."""
    query = select(incidents.c.id, incidents.c.number).order_by(incidents.c.number)
    names = {row.id: f"T-{row.number}" for row in connection.execute(query).all()}
    written = connection.execute(select(history.c.incident).distinct().order_by(history.c.incident)).scalars()
    return {**names, **{one: one or ROUTER for one in written.all() if one not in names}, "": ROUTER}


def _kept_heads(connection: Connection, names: Collection[str]) -> dict[str, Head]:
    columns = select(incidents.c.id, incidents.c.chain_length, incidents.c.chain_hash)
    rows = list(connection.execute(columns.where(incidents.c.id.in_(list(names)))).all())
    heads = {row[0]: Head(row[0], row[1], row[2]) for row in rows}
    router = connection.execute(select(chains.c.length, chains.c.hash).where(chains.c.name == ROUTER)).first()
    return heads if router is None else {**heads, "": Head("", router.length, router.hash)}


def _check_seals(
    connection: Connection,
    authority: Sequence[x509.Certificate],
    faults: list[StoreFault],
    told: Told | None,
    before: int,
    count: int,
) -> int:
    """Add the first fault of each seal; returns how many stamps are good."""
    broken = verify_seals(read_seals(connection), from_the_first=True)
    if broken:
        faults.append(StoreFault(f"seal {broken.number}", broken.number, broken.problem))
    good = 0
    for done, (seal, heads) in enumerate(heads_by_seal(connection), 1):
        if root_of(heads) != seal.root:
            faults.append(StoreFault(f"seal {seal.number}", seal.number, "not_as_sealed"))
        if seal.stamp is not None and authority:
            if isinstance(check_stamp(seal.stamp, canonical_seal(seal), authority), BadStamp):
                faults.append(StoreFault(f"seal {seal.number}", seal.number, "bad_stamp"))
            else:
                good += 1
        if told:
            told(before + done, before + count)
    return good
