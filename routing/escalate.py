"""The escalation chain of a department, frozen into the incident that it runs for. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from monitor.records import SEVERITIES, Department, Record, Severity
from routing.schedule import on_call
from routing.schedule_build import build_schedule
from routing.settings import RoutingSettings


class ChainStep(Record):
    """Who is paged, and how long an acknowledgement is waited for before the next step.

    Rotations are kept by name: who is on call is found when the step is taken, not when the incident begins.
    """

    people: tuple[str, ...]
    wait_s: float
    rotations: tuple[str, ...] = ()

    @property
    def wait(self) -> timedelta:
        return timedelta(seconds=self.wait_s)


class Chain(Record):
    """The whole way of a page: every step in order, repeats written out, the catch-all last."""

    steps: tuple[ChainStep, ...]


@dataclass(frozen=True, slots=True)
class NextStep:
    """What the timer of a track leads to: ``step`` is due for ``people`` and for whoever is on call in
    ``rotations``; ``wait`` None means the last one."""

    step: int
    people: tuple[str, ...]
    wait: timedelta | None
    rotations: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Called:
    """Whom a step reaches at one moment, and the rotations that have nobody on call then or are no more."""

    people: tuple[str, ...]
    nobody_in: tuple[str, ...] = ()


FindingEffect = Literal["page", "raise", "already_paged", "lower_severity"]


def freeze_chain(settings: RoutingSettings, department: Department) -> Chain:
    """The department's chain as it stands now: edits later never touch a running escalation."""
    configured = settings.departments[department]
    once = [
        ChainStep(people=step.people, wait_s=step.wait.total_seconds(), rotations=step.rotations)
        for step in configured.chain
    ]
    last = ChainStep(people=settings.catch_all, wait_s=once[-1].wait_s)
    return Chain(steps=(*once * (1 + configured.repeat), last))


def step_at(chain: Chain, step: int) -> NextStep | None:
    """Step number ``step`` of a chain (0-based), or None after the catch-all."""
    if step >= len(chain.steps):
        return None
    one = chain.steps[step]
    is_last = step == len(chain.steps) - 1
    return NextStep(step, one.people, None if is_last else one.wait, one.rotations)


def called(settings: RoutingSettings, step: ChainStep | NextStep, now: datetime) -> Called:
    """The people of a step at ``now``, each once: those it names, then who is on call in its rotations."""
    people, nobody_in = list(step.people), []
    for name in step.rotations:
        rotation = next((one for one in settings.rotations if one.id == name), None)
        found = on_call(build_schedule(rotation, settings.holidays), now) if rotation else ()
        people.extend(found)
        if not found:
            nobody_in.append(name)
    return Called(tuple(dict.fromkeys(people)), tuple(nobody_in))


def informed(settings: RoutingSettings, department: Department, now: datetime) -> tuple[str, ...]:
    """Who is told what only informs: those named for it, else the first step that reaches anybody at ``now``."""
    named = settings.departments[department].informed
    steps = freeze_chain(settings, department).steps
    return named or next(people for step in steps if (people := called(settings, step, now).people))


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
