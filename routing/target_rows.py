"""The health of targets as the tables keep it, so that a restart honours every pause."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, ScalarSelect, and_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from monitor.records import Severity
from routing.breaker import DEAD, TargetHealth, after_outcome
from routing.channels.table import TargetSettings
from routing.ledger import note
from routing.outcome import Outcome
from routing.page import Transition
from routing.queue_rows import person_with
from routing.schema import instant, instant_or_none, messages, micros, targets
from routing.settings import RoutingSettings

PATIENCE = timedelta(seconds=15)  # a longer pause is worth another target, when there is one


def paused_targets(now: datetime) -> ScalarSelect[str]:
    """The names of the targets that nothing may be sent to now.

    A dead target is not among them: what has another target goes there (``pass_over``), and what has none is tried,
    fails at once and lets the next step come, rather than wait out a pause that nobody asked for.
    """
    asked_for = targets.c.reason.not_like(f"{DEAD}%")
    return select(targets.c.name).where(targets.c.paused_until > micros(now), asked_for).scalar_subquery()


def failing_targets(connection: Connection) -> set[str]:
    """The targets whose last attempt failed."""
    return set(connection.execute(select(targets.c.name).where(targets.c.failures > 0)).scalars().all())


def remember_outcome(connection: Connection, target: str, outcome: Outcome, now: datetime) -> None:
    """Keep what an attempt told about its target."""
    where = targets.c.name == target
    row = connection.execute(select(targets).where(where).with_for_update()).first()
    known = _health(row) if row else TargetHealth()
    if after_outcome(known, outcome, now) == known:
        return
    if row is None:
        _add(connection, target)  # another process may just have done so
        known = _health(connection.execute(select(targets).where(where).with_for_update()).one())
    health = after_outcome(known, outcome, now)
    until = None if health.paused_until is None else micros(health.paused_until)
    values = {"failures": health.failures, "paused_until": until, "reason": health.reason}
    connection.execute(update(targets).where(where).values(**values))


def long_paused(connection: Connection, now: datetime) -> dict[str, datetime]:
    """The targets whose pause is worth going to another one, and the ends of their pauses."""
    query = select(targets).where(targets.c.paused_until > micros(now + PATIENCE))
    return {row.name: instant(row.paused_until) for row in connection.execute(query).all()}


def pass_over(connection: Connection, settings: RoutingSettings, now: datetime) -> int:
    """Messages that would wait long for their target go to the person's next one that is free sooner.

    Who has no such target keeps waiting. Returns how many messages moved.
    """
    moved = 0
    paused = long_paused(connection, now)
    waits = and_(
        messages.c.target.in_(list(paused)),
        messages.c.state == "pending",
        messages.c.due_at <= micros(now),
        messages.c.carrier.is_(None),
    )
    kinds = (messages.c.target, messages.c.severity, messages.c.transition)
    for name, severity, transition in connection.execute(select(*kinds).distinct().where(waits)).all():
        number, target = _free_after(settings, name, severity, transition, paused)
        if target is None:
            continue
        same = and_(messages.c.severity == severity, messages.c.transition == transition)
        where = and_(waits, messages.c.target == name, same)
        values = {"target_number": number, "target": target.name, "channel": target.kind, "plain": False}
        query = update(messages).where(where).values(**values, reason=f"{name} pauses").returning(messages)
        for row in connection.execute(query).all():
            moved += 1
            detail = f"{name} pauses, now {target.name}"
            note(
                connection,
                row.incident,
                now,
                "passed_over",
                department=row.department,
                who=row.person,
                detail=detail,
            )
    return moved


def _free_after(
    settings: RoutingSettings,
    name: str,
    severity: Severity,
    transition: Transition,
    paused: dict[str, datetime],
) -> tuple[int, TargetSettings | None]:
    person = person_with(settings, name)
    wanted = person.targets_for(severity, transition) if person else ()
    names = [target.name for target in wanted]
    for number in range(names.index(name) + 1 if name in names else 0, len(names)):
        if names[number] not in paused:
            return number, wanted[number]
    return 0, None


def _health(row: Any) -> TargetHealth:
    return TargetHealth(row.failures, instant_or_none(row.paused_until), row.reason)


def _add(connection: Connection, target: str) -> None:
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    row = {"name": target, "failures": 0, "paused_until": None, "reason": ""}
    connection.execute(insert(targets).values(**row).on_conflict_do_nothing())
