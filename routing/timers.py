"""Takes the escalation steps that are due, many at once, within a transaction of the caller."""

from collections.abc import Sequence
from datetime import datetime
from functools import cache, partial
from typing import Any

from sqlalchemy import Connection, Select, and_, bindparam, select, update

from monitor import metrics
from monitor.codec import decode
from routing.escalate import Called, Chain, ChainStep, called
from routing.held_rows import put_off
from routing.ledger import Entry, note_all
from routing.page import Transition
from routing.policy_counts import Counts
from routing.policy_steps import Advance, Passed, Reached, advance, known_of
from routing.queue_many import queue_many
from routing.queue_rows import Call
from routing.schema import incidents, micros, tracks
from routing.settings import RoutingSettings

MOST = 2_000  # steps in one transaction


def any_due(connection: Connection, now: datetime) -> bool:
    """True when at least one step is due."""
    return connection.execute(_due(now).limit(1)).first() is not None


def take_due_steps(
    connection: Connection, settings: RoutingSettings, now: datetime, *, skip_locked: bool
) -> int:
    """Take up to ``MOST`` steps that are due; late timers fire once. Returns how many tracks went on."""
    query = _due(now).order_by(tracks.c.next_step_at, tracks.c.incident, tracks.c.department).limit(MOST)
    if skip_locked:
        query = query.with_for_update(skip_locked=True, of=(incidents, tracks))
    due = connection.execute(query).all()
    going = put_off(connection, due, now)
    if going:
        go_on(connection, settings, going, "escalated", now)
    return len(due)


def go_on(
    connection: Connection,
    settings: RoutingSettings,
    due: Sequence[Any],
    transition: Transition,
    now: datetime,
) -> None:
    """Take the next step of each track; ``due`` are rows of tracks with their incident's ``sequence``, locked."""
    moment = _Moment(connection, settings, due, now)
    calls: list[Call] = []
    entries: list[Entry] = []
    moved: list[dict[str, object]] = []
    for track in due:
        went = moment.advance(track)
        at = None if went.wait is None else micros(now + went.wait)
        step = track.step if went.step is None else went.step
        where = {"one": track.incident, "its": track.department}
        moved.append({**where, "to": step, "at": at})
        for passed in went.passed:
            entries += _entries(track, passed, now)
            if passed.reached.everybody:
                calls.append(_call(track, transition, passed))
            metrics.ESCALATIONS.labels(track.department, str(passed.step)).inc()
    mine = and_(tracks.c.incident == bindparam("one"), tracks.c.department == bindparam("its"))
    taken = update(tracks).where(mine).values(step=bindparam("to"), next_step_at=bindparam("at"))
    connection.execute(taken, moved)
    queue_many(connection, moment.recipients, calls, {track.incident: track.sequence for track in due}, now)
    note_all(connection, entries)


class _Moment:
    """What is the same for every step that is taken at one moment, found once."""

    def __init__(
        self, connection: Connection, settings: RoutingSettings, due: Sequence[Any], now: datetime
    ) -> None:
        self.recipients = {one.id: one for one in settings.recipients}
        self._known = frozenset(self.recipients)
        self._settings = settings
        self._counts = Counts(connection, due, now)
        self._chain = cache(lambda text: decode(Chain, text.encode()))
        self._called = cache(lambda step: called(settings, step, now))

    def advance(self, track: Any) -> Advance:
        return advance(
            self._chain(track.chain_json), track.step, lambda step: self._holds(step, track), self._reach
        )

    def _holds(self, step: ChainStep, track: Any) -> bool:
        return step.only_if is None or self._counts.holds(step.only_if, track)

    def _reach(self, step: ChainStep, catch_all: bool) -> Reached:
        found = known_of(self._called(step), self._known)
        if catch_all and not found.people:  # those of the frozen chain have all gone: those of today
            today = known_of(Called(self._settings.catch_all), self._known)
            return Reached(today.people, found.rooms, found.nobody_in, found.unknown)
        return found


def _due(now: datetime) -> Select[Any]:
    return (
        select(tracks, incidents.c.sequence)
        .join(incidents, incidents.c.id == tracks.c.incident)
        .where(
            tracks.c.next_step_at <= micros(now),
            tracks.c.acknowledged_at.is_(None),
            incidents.c.state != "resolved",
        )
    )


def _call(track: Any, transition: Transition, passed: Passed) -> Call:
    return Call(
        track.incident,
        track.department,
        "escalated" if passed.step else transition,
        track.severity,
        track.round,
        passed.step,
        passed.reached.everybody,
    )


def _entries(track: Any, passed: Passed, now: datetime) -> list[Entry]:
    """A step is told once, however many people it pages; then whom it did not reach."""
    mine = partial(Entry, track.incident, now, department=track.department)
    return [
        mine(passed.what, detail=f"step {passed.step + 1}"),
        *(mine("nobody_on_call", detail=rotation) for rotation in passed.reached.nobody_in),
        *(mine("unknown_person", who=name) for name in passed.reached.unknown),
    ]
