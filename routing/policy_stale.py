"""Acknowledgements that have gone stale: a reminder to whoever gave them, then the chain from its start.

Within a transaction of the caller. A timer that is late goes once: its column is emptied by what it leads to.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, or_, select, update

from monitor.records import Department, Severity
from routing.ledger import Entry, note_all
from routing.page import Transition
from routing.policy_quorum import given_together
from routing.queue_many import queue_many
from routing.queue_rows import Call, person_of, supersede
from routing.schema import incidents, micros, tracks
from routing.settings import RoutingSettings
from routing.timers import MOST, go_on


@dataclass(frozen=True, slots=True)
class StartAgain:
    """A track whose chain starts again, as ``timers.go_on`` takes it."""

    incident: str
    department: Department
    severity: Severity
    chain_json: str
    sequence: int
    round: int
    step: int = -1


def any_stale(connection: Connection, settings: RoutingSettings, now: datetime) -> bool:
    """True when a reminder or a withdrawal is due."""
    lasting = settings.acknowledgements
    if lasting.remind_after is None:
        return False
    due = or_(tracks.c.remind_at <= micros(now - lasting.remind_after), tracks.c.reopen_at <= micros(now))
    query = select(tracks.c.incident).where(due, tracks.c.severity.in_(lasting.severities))
    return connection.execute(query.limit(1)).first() is not None


def remind_and_reopen(
    connection: Connection, settings: RoutingSettings, now: datetime, *, skip_locked: bool
) -> int:
    """Remind of every acknowledgement that has gone stale, withdraw what nobody confirmed. Returns how many.

    Nothing is done where reminders are switched off, also of what was acknowledged before they were.
    """
    lasting = settings.acknowledgements
    if lasting.remind_after is None:
        return 0
    stale = tracks.c.remind_at <= micros(now - lasting.remind_after)
    remind = _due(connection, settings, stale, skip_locked=skip_locked)
    for track in remind:
        _remind(connection, settings, track, now)
    withdraw = _due(connection, settings, tracks.c.reopen_at <= micros(now), skip_locked=skip_locked)
    done: set[tuple[str, str]] = set()
    for track in withdraw:
        if (track.incident, track.department) not in done:
            done |= _withdraw(connection, settings, track, now)
    return len(remind) + len(withdraw)


def _due(
    connection: Connection, settings: RoutingSettings, due: ColumnElement[bool], *, skip_locked: bool
) -> Sequence[Any]:
    query = (
        select(tracks, incidents.c.sequence)
        .join(incidents, incidents.c.id == tracks.c.incident)
        .where(
            due,
            tracks.c.severity.in_(settings.acknowledgements.severities),
            tracks.c.acknowledged_at.is_not(None),
            incidents.c.state != "resolved",
        )
        .order_by(tracks.c.incident, tracks.c.department)
        .limit(MOST)
    )
    if skip_locked:
        query = query.with_for_update(skip_locked=True, of=(incidents, tracks))
    return connection.execute(query).all()


def _remind(connection: Connection, settings: RoutingSettings, track: Any, now: datetime) -> None:
    person = person_of(settings, track.acknowledged_person)
    patience = settings.acknowledgements.reopen_after if person is not None else timedelta(0)
    values = {"remind_at": None, "reopen_at": micros(now + patience)}  # nobody to remind: withdrawn now
    mine = and_(tracks.c.incident == track.incident, tracks.c.department == track.department)
    connection.execute(update(tracks).where(mine).values(**values))
    what = "unknown_person" if person is None else "reminded"
    who = track.acknowledged_by if person is None else person.name
    note_all(connection, [Entry(track.incident, now, what, track.department, who)])
    if person is not None:
        sequence = connection.scalar(select(incidents.c.sequence).where(incidents.c.id == track.incident))
        call = _call(track, "reminder", track.round, track.step, (person.id,))
        queue_many(connection, {person.id: person}, [call], {track.incident: int(sequence or 0)}, now)


def _withdraw(
    connection: Connection, settings: RoutingSettings, track: Any, now: datetime
) -> set[tuple[str, str]]:
    """Take an acknowledgement back, for every department that it counted for; their chains start again."""
    everyone = select(tracks, incidents.c.sequence).join(incidents, incidents.c.id == tracks.c.incident)
    rows = connection.execute(everyone.where(tracks.c.incident == track.incident)).all()
    mine = next(one for one in rows if one.department == track.department)
    withdrawn = [mine, *given_together(mine, rows)]
    where = and_(
        tracks.c.incident == track.incident, tracks.c.department.in_([one.department for one in withdrawn])
    )
    values = {"acknowledged_at": None, "acknowledged_by": "", "acknowledged_person": ""}
    values |= {"remind_at": None, "reopen_at": None}
    connection.execute(update(tracks).where(where).values(**values, round=tracks.c.round + 1))
    connection.execute(update(incidents).where(incidents.c.id == track.incident).values(state="open"))
    note_all(
        connection,
        [Entry(one.incident, now, "withdrawn", one.department, one.acknowledged_by) for one in withdrawn],
    )
    again = [_again(one) for one in withdrawn]
    for one in again:
        supersede(connection, _call(one, "reopened", one.round, 0), now)
    go_on(connection, settings, again, "reopened", now)
    return {(one.incident, one.department) for one in withdrawn}


def _call(track: Any, transition: Transition, round_: int, step: int, people: tuple[str, ...] = ()) -> Call:
    return Call(track.incident, track.department, transition, track.severity, round_, step, people)


def _again(track: Any) -> StartAgain:
    return StartAgain(
        track.incident,
        track.department,
        track.severity,
        track.chain_json,
        track.sequence,
        track.round + 1,
    )
