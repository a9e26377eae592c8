"""What follows from an attempt to send: done, again later, the person's next target, or the next step."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, and_, select, update

from monitor.records import Severity
from routing.canary import end_canaries, is_canary
from routing.claims import Claimed, held_by
from routing.ledger import note
from routing.outcome import Ambiguous, DeadTarget, Delivered, Outcome, RejectedPayload, RetryLater
from routing.queue_rows import lock_incident
from routing.recipients import is_room, recipient_of
from routing.schema import messages, micros, tracks
from routing.settings import RoutingSettings
from routing.target_rows import PATIENCE, remember_outcome
from routing.target_rules import confirms_nothing

MAX_ATTEMPTS = 8

Values = dict[str, object]
_HISTORY = {"sent": "sent", "failed": "failed", "ambiguous": "possibly_delivered"}


def record(
    connection: Connection,
    settings: RoutingSettings,
    claimed: Claimed,
    outcome: Outcome,
    now: datetime,
    *,
    deduplicates: bool,
) -> bool:
    """Write down what came of an attempt. False when another process has taken the message over meanwhile."""
    row = claimed.row
    lock_incident(connection, row.incident)
    remember_outcome(connection, row.target, outcome, now)
    values = after_attempt(settings, row, outcome, now, deduplicates=deduplicates)
    changed = connection.execute(update(messages).where(held_by(claimed)).values(lease_until=None, **values))
    if changed.rowcount == 0:
        return False
    if is_canary(row):
        end_canaries(connection, [row.incident], now)
        return True
    what = "sent" if isinstance(outcome, Delivered) else _HISTORY.get(str(values["state"]), "retry")
    detail = f"{row.target} {values.get('reason', '')}".strip()
    note(connection, row.incident, now, what, department=row.department, who=row.person, detail=detail)
    if values["state"] == "failed" and row.transition != "informed":
        _go_on_at_once(connection, settings, row, now)
    return True


def _go_on_at_once(connection: Connection, settings: RoutingSettings, row: Any, now: datetime) -> None:
    """What waited for somebody who cannot be reached waits no longer: the next step, or a chain that starts again."""
    track = and_(
        tracks.c.incident == row.incident, tracks.c.department == row.department, tracks.c.round == row.round
    )
    if row.transition == "reminder":
        waits, column = and_(track, tracks.c.reopen_at.is_not(None)), tracks.c.reopen_at
    elif _nobody_left(connection, settings, row):
        waits = and_(track, tracks.c.step == row.step, tracks.c.next_step_at.is_not(None))
        column = tracks.c.next_step_at
    else:
        return
    if connection.execute(update(tracks).where(waits).values({column: micros(now)})).rowcount:
        detail = f"step {row.step + 1}"
        note(connection, row.incident, now, "all_targets_dead", department=row.department, detail=detail)


def after_attempt(
    settings: RoutingSettings, row: Any, outcome: Outcome, now: datetime, *, deduplicates: bool
) -> Values:
    """The columns of a message that change after an attempt. Pure."""
    match outcome:
        case Delivered() if confirms_nothing(row) and not _is_last_target(settings, row):
            return next_target(settings, row, now, "a yes that proves nothing: the next target too")
        case Delivered(thread=thread):
            return {"state": "sent", "sent_at": micros(now), "thread": thread[:500], "reason": ""}
        case RetryLater(reason=reason, after_s=after) if row.attempts < MAX_ATTEMPTS and (
            after <= PATIENCE.total_seconds() or _is_last_target(settings, row)
        ):
            return _again(now, max(after, min(2.0 ** (row.attempts - 1), 60.0)), reason)
        case Ambiguous(reason=reason) if not_worth_a_copy(row.severity, deduplicates=deduplicates):
            return _possibly_delivered(reason)
        case Ambiguous(reason=reason, after_s=after) if deduplicates or row.ambiguous == 0:
            if row.attempts < MAX_ATTEMPTS:
                return {**_again(now, after, reason), "ambiguous": row.ambiguous + 1}
            return next_target(settings, row, now, reason)
        case RejectedPayload(reason=reason) if not row.plain:
            return {**_again(now, 0.0, reason), "plain": True}
        case (
            RetryLater(reason=reason)
            | Ambiguous(reason=reason)
            | RejectedPayload(reason=reason)
            | DeadTarget(reason=reason)
        ):
            return next_target(settings, row, now, reason)


def not_worth_a_copy(severity: Severity, *, deduplicates: bool) -> bool:
    """True when a message that may have arrived is left at that: it would only disturb twice."""
    return severity == "info" and not deduplicates


def give_up(connection: Connection, claimed: Claimed, reason: str, now: datetime) -> None:
    """Leave a message at "possibly delivered", unless another process has taken it over meanwhile."""
    row, values = claimed.row, _possibly_delivered(reason)
    changed = connection.execute(update(messages).where(held_by(claimed)).values(lease_until=None, **values))
    if changed.rowcount:
        detail = f"{row.target} {reason}"
        what = "possibly_delivered"
        note(connection, row.incident, now, what, department=row.department, who=row.person, detail=detail)


def _possibly_delivered(reason: str) -> Values:
    return {"state": "ambiguous", "reason": f"possibly delivered: {reason}"[:500]}


def next_target(settings: RoutingSettings, row: Any, now: datetime, reason: str) -> Values:
    """The person's next target takes the message; without one it has failed."""
    person = recipient_of(settings, row.person)
    number = row.target_number + 1
    targets = () if person is None else person.targets_for(row.severity, row.transition)
    if number >= len(targets):
        return {"state": "failed", "reason": reason[:500]}
    target = targets[number]
    return {
        **_again(now, 0.0, reason),
        "target_number": number,
        "target": target.name,
        "channel": target.kind,
        "plain": False,
    }


def _is_last_target(settings: RoutingSettings, row: Any) -> bool:
    person = recipient_of(settings, row.person)
    return person is None or row.target_number + 1 >= len(person.targets_for(row.severity, row.transition))


def _again(now: datetime, after_s: float, reason: str) -> Values:
    return {"state": "pending", "due_at": micros(now + timedelta(seconds=after_s)), "reason": reason[:500]}


def _nobody_left(connection: Connection, settings: RoutingSettings, row: Any) -> bool:
    """True when no message of this step was sent or may still be; a room that was told is nobody who answers."""
    same = and_(
        messages.c.incident == row.incident,
        messages.c.department == row.department,
        messages.c.round == row.round,
        messages.c.step == row.step,
        messages.c.state.in_(["pending", "sending", "ambiguous", "sent", "bundled"]),
    )
    if not is_room(settings, row.person):
        same = and_(same, messages.c.person.not_in([room.id for room in settings.rooms]))
    return connection.execute(select(messages.c.id).where(same)).first() is None
