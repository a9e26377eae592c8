"""Which step of a frozen chain comes next, and which ones are passed over on the way to it. Pure."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from routing.escalate import Called, Chain, ChainStep

Passing = Literal["escalated", "catch_all", "condition_not_met", "nobody_reached"]


@dataclass(frozen=True, slots=True)
class Reached:
    """Whom a step reaches, as far as the configuration still knows them."""

    people: tuple[str, ...]
    rooms: tuple[str, ...] = ()
    nobody_in: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()

    @property
    def everybody(self) -> tuple[str, ...]:
        return (*self.people, *self.rooms)


@dataclass(frozen=True, slots=True)
class Passed:
    """One step that was looked at: taken, or passed over and why."""

    step: int
    what: Passing
    reached: Reached


@dataclass(frozen=True, slots=True)
class Advance:
    """Every step looked at, in order. ``wait`` None: that was the end of the chain."""

    passed: tuple[Passed, ...]
    wait: timedelta | None

    @property
    def step(self) -> int | None:
        """The step that the chain stands at now; None when it had ended before."""
        return self.passed[-1].step if self.passed else None


def advance(
    chain: Chain,
    after: int,
    holds: Callable[[ChainStep], bool],
    reach: Callable[[ChainStep, bool], Reached],
) -> Advance:
    """The way on from step ``after`` (-1: from the start): a step that reaches nobody never holds the chain up.

    ``reach`` is given the step and whether it is the catch-all.
    """
    passed: list[Passed] = []
    last = len(chain.steps) - 1
    for number in range(after + 1, last + 1):
        step = chain.steps[number]
        if step.only_if is not None and not holds(step):
            passed.append(Passed(number, "condition_not_met", Reached(())))
            continue
        reached = reach(step, number == last)
        if number == last:
            return Advance((*passed, Passed(number, "catch_all", reached)), None)
        if reached.people or (reached.rooms and not step.wants_people):
            return Advance((*passed, Passed(number, "escalated", reached)), step.wait)
        passed.append(Passed(number, "nobody_reached", reached))
    return Advance(tuple(passed), None)


def known_of(called: Called, recipients: frozenset[str]) -> Reached:
    """What is left of those called when only ``recipients`` are still in the configuration."""
    return Reached(
        people=tuple(one for one in called.people if one in recipients),
        rooms=tuple(one for one in called.rooms if one in recipients),
        nobody_in=called.nobody_in,
        unknown=tuple(one for one in called.everybody if one not in recipients),
    )
