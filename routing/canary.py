"""The rows of a canary: an incident that one message to nobody is sent for, and that ends when it was sent.

It has no chain, no timer and no history: there is nobody to decide anything, and a thousand a day would bury what
people did. So little is kept of it for a day and then nothing (``routing.pruning``).
"""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, delete, func, insert, select, update

from monitor.canary import CANARY
from monitor.codec import encode
from monitor.records import Finding, digest
from routing.canary_target import CANARY_PERSON
from routing.escalate import Chain, ChainStep
from routing.openings import Opening, open_incident
from routing.queue_rows import Call, new_message
from routing.schema import incident_stories, incidents, instant_or_none, messages, micros, tracks

MOST_WAITING = 3  # more of them tell nothing new, and would be sent as one summary

_CHAIN = Chain(steps=(ChainStep(people=(CANARY,), wait_s=0.0),))
_WAITS = and_(messages.c.target == CANARY, messages.c.state == "pending")


def fold_canary(
    connection: Connection, finding: Finding, number: int, now: datetime, *, known: bool = False
) -> str:
    """Open the canary's incident and queue its message; returns the incident's id. ``known``: its story is."""
    _drop_backlog(connection, now)
    opened = open_incident(connection, Opening(finding, number, 0, None, known), now)
    severity = finding.clause.severity
    connection.execute(
        insert(tracks).values(
            incident=opened.id,
            department="it",
            severity=severity,
            finding_json=encode(finding).decode(),
            paged=True,
            chain_json=encode(_CHAIN).decode(),
            round=0,
            step=0,
            acknowledged_by="",
            acknowledged_person="",
            quorum=finding.clause.acknowledge,
        )
    )
    call = Call(opened.id, "it", "opened", severity, 0, 0, (CANARY,))
    row = digest("message", opened.id, CANARY)
    connection.execute(insert(messages).values(**new_message(call, row, CANARY_PERSON, 1, micros(now))))
    return opened.id


def is_canary(row: Any) -> bool:
    """Whether a message is a canary's."""
    return bool(row.channel == "canary")


def end_canaries(connection: Connection, ended: Collection[str], now: datetime) -> None:
    """Close these incidents. Only after their message went: what is resolved is sent no more."""
    values = {"state": "resolved", "resolved_at": micros(now), "updated_at": micros(now)}
    connection.execute(update(incidents).where(incidents.c.id.in_(list(ended))).values(**values))


def last_canary(connection: Connection) -> datetime | None:
    """When a canary last came to its end; None: none did."""
    newest = select(func.max(messages.c.sent_at)).where(messages.c.target == CANARY)
    return instant_or_none(connection.scalar(newest.where(messages.c.state == "sent")))


def forget_canaries(connection: Connection, old: Collection[str]) -> set[str]:
    """What is left of old canaries goes; returns those that are gone. One with a history is no more than pruned:
    what somebody wrote down about it can be proved for ever."""
    without = select(incidents.c.id).where(incidents.c.id.in_(list(old)), incidents.c.chain_length == 0)
    ids = list(connection.execute(without).scalars().all())
    connection.execute(delete(incident_stories).where(incident_stories.c.incident.in_(ids)))
    connection.execute(delete(incidents).where(incidents.c.id.in_(ids)))
    return set(ids)


def _drop_backlog(connection: Connection, now: datetime) -> None:
    waiting = connection.execute(select(messages.c.incident).where(_WAITS)).scalars().all()
    if len(waiting) >= MOST_WAITING:
        cancelled = update(messages).where(_WAITS, messages.c.incident.in_(waiting))
        connection.execute(cancelled.values(state="cancelled", reason="superseded"))
        end_canaries(connection, waiting, now)
