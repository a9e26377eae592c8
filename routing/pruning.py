"""What nobody needs any more goes: the messages of incidents closed long ago, old deliveries, canaries.

The history of every incident stays: it is what can be proved. Canaries have none and go whole.
No incident under a legal hold is touched.
"""

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import Connection, and_, delete, exists, or_, select

from routing.canary import forget_canaries
from routing.evidence_settings import EvidenceSettings
from routing.ledger import Entry, note_all
from routing.legal_holds import held_incidents
from routing.retention import redact_rows
from routing.schema import closings, findings, history, inbound, incidents, messages, micros, tracks

CANARY_LIVES = timedelta(days=1)
AT_ONCE = 20  # incidents in one transaction


def prune(connection: Connection, settings: EvidenceSettings, now: datetime) -> int:
    """Prune once; returns how many incidents."""
    connection.execute(delete(inbound).where(inbound.c.at < micros(now - settings.deliveries)))
    of_none = findings.c.incident == ""  # what came too late to be told to anybody
    connection.execute(
        delete(findings).where(of_none, findings.c.at < micros(now - settings.closed_incidents))
    )
    held = set(held_incidents(connection))
    done = exists().where(history.c.incident == incidents.c.id, history.c.what == "pruned")
    old_canary = and_(incidents.c.kind == "canary", incidents.c.opened_at < micros(now - CANARY_LIVES))
    closed = incidents.c.resolved_at < micros(now - settings.closed_incidents)
    long_closed = and_(incidents.c.state == "resolved", closed)
    query = select(incidents.c.id, incidents.c.kind).where(or_(old_canary, long_closed), ~done)
    if held:
        query = query.where(incidents.c.id.not_in(list(held)))
    rows = connection.execute(query.order_by(incidents.c.number).limit(AT_ONCE)).all()
    everything = [row.id for row in rows]
    canaries = [row.id for row in rows if row.kind == "canary"]
    _take_out(connection, everything, canaries)
    redact_rows(connection, None, [one for one in everything if one not in canaries])
    gone = forget_canaries(connection, canaries)
    note_all(connection, [Entry(one, now, "pruned") for one in everything if one not in gone])
    return len(everything)


def _take_out(connection: Connection, everything: Collection[str], canaries: Collection[str]) -> None:
    for table in (messages, closings):
        connection.execute(delete(table).where(table.c.incident.in_(list(everything))))
    for table in (tracks, findings):
        connection.execute(delete(table).where(table.c.incident.in_(list(canaries))))
