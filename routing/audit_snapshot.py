"""Reads what an auditor looks at, from one snapshot of the tables. Bounded: the oldest rows of each kind."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, and_, exists, or_, select

from monitor.codec import decode
from monitor.errors import UndecodableRecord
from routing.audit_checks import CanarySeen, ClosingSeen, MessageSeen, Snapshot, TimerSeen
from routing.audit_on_call import unreachable
from routing.breaker import TargetHealth
from routing.canary import last_canary
from routing.escalate import Chain
from routing.ledger_chain import Head, verify_chain
from routing.ledger_rows import read_chain
from routing.liveness import ROUTER_LOOKED, marked
from routing.schema import closings, incidents, instant, instant_or_none, messages, micros, targets, tracks
from routing.settings import RoutingSettings

MOST = 500  # rows of a kind: more of the same tell nothing new
RECENT = timedelta(hours=1)
MOST_CHAINS = 20  # histories verified at a look

_WAITING = ("pending", "sending")


@dataclass(frozen=True, slots=True)
class CanaryAwaited:
    """One should come ``every`` so often; ``since`` is when whoever asks began to wait for the first."""

    every: timedelta
    since: datetime


def snapshot(
    connection: Connection, settings: RoutingSettings, now: datetime, canary: CanaryAwaited | None = None
) -> Snapshot:
    """The tables as they are at ``now`` (aware UTC), as far as anything in them may stand still."""
    paused = select(targets.c.name).where(targets.c.paused_until > micros(now))
    pausing = frozenset(connection.execute(paused).scalars().all())
    return Snapshot(
        now=now,
        timers=_timers(connection),
        messages=_messages(connection, now, pausing),
        closings=_closings(connection, pausing),
        untold=_untold(connection),
        router_looked=marked(connection, ROUTER_LOOKED),
        unreachable=unreachable(settings, _health(connection), now),
        broken=_broken(connection, now),
        canary=None if canary is None else CanarySeen(canary.every, last_canary(connection) or canary.since),
    )


def _health(connection: Connection) -> dict[str, TargetHealth]:
    rows = connection.execute(select(targets)).all()
    return {
        row.name: TargetHealth(row.failures, instant_or_none(row.paused_until), row.reason) for row in rows
    }


def _timers(connection: Connection) -> tuple[TimerSeen, ...]:
    columns = (
        *(tracks.c.department, tracks.c.paged, tracks.c.step, tracks.c.chain_json, tracks.c.acknowledged_at),
        *(tracks.c.next_step_at, tracks.c.remind_at, tracks.c.reopen_at, tracks.c.quorum, tracks.c.incident),
        *(incidents.c.number, incidents.c.updated_at),
    )
    query = (
        select(*columns)
        .join(incidents, incidents.c.id == tracks.c.incident)
        .where(incidents.c.state != "resolved", incidents.c.merged_into.is_(None))
        .where(incidents.c.kind != "canary")
        .order_by(incidents.c.number.desc())
        .limit(MOST)
    )
    rows = connection.execute(query).all()
    answered = {row.incident for row in rows if row.acknowledged_at is not None}
    return tuple(_timer(row, row.quorum == "any" and row.incident in answered) for row in rows)


def _timer(row: Any, another_answered: bool) -> TimerSeen:
    running = row.acknowledged_at is None
    timers = [row.next_step_at] if running else [row.remind_at, row.reopen_at]
    due = min((at for at in timers if at is not None), default=None)
    waits = row.paged and running and row.next_step_at is None and not another_answered
    subject = f"T-{row.number} {row.department}"
    return TimerSeen(
        subject, instant_or_none(due), waits and row.step < _last_step(row), instant(row.updated_at)
    )


def _last_step(row: Any) -> int:
    try:
        return len(decode(Chain, row.chain_json.encode()).steps) - 1
    except UndecodableRecord:
        return row.step + 1 if isinstance(row.step, int) else 0


def _messages(connection: Connection, now: datetime, pausing: frozenset[str]) -> tuple[MessageSeen, ...]:
    odd = or_(
        messages.c.state.in_(_WAITING),
        and_(messages.c.state == "ambiguous", messages.c.severity != "info"),
        and_(messages.c.state == "sent", messages.c.sent_at.is_(None)),
        and_(messages.c.state == "failed", messages.c.reason == ""),
    )
    query = (
        select(messages, incidents.c.number)
        .join(incidents, incidents.c.id == messages.c.incident)
        .where(incidents.c.kind != "canary")
        .where(odd, or_(incidents.c.state != "resolved", messages.c.state.in_(_WAITING)))
        .order_by(messages.c.due_at)
        .limit(MOST)
    )
    return tuple(
        MessageSeen(
            subject=f"T-{row.number} {row.target}",
            state=row.state,
            severity=row.severity,
            queued_at=instant(row.queued_at),
            due_at=instant(row.due_at),
            sent_at=instant_or_none(row.sent_at),
            lease_until=instant_or_none(row.lease_until),
            reason=row.reason,
            target_pauses=row.target in pausing,
        )
        for row in connection.execute(query).all()
    )


def _closings(connection: Connection, pausing: frozenset[str]) -> tuple[ClosingSeen, ...]:
    # A closing waits, rightly, for the pages of its incident to the same target.
    page_waits = exists().where(
        messages.c.incident == closings.c.incident,
        messages.c.target == closings.c.target,
        messages.c.state.in_(_WAITING),
    )
    query = (
        select(closings, incidents.c.number.label("label"))
        .join(incidents, incidents.c.id == closings.c.incident)
        .where(closings.c.state.in_(_WAITING), ~page_waits)
        .order_by(closings.c.due_at)
        .limit(MOST)
    )
    return tuple(
        ClosingSeen(
            f"T-{row.label} {row.target}",
            row.state,
            instant(row.due_at),
            instant_or_none(row.lease_until),
            row.target in pausing,
        )
        for row in connection.execute(query).all()
    )


def _untold(connection: Connection) -> tuple[tuple[str, datetime], ...]:
    has_message = exists().where(messages.c.incident == incidents.c.id)
    paged = exists().where(tracks.c.incident == incidents.c.id, tracks.c.paged)
    query = (
        select(incidents.c.number, incidents.c.opened_at)
        .where(incidents.c.state == "open", incidents.c.kind != "canary", incidents.c.merged_into.is_(None))
        .where(paged, ~has_message)
        .order_by(incidents.c.number)
        .limit(MOST)
    )
    return tuple((f"T-{row.number}", instant(row.opened_at)) for row in connection.execute(query).all())


def _broken(connection: Connection, now: datetime) -> tuple[tuple[str, str], ...]:
    query = (
        select(incidents.c.id, incidents.c.number, incidents.c.chain_length, incidents.c.chain_hash)
        .where(incidents.c.updated_at >= micros(now - RECENT), incidents.c.kind != "canary")
        .order_by(incidents.c.updated_at.desc())
        .limit(MOST_CHAINS)
    )
    found = []
    for row in connection.execute(query).all():
        heads = [Head(row.id, row.chain_length, row.chain_hash)] if row.chain_length else []
        fault = verify_chain(read_chain(connection, row.id), heads, incident=row.id)
        if fault is not None:
            found.append((f"T-{row.number}", f"{fault.problem} at entry {fault.position}"))
    return tuple(found)
