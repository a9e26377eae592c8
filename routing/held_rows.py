"""Messages that are cancelled or held back, many at once, within a transaction of the caller."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

import orjson
from sqlalchemy import Connection, and_, bindparam, exists, func, or_, select, update

from monitor import metrics
from routing.decide import CancelReason
from routing.holds import Hold, hold_of
from routing.holds_context import Look
from routing.inhibit import Paged
from routing.ledger import Entry, note_all
from routing.schema import incidents, instant, messages, micros, tracks
from routing.settings import RoutingSettings
from routing.silences import active_silences, silenced_until

Stopped = tuple[Any, CancelReason]  # a row of messages, and why it must not go
Held = tuple[Any, Hold]

_ARRIVED = ("sending", "ambiguous", "sent", "bundled")


def lock_free(connection: Connection, wanted: Collection[str]) -> set[str]:
    """Lock those of the incidents that nobody else holds just now, and tell which."""
    if not wanted:
        return set()
    query = select(incidents.c.id).where(incidents.c.id.in_(sorted(set(wanted)))).order_by(incidents.c.id)
    found = set(connection.execute(query.with_for_update(skip_locked=True)).scalars().all())
    if connection.dialect.name == "postgresql":
        there = select(incidents.c.id).where(incidents.c.id.in_(sorted(set(wanted))))
        return found | (set(wanted) - set(connection.execute(there).scalars().all()))
    return set(wanted)


def cancel_all(connection: Connection, stopped: Sequence[Stopped], now: datetime) -> None:
    """Messages that must not go any more, each with its reason."""
    if not stopped:
        return
    query = update(messages).where(messages.c.id == bindparam("this"))
    query = query.values(state="cancelled", reason=bindparam("why"), lease_until=None, hold="", carrier=None)
    connection.execute(query, [{"this": row.id, "why": reason} for row, reason in stopped])
    for _, reason in stopped:
        metrics.NOT_PAGED.labels(reason).inc()
    note_all(
        connection,
        [
            Entry(row.incident, now, "cancelled", row.department, row.person, f"{row.target} {reason}")
            for row, reason in stopped
        ],
    )


def hold_all(
    connection: Connection, held: Sequence[Held], now: datetime, *, surely_unsent: bool = False
) -> None:
    """Messages that wait, each with its reason and the time when it is decided again.

    One that was cut off while it was being sent may have arrived, unless it is ``surely_unsent``. A hold that only
    goes on is not written into the history again.
    """
    if not held:
        return
    query = update(messages).where(messages.c.id == bindparam("this"))
    query = query.values(
        state="pending",
        lease_until=None,
        carrier=None,
        hold=bindparam("why"),
        due_at=bindparam("until"),
        attempts=messages.c.attempts - bindparam("taken_back"),
        ambiguous=messages.c.ambiguous + bindparam("cut_off"),
    )
    rows = [
        {
            "this": row.id,
            "why": hold.reason,
            "until": micros(hold.until),
            "taken_back": int(surely_unsent),
            "cut_off": int(row.state == "sending" and not surely_unsent),
        }
        for row, hold in held
    ]
    connection.execute(query, rows)
    new = [(row, hold) for row, hold in held if row.hold != hold.reason]
    for _, hold in new:
        metrics.NOT_PAGED.labels(hold.reason).inc()
    note_all(connection, [_entry(row, hold, now) for row, hold in new])


def _entry(row: Any, hold: Hold, now: datetime) -> Entry:
    detail = f"{row.target} {hold.reason} until {hold.until:%Y-%m-%d %H:%M:%S} UTC"
    return Entry(row.incident, now, "held", row.department, row.person, detail)


def restart_waits(connection: Connection, released: Sequence[Any], now: datetime) -> None:
    """A step that nobody heard of while its messages were held waits from now on, when the first of them goes."""
    for row in {(one.incident, one.department, one.round, one.step): one for one in released}.values():
        if row.transition == "informed":
            continue
        same = _of_step(row.incident, row.department, row.round, row.step)
        if connection.execute(select(messages.c.id).where(same, messages.c.state.in_(_ARRIVED))).first():
            continue
        current = and_(
            tracks.c.incident == row.incident,
            tracks.c.department == row.department,
            tracks.c.round == row.round,
            tracks.c.step == row.step,
            tracks.c.next_step_at.is_not(None),
            tracks.c.acknowledged_at.is_(None),
        )
        chain = connection.scalar(select(tracks.c.chain_json).where(current))
        if chain is not None:
            at = micros(now + _wait_of(chain, row.step))
            connection.execute(update(tracks).where(current).values(next_step_at=at))


def _of_step(incident: str, department: str, round_: int, step: int) -> Any:
    return and_(
        messages.c.incident == incident,
        messages.c.department == department,
        messages.c.transition != "informed",
        messages.c.round == round_,
        messages.c.step == step,
    )


def _wait_of(chain_json: str, step: int) -> timedelta:
    steps = orjson.loads(chain_json)["steps"]
    return timedelta(seconds=float(steps[min(step, len(steps) - 1)]["wait_s"]))


def put_off(connection: Connection, due: Sequence[Any], now: datetime) -> list[Any]:
    """The timers of these tracks (rows, locked) that may go on. Those of silenced parts, and of steps that nobody has
    heard of because every message of theirs is held, wait on."""
    if not due:
        return []
    later = _silenced(connection, due, now)
    for track, first in _unheard(connection, due, now):
        place = (track.incident, track.department)
        at = first + _wait_of(track.chain_json, track.step)
        later[place] = max(at, later.get(place, at))
    if later:
        mine = and_(tracks.c.incident == bindparam("one"), tracks.c.department == bindparam("its"))
        rows = [{"one": one, "its": its, "at": micros(at)} for (one, its), at in later.items()]
        connection.execute(update(tracks).where(mine).values(next_step_at=bindparam("at")), rows)
    return [track for track in due if (track.incident, track.department) not in later]


def _silenced(connection: Connection, due: Sequence[Any], now: datetime) -> dict[tuple[str, str], datetime]:
    silences = active_silences(connection, now)
    later: dict[tuple[str, str], datetime] = {}
    for track in due if silences else ():
        finding = orjson.loads(track.finding_json)
        page = Paged(
            track.incident,
            track.department,
            finding["brand"],
            finding["story"]["id"],
            track.severity,
            finding["clause"]["id"],
        )
        if until := silenced_until(silences, page, now):
            later[track.incident, track.department] = until
    return later


def _unheard(connection: Connection, due: Sequence[Any], now: datetime) -> list[tuple[Any, datetime]]:
    """Tracks whose step has held messages and none that went, and when the first of them is due."""
    held = and_(messages.c.state == "pending", messages.c.hold != "", messages.c.due_at > micros(now))
    query = select(messages.c.incident, messages.c.department).where(
        held, messages.c.transition != "informed", messages.c.incident.in_({one.incident for one in due})
    )
    some = {(row.incident, row.department) for row in connection.execute(query).all()}
    found: list[tuple[Any, datetime]] = []
    for track in due:
        if (track.incident, track.department) not in some:
            continue
        step = _of_step(track.incident, track.department, track.round, track.step)
        query_step = select(messages.c.state, messages.c.hold, messages.c.due_at).where(step)
        rows = connection.execute(query_step).all()
        waits = [row.due_at for row in rows if row.state == "pending" and row.hold]
        heard = any(row.state in _ARRIVED or (row.state == "pending" and not row.hold) for row in rows)
        if waits and not heard:
            found.append((track, instant(min(waits))))
    return found


def release(
    connection: Connection, settings: RoutingSettings, now: datetime, *, everything: bool = False
) -> list[str]:
    """The ids of held messages that need not wait for their time: a silence was ended, the worse incident answered.

    ``everything``: decide about all of them again, as after a start with another configuration.
    """
    held = and_(messages.c.state == "pending", messages.c.due_at > micros(now), messages.c.carrier.is_(None))
    if everything:
        query = select(messages.c.id).where(held, messages.c.hold != "")
        return list(connection.execute(query).scalars().all())
    early = or_(messages.c.hold == "silenced", messages.c.hold == "inhibited")
    if not connection.scalar(select(exists().where(held, early))):
        return []
    joined = select(messages, incidents.c.brand, incidents.c.story).join(
        incidents, incidents.c.id == messages.c.incident
    )
    rows = connection.execute(joined.where(held, early)).all()
    look = Look(connection, settings, rows, now)
    free: list[str] = []
    for row in rows:
        hold = hold_of(look.waiting(row), look.context, now)
        if hold is None or hold.reason != row.hold or micros(hold.until) < row.due_at:
            free.append(row.id)
    return free


def make_due(connection: Connection, ids: Sequence[str], now: datetime) -> None:
    """Decide about these held messages now."""
    this = and_(messages.c.id == bindparam("this"), messages.c.state == "pending", messages.c.hold != "")
    query = update(messages).where(this).values(due_at=micros(now))
    if ids:
        connection.execute(query, [{"this": one} for one in ids])


def counts(connection: Connection) -> dict[str, int]:
    """How many messages are held back now, by reason."""
    held = and_(messages.c.state == "pending", messages.c.hold != "", messages.c.carrier.is_(None))
    query = select(messages.c.hold, func.count()).where(held).group_by(messages.c.hold)
    return {str(reason): int(number) for reason, number in connection.execute(query).all()}
