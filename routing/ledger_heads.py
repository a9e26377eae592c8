"""Where chains end, held until the end of the caller's transaction, so that no two entries follow the same one."""

from collections.abc import Collection, Iterator, Sequence

from sqlalchemy import Connection, select
from sqlalchemy.dialects import postgresql, sqlite

from routing.ledger_chain import START, Head, digest_of_older
from routing.ledger_rows import entry_of
from routing.schema import chains, history, incidents

ROUTER = "router"  # the chain of what concerns no incident; its entries have the incident ""
_AT_ONCE = 1_000


def locked_heads(connection: Connection, wanted: Collection[str]) -> dict[str, Head]:
    """The heads of these incidents' chains, and of the router's for "".

    Locked in the order of the ids and the router's last, so that two writers never wait for each other in a ring.
    Raises ValueError for an incident that does not exist.
    """
    heads: dict[str, Head] = {}
    for some in portions(sorted(one for one in wanted if one)):
        query = select(incidents.c.id, incidents.c.chain_length, incidents.c.chain_hash)
        locked = query.where(incidents.c.id.in_(some)).order_by(incidents.c.id).with_for_update()
        heads.update({row[0]: Head(row[0], row[1], row[2]) for row in connection.execute(locked).all()})
    missing = [one for one in wanted if one and one not in heads]
    if missing:
        raise ValueError(f"no incident has the id {missing[0]}: write down what it is about first")
    if "" in wanted:
        heads[""] = _locked_router_head(connection)
    fresh = [name for name, head in heads.items() if head.position == 0]
    if fresh:
        starts = _starts(connection, fresh)
        heads.update({name: Head(name, 0, starts[name]) for name in fresh})
    return heads


def _locked_router_head(connection: Connection) -> Head:
    query = select(chains.c.length, chains.c.hash).where(chains.c.name == ROUTER).with_for_update()
    row = connection.execute(query).first()
    if row is None:
        insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
        new = insert(chains).values(name=ROUTER, length=0, hash=START)
        connection.execute(new.on_conflict_do_nothing())  # another process may just have done so
        row = connection.execute(query).one()
    return Head("", row.length, row.hash)


def _starts(connection: Connection, names: Sequence[str]) -> dict[str, str]:
    """What the first entry of each chain cites: a digest over what was written before there were chains."""
    older: dict[str, list[int]] = {name: [] for name in names}
    entries = {}
    for some in portions(names):
        query = select(history).where(history.c.incident.in_(some), history.c.position == 0)
        for row in connection.execute(query.order_by(history.c.number)).all():
            entries[row.number] = entry_of(row)
            older[row.incident].append(row.number)
    return {name: digest_of_older(entries[number] for number in numbers) for name, numbers in older.items()}


def portions(names: Sequence[str], size: int = _AT_ONCE) -> Iterator[Sequence[str]]:
    """The names in order, so many at once that a query can hold them."""
    for start in range(0, len(names), size):
        yield names[start : start + size]
