"""What is wrong with the policies of a configuration beyond their form: where in it, and what to do. Pure."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from monitor.records import DEPARTMENTS, SEVERITIES, Department, Severity
from routing.policy_settings import DepartmentSettings, PolicySettings, StepSettings
from routing.schedule_build import Mistake, Place

Departments = Mapping[Department, DepartmentSettings]


@dataclass(frozen=True, slots=True)
class Known:
    """The ids that a step may name."""

    people: Collection[str]
    rooms: Collection[str]
    rotations: Collection[str]


def policy_mistakes(departments: Departments, known: Known, catch_all: Sequence[str]) -> Iterator[Mistake]:
    """Every mistake, each at its own place."""
    missing = [department for department in DEPARTMENTS if department not in departments]
    if missing:
        yield ("departments",), f"departments lacks: {', '.join(missing)}; each needs a chain"
    for department, configured in departments.items():
        for place, policy in configured.written():
            for within, message in _chain_mistakes(policy, known):
                yield ("departments", department, *place, "chain", *within), message
        for number, name in enumerate(configured.informed):
            if name not in known.people and name not in known.rooms:
                yield ("departments", department, "informed", number), _unknown(name)
    yield from _loops(departments)
    for number, name in enumerate(catch_all):
        if name in known.rooms:
            yield ("catch_all", number), f"{name} is a room; the catch-all is for people, who can answer"
        elif name not in known.people:
            yield ("catch_all", number), _unknown(name)


def _chain_mistakes(policy: PolicySettings, known: Known) -> Iterator[Mistake]:
    if policy.chain[0].if_more_than is not None:
        yield (
            (0, "if_more_than"),
            "the first step has no condition, somebody must be told at once; move it to a later step",
        )
    for number, step in enumerate(policy.chain):
        for place, message in _step_mistakes(step, known):
            yield (number, *place), message


def _step_mistakes(step: StepSettings, known: Known) -> Iterator[Mistake]:
    for number, name in enumerate(step.people):
        if name in known.rooms:
            yield ("people", number), f"{name} is a room; name it under rooms"
        elif name not in known.people:
            yield ("people", number), _unknown(name)
    for number, name in enumerate(step.rotations):
        if name not in known.rotations:
            yield ("rotations", number), f"there is no rotation called {name}; add it or mend the name"
    for number, name in enumerate(step.rooms):
        if name not in known.rooms:
            yield ("rooms", number), f"there is no room called {name}; add it under rooms or mend the name"


def _loops(departments: Departments) -> Iterator[Mistake]:
    """A department stands for its own first step: going from first step to first step must end."""
    told: set[Place] = set()
    for severity in SEVERITIES:
        for department in departments:
            way = _way_back(departments, severity, department)
            place: Place = ("departments", department, *_place(departments[department], severity))
            if way and place not in told:
                told.add(place)
                message = (
                    f"the first steps name each other in a circle: {' -> '.join(way)}; name people instead"
                )
                yield (*place, "chain", 0, "departments"), message


def _place(configured: DepartmentSettings, severity: Severity) -> Place:
    return ("policies", severity) if severity in configured.policies else ()


def _way_back(departments: Departments, severity: Severity, start: Department) -> tuple[str, ...]:
    """The way from a department's first step back to itself; empty when there is none."""
    ways: list[tuple[Department, ...]] = [(start,)]
    seen: set[Department] = set()
    while ways:
        way = ways.pop()
        configured = departments.get(way[-1])
        for following in configured.policy(severity).chain[0].departments if configured else ():
            if following == start:
                return (*way, following)
            if following not in seen:
                seen.add(following)
                ways.append((*way, following))
    return ()


def _unknown(name: str) -> str:
    return f"unknown people: {name}; add them under people or mend the name"
