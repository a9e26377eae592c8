"""Whose answer an incident still waits for, and for whom one answer counts. Pure.

A clause says whether every department that it pages must answer ("each") or one of them is enough ("any").
"""

from collections.abc import Iterable
from typing import Protocol, TypeVar

from monitor.records import Department
from routing.desk import IncidentView


class Part(Protocol):
    """A department's part in an incident, as the tables or the views have it."""

    @property
    def department(self) -> Department: ...
    @property
    def paged(self) -> bool: ...
    @property
    def quorum(self) -> str: ...
    @property
    def acknowledged_at(self) -> object: ...


class GivenPart(Part, Protocol):
    """The same, with whose acknowledgement it has."""

    @property
    def acknowledged_person(self) -> str: ...


PartT = TypeVar("PartT", bound=Part)
GivenT = TypeVar("GivenT", bound=GivenPart)


def answered_for(answering: PartT, parts: Iterable[PartT]) -> list[PartT]:
    """The other departments whose chains an acknowledgement of this one stops."""
    if not (answering.paged and answering.quorum == "any"):
        return []
    return [
        one
        for one in parts
        if one.department != answering.department
        and one.paged
        and one.quorum == "any"
        and one.acknowledged_at is None
    ]


def given_together(part: GivenT, parts: Iterable[GivenT]) -> list[GivenT]:
    """The other departments that were answered for by the same acknowledgement."""
    if part.quorum != "any" or part.acknowledged_at is None:
        return []
    given = (part.acknowledged_at, part.acknowledged_person)
    return [
        one
        for one in parts
        if one.department != part.department
        and one.quorum == "any"
        and (one.acknowledged_at, one.acknowledged_person) == given
    ]


def missing(view: IncidentView) -> tuple[Department, ...]:
    """The departments that were paged and have not answered; none once an incident is closed."""
    if view.state == "resolved":
        return ()
    return tuple(one.department for one in view.tracks if one.paged and one.acknowledged_at is None)


def answers_wanted(view: IncidentView) -> tuple[tuple[Department, ...], bool]:
    """The departments still to answer, where several were paged, and whether one answer is enough for all of them."""
    paged = [one for one in view.tracks if one.paged]
    if len(paged) < 2:
        return (), False
    wanted = missing(view)
    one_is_enough = len(wanted) > 1 and all(one.quorum == "any" for one in paged if one.department in wanted)
    return wanted, one_is_enough
