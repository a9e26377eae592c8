"""A worse incident that nobody has answered yet holds back lesser pages beside it. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Literal

from pydantic import Field, model_validator

from monitor.records import SEVERITIES, Department, Severity
from monitor.settings import Name, Settings

_SECOND = timedelta(seconds=1)


class InhibitorSettings(Settings):
    """The unanswered page that holds back others."""

    severity: Severity = "critical"
    clause: Name | None = None
    department: Department | None = None


class InhibitedSettings(Settings):
    """What it holds back. Critical pages are never held back."""

    severity: Annotated[tuple[Literal["info", "warning"], ...], Field(min_length=1)]
    clause: Name | None = None
    department: Department | None = None


class InhibitSettings(Settings):
    """While ``when`` is unanswered, ``hold`` waits, where both are of the ``same``."""

    when: InhibitorSettings
    hold: InhibitedSettings
    same: Annotated[tuple[Literal["brand", "story", "department"], ...], Field(min_length=1)] = ("brand",)
    wait_for: Annotated[timedelta, Field(ge=timedelta(0), le=60 * _SECOND)] = 5 * _SECOND
    longest: Annotated[timedelta, Field(ge=60 * _SECOND, le=timedelta(hours=24))] = timedelta(hours=2)

    @model_validator(mode="after")
    def _holds_lesser_ones(self) -> "InhibitSettings":
        if any(SEVERITIES.index(one) >= SEVERITIES.index(self.when.severity) for one in self.hold.severity):
            raise ValueError(
                "hold.severity must be lower than when.severity, so that no page can hold back another"
                " that holds it back; take it out of hold or raise when"
            )
        return self


@dataclass(frozen=True, slots=True)
class Paged:
    """A department's part of an incident, as far as rules look at it."""

    incident: str
    department: Department
    brand: str
    story: str
    severity: Severity
    clause: str


def holding_rules(rules: Iterable[InhibitSettings], page: Paged) -> tuple[InhibitSettings, ...]:
    """The rules that could hold back a page."""
    return tuple(
        rule
        for rule in rules
        if page.severity in rule.hold.severity
        and rule.hold.clause in {None, page.clause}
        and rule.hold.department in {None, page.department}
    )


def inhibits(rule: InhibitSettings, inhibitor: Paged, page: Paged) -> bool:
    """Whether an unanswered page holds back another under a rule that could. Nothing holds back itself."""
    if (inhibitor.incident, inhibitor.department) == (page.incident, page.department):
        return False
    when = rule.when
    if inhibitor.severity != when.severity or when.clause not in {None, inhibitor.clause}:
        return False
    if when.department not in {None, inhibitor.department}:
        return False
    same = {
        "brand": inhibitor.brand == page.brand,
        "story": (inhibitor.brand, inhibitor.story) == (page.brand, page.story),
        "department": inhibitor.department == page.department,
    }
    return all(same[what] for what in rule.same)


def inhibited_until(
    rules: Sequence[InhibitSettings], inhibitors: Sequence[Paged], page: Paged, queued_at: datetime
) -> datetime | None:
    """When a page that is held back goes at the latest; None: nothing holds it back."""
    ends = [
        queued_at + rule.longest
        for rule in holding_rules(rules, page)
        if any(inhibits(rule, one, page) for one in inhibitors)
    ]
    return max(ends, default=None)


def inhibitor_awaited_until(
    rules: Sequence[InhibitSettings], page: Paged, queued_at: datetime
) -> datetime | None:
    """Until when a lesser page waits for the worse one that may be about to come; None: no rule is about it."""
    waits = [queued_at + rule.wait_for for rule in holding_rules(rules, page)]
    return max(waits, default=None)
