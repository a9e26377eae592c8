"""Silences: one story is known and need page nobody for a while. Every silence has an author, a reason and an end.

They are read from the database in the transaction that claims a message, so there is no moment after a start in which
one is not known yet, and only the router's own clock counts.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, insert, select, update

from monitor.records import SEVERITIES, Department, Severity
from routing.desk import IncidentView, SilenceView
from routing.inhibit import Paged
from routing.ledger import note
from routing.schema import incidents, instant, instant_or_none, micros, silences, tracks

MAX_REASON = 500  # characters
MAX_ACTIVE = 1_000


@dataclass(frozen=True, slots=True)
class Silence:
    """``department`` and ``clause`` None: every one. ``ended_at`` is set when somebody ended it early."""

    number: int
    brand: str
    story: str
    department: Department | None
    clause: str | None
    up_to: Severity
    author: str
    reason: str
    starts_at: datetime
    ends_at: datetime
    ended_at: datetime | None = None
    ended_by: str = ""

    @property
    def label(self) -> str:
        return f"S-{self.number}"

    def is_active(self, now: datetime) -> bool:
        return self.ended_at is None and self.starts_at <= now < self.ends_at


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody asks to silence. ``up_to`` None: the severity that the incident has now."""

    author: str
    reason: str
    until: datetime
    department: Department | None = None
    clause: str | None = None
    up_to: Severity | None = None


class Refused(ValueError):
    """A silence that cannot be made; the text says why and what to do instead."""


def covers(silence: Silence, page: Paged, now: datetime) -> bool:
    """Whether a page is silenced now: of this very story, and not more severe than was known."""
    return (
        silence.is_active(now)
        and (silence.brand, silence.story) == (page.brand, page.story)
        and silence.department in {None, page.department}
        and silence.clause in {None, page.clause}
        and SEVERITIES.index(page.severity) <= SEVERITIES.index(silence.up_to)
    )


def silenced_until(active: Iterable[Silence], page: Paged, now: datetime) -> datetime | None:
    """When the last silence that covers a page ends; None: none does."""
    return max((one.ends_at for one in active if covers(one, page, now)), default=None)


def mistake_of(wish: Wish, view: IncidentView, longest: timedelta, now: datetime) -> str:
    """Why a silence cannot be made, and what to do instead; empty when it can."""
    departments = {track.department for track in view.tracks}
    clauses = {track.clause.id for track in view.tracks}
    if view.state == "resolved":
        return f"{view.label} is closed: there is nothing to silence; silence the incident that is open now"
    if not wish.reason.strip():
        return "a silence needs a reason that others understand; say why nobody need be paged"
    if wish.until <= now:
        return "the end of a silence must be later than now; give for example 2h"
    if wish.until > now + longest:
        return f"a silence may last {longest} at most (muting.longest_silence); give an earlier end"
    if wish.department is not None and wish.department not in departments:
        return f"{wish.department} has no part in {view.label}; it concerns: {', '.join(sorted(departments))}"
    if wish.clause is not None and wish.clause not in clauses:
        return (
            f"no clause called {wish.clause} fired in {view.label}; there fired: {', '.join(sorted(clauses))}"
        )
    return ""


def make_silence(connection: Connection, view: IncidentView, wish: Wish, now: datetime) -> Silence:
    """Keep a silence of the incident's story, which was checked before."""
    at = micros(now)
    values: dict[str, object] = {
        "brand": view.brand,
        "story": view.story.id,
        "department": wish.department,
        "clause": wish.clause,
        "up_to": wish.up_to or view.severity,
        "author": wish.author,
        "reason": wish.reason.strip()[:MAX_REASON],
        "created_at": at,
        "starts_at": at,
        "ends_at": micros(wish.until),
        "ended_by": "",
    }
    row = connection.execute(insert(silences).values(**values).returning(silences)).one()
    made = _silence(row)
    detail = f"{made.label} until {made.ends_at:%Y-%m-%d %H:%M} UTC, up to {made.up_to}: {made.reason}"
    note(connection, view.id, now, "silenced", department=wish.department, who=wish.author, detail=detail)
    return made


def end_silence(connection: Connection, number: int, who: str, now: datetime) -> Silence | None:
    """End a silence early; its row stays. None when there is none that is active."""
    this = and_(silences.c.number == number, _active(now))
    ended = {"ended_at": micros(now), "ended_by": who}
    row = connection.execute(update(silences).where(this).values(**ended).returning(silences)).first()
    if row is None:
        return None
    query = select(incidents.c.id).where(incidents.c.brand == row.brand, incidents.c.story == row.story)
    for incident in connection.execute(query.where(incidents.c.state != "resolved")).scalars().all():
        waits = and_(tracks.c.incident == incident, tracks.c.next_step_at == row.ends_at)
        connection.execute(update(tracks).where(waits).values(next_step_at=micros(now)))
        label = f"S-{number}"
        note(connection, incident, now, "silence_ended", department=row.department, who=who, detail=label)
    return _silence(row)


def view_of(silence: Silence) -> SilenceView:
    """A silence as people see it."""
    return SilenceView(
        label=silence.label,
        department=silence.department,
        clause=silence.clause or "",
        up_to=silence.up_to,
        author=silence.author,
        reason=silence.reason,
        until=silence.ends_at,
    )


def active_silences(connection: Connection, now: datetime) -> tuple[Silence, ...]:
    """Those that hold now, the one that ends first before the others."""
    query = select(silences).where(_active(now)).order_by(silences.c.ends_at).limit(MAX_ACTIVE)
    return tuple(_silence(row) for row in connection.execute(query).all())


def all_silences(connection: Connection, limit: int) -> tuple[Silence, ...]:
    """The newest first, also those that are over."""
    query = select(silences).order_by(silences.c.number.desc()).limit(limit)
    return tuple(_silence(row) for row in connection.execute(query).all())


def _active(now: datetime) -> ColumnElement[bool]:
    at = micros(now)
    return and_(silences.c.ended_at.is_(None), silences.c.starts_at <= at, silences.c.ends_at > at)


def _silence(row: Any) -> Silence:
    return Silence(
        row.number,
        row.brand,
        row.story,
        row.department,
        row.clause,
        row.up_to,
        row.author,
        row.reason,
        instant(row.starts_at),
        instant(row.ends_at),
        instant_or_none(row.ended_at),
        row.ended_by,
    )
