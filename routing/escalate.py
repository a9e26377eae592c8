"""The escalation chain of a department, frozen into the incident that it runs for. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from monitor.records import SEVERITIES, Department, Record, Severity
from routing.policy_settings import StepSettings
from routing.schedule import on_call
from routing.schedule_build import build_schedule
from routing.settings import RoutingSettings


class OnlyIfMore(Record):
    """A step's condition: more than ``count`` findings of the incident, or incidents of the department, in a window."""

    count: int
    within_s: float
    of: Literal["findings", "incidents"]


class ChainStep(Record):
    """Who is paged, and how long an acknowledgement is waited for before the next step.

    Rotations and departments are kept by name: whom they stand for is found when the step is taken, not when the
    incident begins. ``severity`` says which policy of those departments is meant.
    """

    people: tuple[str, ...]
    wait_s: float
    rotations: tuple[str, ...] = ()
    departments: tuple[Department, ...] = ()
    rooms: tuple[str, ...] = ()
    severity: Severity = "warning"
    only_if: OnlyIfMore | None = None

    @property
    def wait(self) -> timedelta:
        return timedelta(seconds=self.wait_s)

    @property
    def wants_people(self) -> bool:
        """Whether it is meant to reach somebody who can answer; otherwise it only tells rooms."""
        return bool(self.people or self.rotations or self.departments)


class Chain(Record):
    """The whole way of a page: every step in order, repeats written out, the catch-all last."""

    steps: tuple[ChainStep, ...]


@dataclass(frozen=True, slots=True)
class Called:
    """Whom a step reaches at one moment, and the rotations that have nobody on call then or are no more."""

    people: tuple[str, ...]
    nobody_in: tuple[str, ...] = ()
    rooms: tuple[str, ...] = ()

    @property
    def everybody(self) -> tuple[str, ...]:
        """People and rooms."""
        return (*self.people, *self.rooms)


FindingEffect = Literal["page", "raise", "already_paged", "lower_severity"]


def freeze_chain(settings: RoutingSettings, department: Department, severity: Severity) -> Chain:
    """The department's chain for a severity as it stands now: edits later never touch a running escalation."""
    policy = settings.departments[department].policy(severity)
    once = [frozen_step(step, severity) for step in policy.chain]
    last = ChainStep(people=settings.catch_all, wait_s=once[-1].wait_s, severity=severity)
    return Chain(steps=(*once * (1 + policy.repeat), last))


def frozen_step(step: StepSettings, severity: Severity) -> ChainStep:
    """A step of the configuration as a chain keeps it."""
    wanted = step.if_more_than
    return ChainStep(
        people=step.people,
        wait_s=step.wait.total_seconds(),
        rotations=step.rotations,
        departments=step.departments,
        rooms=step.rooms,
        severity=severity,
        only_if=wanted
        and OnlyIfMore(count=wanted.count, within_s=wanted.within.total_seconds(), of=wanted.of),
    )


def called(settings: RoutingSettings, step: ChainStep, now: datetime) -> Called:
    """Whom a step reaches at ``now``, each once: those it names, who is on call, the first steps of departments."""
    return _called(settings, step, now, frozenset())


def _called(
    settings: RoutingSettings, step: ChainStep, now: datetime, above: frozenset[Department]
) -> Called:
    people, rooms, nobody_in = list(step.people), list(step.rooms), []
    for name in step.rotations:
        rotation = next((one for one in settings.rotations if one.id == name), None)
        found = on_call(build_schedule(rotation, settings.holidays), now) if rotation else ()
        people.extend(found)
        if not found:
            nobody_in.append(name)
    for department in step.departments:
        configured = settings.departments.get(department)
        if configured is None or department in above:  # circles are refused when the file is read
            continue
        first = frozen_step(configured.policy(step.severity).chain[0], step.severity)
        theirs = _called(settings, first, now, above | {department})
        people.extend(theirs.people)
        rooms.extend(theirs.rooms)
        nobody_in.extend(theirs.nobody_in)
    return Called(*(tuple(dict.fromkeys(names)) for names in (people, nobody_in, rooms)))


def informed(settings: RoutingSettings, department: Department, now: datetime) -> tuple[str, ...]:
    """Who is told what only informs: those named for it, else the first step that reaches anybody at ``now``."""
    named = settings.departments[department].informed
    steps = freeze_chain(settings, department, "info").steps
    return named or next(people for step in steps if (people := called(settings, step, now).everybody))


def rises(before: Severity, after: Severity) -> bool:
    """Severity falls silently and rises loudly."""
    return SEVERITIES.index(after) > SEVERITIES.index(before)


def effect_of_finding(current: Severity | None, paged: bool, new: Severity) -> FindingEffect:
    """What a further finding does to a department that has (or has not) been paged for the incident."""
    if current is None or not paged:
        return "page"
    if rises(current, new):
        return "raise"
    return "already_paged" if current == new else "lower_severity"
