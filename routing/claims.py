"""Claims the messages that will be sent this very moment, within a transaction of the caller.

A message is claimed only when its target has room, so the lease covers one attempt and never a target's queue. A
living process renews the leases of what it holds: one that has run out means that a process died between the claim and
its result. Everything is decided for all messages of
a pass at once: what is no longer wanted is cancelled, what must wait is held, what comes too thick goes as one summary.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    and_,
    bindparam,
    case,
    exists,
    false,
    func,
    or_,
    select,
    update,
)

from monitor.records import SEVERITIES
from routing.bundle import FEW, LATE, Due, Group, allot
from routing.caps import caps_of
from routing.decide import Standing, stop_reason
from routing.held_rows import Held, Stopped, cancel_all, hold_all, lock_free, restart_waits
from routing.holds import Hold, hold_of
from routing.holds_context import Look, sent_lately
from routing.schema import incidents, instant, messages, micros, tracks
from routing.settings import RoutingSettings
from routing.target_rows import failing_targets, paused_targets

ATTEMPT = timedelta(seconds=8.5)  # the most that sending may take
LEASE = timedelta(seconds=9.5)  # longer than an attempt; with the router's poll still within 10 s
AT_ONCE = 4  # attempts at once to one target; a target that just failed is tried with one page only
MOST_WAITING = 2_000  # messages of one target that are looked at together
_SOME_WAITING = 60  # where nothing can ask for a summary

_RANK = case({severity: rank for rank, severity in enumerate(SEVERITIES)}, value=messages.c.severity)
_URGENCY = case((messages.c.transition == "informed", -1), else_=_RANK)  # what only informs comes last

Running = Mapping[str, Collection[str]]  # target -> ids of the messages that this process sends now


@dataclass(frozen=True, slots=True)
class Claimed:
    """A message that this process may send now, and nobody else until its lease ends."""

    row: Any
    thread: str  # of the first page of the incident to the same target; empty when this is the first
    carries: int = 0  # how many other messages go along as lines of its summary


@dataclass(frozen=True, slots=True)
class Room:
    """How many more messages a target takes at once, and how deep its queue is looked into."""

    free: int
    depth: int


def rooms(
    connection: Connection, settings: RoutingSettings, running: Running, now: datetime
) -> dict[str, Room]:
    """The targets that something is due for and that have room."""
    counted = (messages.c.target, messages.c.channel)
    query = select(*counted, func.count().label("waiting"), func.min(messages.c.due_at).label("oldest"))
    failing = failing_targets(connection)
    room: dict[str, Room] = {}
    for found in connection.execute(query.where(_wanted(now)).group_by(*counted)).all():
        most = 1 if found.target in failing else AT_ONCE
        free = most - len(running.get(found.target, ()))
        late = found.waiting > FEW and found.oldest <= micros(now - LATE)
        capped = caps_of(settings.muting.caps, found.target, found.channel)
        if free > 0:
            room[found.target] = Room(free, MOST_WAITING if late or capped else _SOME_WAITING)
    return room


def claim(
    connection: Connection,
    settings: RoutingSettings,
    rooms: Mapping[str, Room],
    running: Running,
    now: datetime,
) -> list[Claimed]:
    """Messages of these targets, as many as each has room for: the most severe first, of those the oldest."""
    rows = connection.execute(_candidates(rooms, running, now)).all()
    if not rows:
        return []
    look = Look(connection, settings, rows, now)
    stopped: list[Stopped] = []
    held: list[Held] = []
    wanted: defaultdict[str, list[Any]] = defaultdict(list)
    for row in rows:
        if reason := stop_reason(row.transition, row.round, _standing(row)):
            stopped.append((row, reason))
        elif hold := hold_of(look.waiting(row), look.context, now):
            held.append((row, hold))
        else:
            wanted[row.target].append(row)
    groups, capped = _allotted(connection, settings, rooms, wanted, now)
    held = [one for one in (*held, *capped) if not _held_already(*one)]
    released = [row for group in groups for row in group if row.hold]
    noted = [row.incident for row, _ in (*stopped, *held)] + [row.incident for row in released]
    # Whoever holds an incident may wait for these messages: what is not free now is looked at again soon.
    free = lock_free(connection, noted)
    cancel_all(connection, [one for one in stopped if one[0].incident in free], now)
    hold_all(connection, [one for one in held if one[0].incident in free], now)
    restart_waits(connection, [row for row in released if row.incident in free], now)
    return _take(connection, [_free_part(group, free) for group in groups], now)


def _allotted(
    connection: Connection,
    settings: RoutingSettings,
    rooms: Mapping[str, Room],
    wanted: Mapping[str, Sequence[Any]],
    now: datetime,
) -> tuple[list[Sequence[Any]], list[Held]]:
    caps = {target: caps_of(settings.muting.caps, target, rows[0].channel) for target, rows in wanted.items()}
    sent = sent_lately(connection, [target for target, its in caps.items() if its], now)
    groups: list[Sequence[Any]] = []
    held: list[Held] = []
    for target, rows in wanted.items():
        by_id = {row.id: row for row in rows}
        allotment = allot([_due(row) for row in rows], rooms[target].free, caps[target], sent[target], now)
        groups += [_rows_of(group, by_id) for group in allotment.go]
        held += [(by_id[one.id], hold) for one, hold in allotment.held]
    return groups, held


def _held_already(row: Any, hold: Hold) -> bool:
    return (row.state, row.hold, row.due_at) == ("pending", hold.reason, micros(hold.until))


def _rows_of(group: Group, by_id: Mapping[str, Any]) -> Sequence[Any]:
    return [by_id[one.id] for one in group]


def _free_part(group: Sequence[Any], free: Collection[str]) -> Sequence[Any]:
    return [row for row in group if not row.hold or row.incident in free]


def _due(row: Any) -> Due:
    queued, due = instant(row.queued_at), instant(row.due_at)
    return Due(row.id, row.incident, row.severity, row.transition, queued, due, row.hold)


def _wanted(now: datetime) -> ColumnElement[bool]:
    lost = and_(messages.c.state == "sending", messages.c.lease_until <= micros(now))
    due = and_(messages.c.state == "pending", messages.c.due_at <= micros(now), messages.c.carrier.is_(None))
    return and_(or_(lost, due), messages.c.target.not_in(paused_targets(now)))


def _none_under_way() -> ColumnElement[bool]:
    """One page of an incident at a time to a target, so that they stay in order and the later ones find a thread."""
    other = messages.alias()
    same = and_(other.c.incident == messages.c.incident, other.c.target == messages.c.target)
    return ~exists().where(same, other.c.state == "sending", other.c.id != messages.c.id)


def _candidates(rooms: Mapping[str, Room], running: Running, now: datetime) -> Select[Any]:
    """The most urgent messages of each target, with how their incident and department stand now, locked."""
    order = (_URGENCY.desc(), messages.c.due_at, messages.c.sequence)
    place = func.row_number().over(partition_by=messages.c.target, order_by=order)
    deep = [target for target, room in rooms.items() if room.depth == MOST_WAITING]
    # What a cap holds is looked at with what is due: if a summary goes now, everything that waits goes with it.
    capped = and_(messages.c.state == "pending", messages.c.hold == "noise_cap", messages.c.carrier.is_(None))
    wanted = or_(_wanted(now), capped)
    ranked = select(messages.c.id, messages.c.target, place.label("place")).where(
        messages.c.target.in_(list(rooms)), wanted, _none_under_way()
    )
    sending_here = [one for ids in running.values() for one in ids]
    if sending_here:  # a process that was held up must not take its own messages for lost
        ranked = ranked.where(messages.c.id.not_in(sending_here))
    found = ranked.subquery()
    depth = case((found.c.target.in_(deep), MOST_WAITING), else_=_SOME_WAITING)
    some = select(found.c.id).where(found.c.place <= depth)
    query = _with_standing().where(messages.c.id.in_(some), wanted).order_by(*order)
    return query.with_for_update(skip_locked=True, of=messages)


@cache  # to put it together takes longer than to ask it
def _with_standing() -> Select[Any]:
    other = messages.alias()
    same = and_(other.c.incident == messages.c.incident, other.c.person == messages.c.person)
    here = and_(same, other.c.department == messages.c.department, other.c.round > messages.c.round)
    paged = and_(same, other.c.transition != "informed", other.c.state.in_(["sent", "bundled"]))
    waited = and_(messages.c.hold == "digest", exists().where(paged))
    of_track = and_(tracks.c.incident == messages.c.incident, tracks.c.department == messages.c.department)
    return (
        select(
            messages,
            incidents.c.brand,
            incidents.c.story,
            incidents.c.state.label("incident_state"),
            tracks.c.acknowledged_at,
            tracks.c.round.label("track_round"),
            exists().where(here).label("told_since"),
            func.coalesce(waited, false()).label("paged_meanwhile"),
        )
        .join_from(messages, incidents, incidents.c.id == messages.c.incident, isouter=True)
        .join(tracks, of_track, isouter=True)
    )


def _standing(row: Any) -> Standing | None:
    if row.incident_state is None or row.track_round is None:
        return None
    return Standing(
        row.incident_state,
        row.acknowledged_at is not None,
        row.track_round,
        bool(row.told_since),
        bool(row.paged_meanwhile),
    )


def _take(connection: Connection, groups: Iterable[Sequence[Any]], now: datetime) -> list[Claimed]:
    taken = [group for group in groups if group]
    if not taken:
        return []
    leads = [group[0] for group in taken]
    lost = [row.id for row in leads if row.state == "sending"]  # a crash between claim and result
    if lost:  # what they carried is decided again by itself
        connection.execute(update(messages).where(messages.c.carrier.in_(lost)).values(carrier=None))
    this = update(messages).where(messages.c.id == bindparam("this"))
    claimed = this.values(
        state="sending",
        lease_until=micros(now + LEASE),
        fence=messages.c.fence + 1,
        attempts=messages.c.attempts + 1,
        ambiguous=messages.c.ambiguous + bindparam("cut_off"),
        hold="",
    )
    connection.execute(claimed, [{"this": row.id, "cut_off": int(row.state == "sending")} for row in leads])
    carried = [{"this": row.id, "by": group[0].id} for group in taken for row in group[1:]]
    if carried:
        waits = this.values(
            state="pending",
            lease_until=None,
            carrier=bindparam("by"),
            ambiguous=messages.c.ambiguous + case((messages.c.state == "sending", 1), else_=0),
        )
        connection.execute(waits, carried)
    query = select(messages).where(messages.c.id.in_([row.id for row in leads]))
    fresh = {row.id: row for row in connection.execute(query).all()}
    threads = _threads(connection, leads)
    return [
        Claimed(fresh[group[0].id], threads.get((group[0].incident, group[0].target), ""), len(group) - 1)
        for group in taken
    ]


def _threads(connection: Connection, rows: Sequence[Any]) -> Mapping[tuple[str, str], str]:
    there = and_(messages.c.state == "sent", messages.c.thread != "")
    query = select(messages.c.incident, messages.c.target, messages.c.thread).where(
        messages.c.incident.in_({row.incident for row in rows}), there
    )
    newest_first = query.order_by(messages.c.sent_at.desc(), messages.c.sequence.desc())
    return {(row.incident, row.target): row.thread for row in connection.execute(newest_first).all()}


def first_thread(connection: Connection, incident: str, target: str) -> str:
    """What the first confirmed page of the incident to the same target gave as its thread."""
    same = and_(messages.c.incident == incident, messages.c.target == target)
    query = select(messages.c.thread).where(same, messages.c.state == "sent", messages.c.thread != "")
    return connection.scalar(query.order_by(messages.c.sent_at, messages.c.sequence).limit(1)) or ""


def held_by(claimed: Claimed) -> ColumnElement[bool]:
    """The condition that a message is still this claim's: no other process has taken it over."""
    row = claimed.row
    return and_(messages.c.id == row.id, messages.c.fence == row.fence, messages.c.state == "sending")


def renew(connection: Connection, fences: Mapping[str, int], now: datetime) -> None:
    """The leases of claims that a living process still holds (id -> fence) start anew.

    A process may have claimed more than it can send within one lease; nobody else must take that for lost.
    """
    query = select(messages.c.id, messages.c.fence).where(
        messages.c.id.in_(list(fences)), messages.c.state == "sending"
    )
    rows = connection.execute(query.order_by(messages.c.id).with_for_update(skip_locked=True)).all()
    mine = [{"this": row.id} for row in rows if row.fence == fences[row.id]]
    if mine:
        held = update(messages).where(messages.c.id == bindparam("this"))
        connection.execute(held.values(lease_until=micros(now + LEASE)), mine)


def _now_decided(
    connection: Connection, settings: RoutingSettings, claimed: Claimed, now: datetime
) -> tuple[Any, str | Hold | None] | None:
    """The claimed message as it is now, and what is against sending it; None when it is not ours any more."""
    row = connection.execute(_with_standing().where(held_by(claimed))).first()
    if row is None:
        return None
    if reason := stop_reason(row.transition, row.round, _standing(row)):
        return row, reason
    look = Look(connection, settings, [row], now)
    return row, hold_of(look.waiting(row), look.context, now)


def may_go(connection: Connection, settings: RoutingSettings, claimed: Claimed, now: datetime) -> bool:
    """Whether a claimed message can be sent as it is: still ours and wanted, with time left in its lease."""
    found = _now_decided(connection, settings, claimed, now)
    return found is not None and found[1] is None and bool(found[0].lease_until >= micros(now + ATTEMPT))


def confirm(connection: Connection, settings: RoutingSettings, claimed: Claimed, now: datetime) -> bool:
    """Whether a claimed message may still be sent; renews its lease, or cancels or holds it when it may not."""
    row = claimed.row
    connection.execute(select(incidents.c.id).where(incidents.c.id == row.incident).with_for_update())
    found = _now_decided(connection, settings, claimed, now)
    if found is None:
        return False
    fresh, against = found
    if against is None:
        connection.execute(update(messages).where(held_by(claimed)).values(lease_until=micros(now + LEASE)))
        return True
    if isinstance(against, Hold):
        hold_all(connection, [(fresh, against)], now, surely_unsent=True)
    else:
        reason = stop_reason(fresh.transition, fresh.round, _standing(fresh))
        cancel_all(connection, [(fresh, reason)] if reason else [], now)
    # What it would have carried along is decided again by itself.
    connection.execute(update(messages).where(messages.c.carrier == row.id).values(carrier=None))
    return False
