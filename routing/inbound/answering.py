"""One person's answer by a channel, within a transaction of the caller: who, by what way, from which raw id."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import Connection, or_, select

from monitor import metrics
from monitor.records import Department
from routing import answers
from routing.answers import Answer
from routing.channels.closing import Ending
from routing.desk import AckResult, Via
from routing.inbound.tokens import Bound
from routing.inbound.words import Action
from routing.ledger import note
from routing.merging import followed, tell_merged
from routing.person_settings import PersonSettings
from routing.schema import incidents, messages, micros

Source = Literal["slack", "pagerduty", "sms", "voice", "email", "receipt"]
SOURCES: tuple[Source, ...] = ("slack", "pagerduty", "sms", "voice", "email", "receipt")
OUTCOMES = (
    "done",
    "already",
    "resolved",
    "old_cycle",
    "not_found",
    "refused",  # nobody of the directory
    "forged",  # not signed as agreed
    "limited",
    "copy",
    "ignored",
    "unknown_code",
    "expired",
    "noted",
)

_RECENT = timedelta(hours=48)
_MOST = 500


@dataclass(frozen=True, slots=True)
class Caller:
    """Who answers: ``raw`` is the id that the service gave, ``person`` whom the directory knows by it."""

    via: Via
    raw: str
    person: PersonSettings | None


def count(source: Source, outcome: str) -> None:
    """Count an answer that came in."""
    metrics.INBOUND.labels(source, outcome).inc()


def take_answer(
    connection: Connection, caller: Caller, action: Action, bound: Bound, now: datetime
) -> AckResult:
    """Acknowledge or resolve as the caller; somebody unknown is refused, and that is written down too."""
    person = caller.person
    incident, cycle = followed(connection, bound.incident, bound.cycle)
    if person is None:
        answer = Answer(incident, cycle, caller.raw, caller.via, now)
        return answers.refuse(connection, answer, bound.department)
    answer = Answer(incident, cycle, person.name, caller.via, now, person.id)
    acknowledging = action == "acknowledge"
    if acknowledging:
        result = answers.acknowledge(connection, answer, bound.department)
    else:
        result = answers.resolve(connection, answer)
    if result.outcome == "done":
        ending: Ending = "acknowledged" if acknowledging else "resolved"
        whose = bound.department if acknowledging else None
        tell_merged(connection, incident, whose, ending, person.name, now)
    if result.outcome != "not_found":
        who, detail = person.name, f"{caller.via} {caller.raw}"
        note(connection, incident, now, "answered_from", department=bound.department, who=who, detail=detail)
    return result


@dataclass(frozen=True, slots=True)
class Paged:
    """A department's part of an incident that somebody was paged about."""

    incident: str
    cycle: int
    department: Department
    person: str


def paged(connection: Connection, people: tuple[str, ...] | None, now: datetime) -> Iterator[Paged]:
    """What these people (None: all) were paged about and what is open or was lately, the newest first."""
    lately = or_(incidents.c.resolved_at.is_(None), incidents.c.resolved_at > micros(now - _RECENT))
    query = (
        select(
            incidents.c.id, incidents.c.number, incidents.c.cycle, messages.c.department, messages.c.person
        )
        .distinct()
        .join(messages, messages.c.incident == incidents.c.id)
        .where(lately, messages.c.transition != "informed")
        .order_by(incidents.c.number.desc())
        .limit(_MOST)
    )
    if people is not None:
        query = query.where(messages.c.person.in_(people))
    for row in connection.execute(query).all():
        yield Paged(row.id, row.cycle, row.department, row.person)
