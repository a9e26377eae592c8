"""Many open incidents whose next step is due at one moment, on a database of their own."""

import os
from datetime import timedelta
from typing import Any

from sqlalchemy import Table, bindparam, create_engine, func, insert, select, update

from monitor.clock import SystemClock
from monitor.codec import encode
from monitor.records import digest
from routing.escalate import Chain, ChainStep
from routing.schema import incidents, messages, micros, tracks
from routing.settings import RoutingSettings
from routing.store import Store
from tests.routing.scenes import finding

PEOPLE = 1_500
LINK_SECRET = "benchmark-of-escalations-0123456789"  # noqa: S105 - signs links that nobody opens


def site_settings() -> RoutingSettings:
    """A directory of 1,500 people with one target each; every department begins with the same one."""
    os.environ.setdefault("TOCSIN_LINK_SECRET", LINK_SECRET)
    people = [
        {"id": f"p{n}", "name": f"Person {n}", "targets": [{"kind": "terminal", "name": f"t{n}"}]}
        for n in range(PEOPLE)
    ]
    chain = {"chain": [{"people": ["p0"], "wait": 3_600}], "repeat": 0}
    return RoutingSettings.model_validate(
        {
            "people": people,
            "departments": dict.fromkeys(("comms", "legal", "it"), chain),
            "catch_all": ["p0"],
            "links": {"secret": "env:TOCSIN_LINK_SECRET"},
        }
    )


def open_incidents(url: str, count: int) -> None:
    """``count`` incidents that were paged once and not answered, no step due yet; the next pages one of many.

    One comes in as a finding; the others are copies of its rows.
    """
    clock, settings = SystemClock(), site_settings()
    store = Store.open(url, clock)
    try:
        store.fold(settings, [finding(severity="critical", now=clock.now())])
    finally:
        store.close()
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(update(messages).values(state="sent", sent_at=micros(clock.now())))
        for table in (incidents, tracks, messages):
            first = dict(connection.execute(select(table)).mappings().one())
            copies = [_copy(table, first, number) for number in range(1, count)]
            connection.execute(insert(table), copies)
        rows = connection.execute(select(tracks.c.incident).order_by(tracks.c.incident)).scalars().all()
        chains = [{"one": one, "chain": _chain(f"p{n % PEOPLE}")} for n, one in enumerate(rows)]
        mine = update(tracks).where(tracks.c.incident == bindparam("one"))
        connection.execute(mine.values(chain_json=bindparam("chain")), chains)
    engine.dispose()


def _copy(table: Table, row: dict[str, Any], number: int) -> dict[str, Any]:
    incident = digest("copy", str(number))
    if table is incidents:  # its history begins with the step that is measured
        story = digest("story", str(number))
        return {
            **row,
            "id": incident,
            "number": number + 1,
            "story": story,
            "chain_length": 0,
            "chain_hash": "",
        }
    own = {"id": digest("message", incident)} if table is messages else {}
    return {**row, "incident": incident, **own}


def _chain(person: str) -> str:
    steps = (
        ChainStep(people=("p0",), wait_s=3_600),
        ChainStep(people=(person,), wait_s=3_600),
        ChainStep(people=("p0",), wait_s=3_600),
    )
    return encode(Chain(steps=steps)).decode()


class Watched:
    """The same database as somebody who only looks sees it."""

    def __init__(self, url: str) -> None:
        self._engine = create_engine(url)

    def close(self) -> None:
        self._engine.dispose()

    def make_due(self) -> None:
        """Every incident's next step is due from now on."""
        with self._engine.begin() as connection:
            now = micros(SystemClock().now() - timedelta(milliseconds=1))
            connection.execute(update(tracks).values(next_step_at=now))

    def counts(self) -> tuple[int, int, int]:
        """How many second steps were taken, how many of their messages claimed, how many sent."""
        second = messages.c.step == 1
        claimed = second & (messages.c.attempts > 0)
        sent = second & (messages.c.state == "sent")
        with self._engine.begin() as connection:
            query = select(*(func.count().filter(what) for what in (second, claimed, sent)))
            row = connection.execute(query.select_from(messages)).one()
        return int(row[0]), int(row[1]), int(row[2])

    def fences(self) -> dict[str, tuple[str, int]]:
        """State and fence of each message of a second step, by id."""
        columns = (messages.c.id, messages.c.state, messages.c.fence)
        with self._engine.begin() as connection:
            rows: Any = connection.execute(select(*columns).where(messages.c.step == 1)).all()
        return {row.id: (row.state, row.fence) for row in rows}
