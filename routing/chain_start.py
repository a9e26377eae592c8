"""Starts the chain of a department: its row, its first messages, within a transaction of the caller."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, insert, update

from monitor.codec import encode
from monitor.records import Department, Finding, Severity
from routing.escalate import called, freeze_chain
from routing.known_rows import HeldTrack
from routing.ledger import Entry, note_all
from routing.page import Transition
from routing.queue_rows import Call, queue_messages, supersede
from routing.schema import micros, tracks
from routing.settings import RoutingSettings


@dataclass(frozen=True, slots=True)
class Start:
    """Who is paged from the first step on, and for what. ``before`` is the department's part until now."""

    incident: str
    department: Department
    transition: Transition
    severity: Severity
    finding: Finding
    before: HeldTrack | None


def start_chain(connection: Connection, settings: RoutingSettings, start: Start, now: datetime) -> HeldTrack:
    """Page the first step, whoever answered before; what earlier rounds still wanted to send is superseded."""
    chain = freeze_chain(settings, start.department, start.severity)
    round_ = 0 if start.before is None else start.before.round + 1
    first = called(settings, chain.steps[0], now)
    reached = first.people or not chain.steps[0].wants_people
    wait = chain.steps[0].wait if reached else timedelta(0)  # nobody on call: the next step at once
    finding_json = encode(start.finding).decode()
    values = {
        "severity": start.severity,
        "finding_json": finding_json,
        "paged": True,
        "chain_json": encode(chain).decode(),
        "round": round_,
        "step": 0,
        "next_step_at": micros(now + wait),
        "acknowledged_at": None,
        "acknowledged_by": "",
        "acknowledged_person": "",
        "quorum": start.finding.clause.acknowledge,
        "remind_at": None,
        "reopen_at": None,
    }
    if start.before is None:
        named = {"incident": start.incident, "department": start.department}
        connection.execute(insert(tracks).values(**named, **values))
    else:
        where = (tracks.c.incident == start.incident) & (tracks.c.department == start.department)
        connection.execute(update(tracks).where(where).values(**values))
    call = Call(
        start.incident, start.department, start.transition, start.severity, round_, 0, first.everybody
    )
    supersede(connection, call, now)
    queue_messages(connection, settings, call, now)
    note_all(connection, [_nobody(start, rotation, now) for rotation in first.nobody_in])
    return HeldTrack(start.severity, finding_json, True, round_)


def _nobody(start: Start, rotation: str, now: datetime) -> Entry:
    return Entry(
        start.incident,
        now,
        "nobody_on_call",
        start.department,
        detail=rotation,
        clause=start.finding.clause.id,
        playbook=start.finding.playbook.sha256,
    )
