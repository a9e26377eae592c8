"""The escalation policies of a department: steps, their conditions, and when an acknowledgement goes stale."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Annotated, Literal

from pydantic import Field, model_validator

from monitor.records import SEVERITIES, Department, Severity
from monitor.settings import Name, Settings

Wait = Annotated[timedelta, Field(ge=timedelta(seconds=1), le=timedelta(days=7))]
Window = Annotated[timedelta, Field(ge=timedelta(minutes=1), le=timedelta(days=7))]
Patience = Annotated[timedelta, Field(ge=timedelta(minutes=1), le=timedelta(days=30))]


class IfMoreThan(Settings):
    """Takes a step only when more than ``count`` came within the window that ends when the step is due.

    ``findings`` are those of the incident itself; ``incidents`` are those that page the department, this one counted.
    """

    count: Annotated[int, Field(ge=0, le=1_000_000)]
    within: Window = timedelta(minutes=10)
    of: Literal["findings", "incidents"] = "findings"


class StepSettings(Settings):
    """One step of a chain: who, and how long to wait for an acknowledgement before the next step.

    A rotation stands for whoever is on call when the step is taken, a department for whom its own first step reaches
    then; with nobody on call, the next step comes at once. A room is told, but never answers.
    """

    people: tuple[Name, ...] = ()
    rotations: tuple[Name, ...] = ()
    departments: tuple[Department, ...] = ()
    rooms: tuple[Name, ...] = ()
    wait: Wait = timedelta(minutes=5)
    if_more_than: IfMoreThan | None = None

    @model_validator(mode="after")
    def _names_somebody(self) -> "StepSettings":
        if not (self.people or self.rotations or self.departments or self.rooms):
            raise ValueError(
                "a step needs people or rotations, departments or rooms; name at least one of them"
            )
        return self


class PolicySettings(Settings):
    """A chain, and how many more times the whole of it runs before the catch-all."""

    chain: Annotated[tuple[StepSettings, ...], Field(min_length=1, max_length=50)]
    repeat: Annotated[int, Field(ge=0, le=5)] = 1


class DepartmentSettings(PolicySettings):
    """How a department is reached: its chain, other chains for some severities, and who is only informed."""

    policies: dict[Severity, PolicySettings] = Field(default={})
    informed: tuple[Name, ...] = ()  # people or rooms; empty: those of the first step

    def policy(self, severity: Severity) -> PolicySettings:
        """The policy of a severity: its own, else the department's chain."""
        return self.policies.get(severity, self)

    def written(self) -> Iterator[tuple[tuple[str, ...], PolicySettings]]:
        """Every policy and its place below the department in the file."""
        yield (), self
        for severity in SEVERITIES:
            if severity in self.policies:
                yield ("policies", severity), self.policies[severity]


class AcknowledgementSettings(Settings):
    """When an acknowledgement goes stale: whoever gave it is reminded, then it is withdrawn and the chain starts again.

    Off unless ``remind_after`` is given: after an upgrade nobody is paged who was not paged before.
    """

    remind_after: Patience | None = None
    reopen_after: Patience = timedelta(minutes=30)  # from the reminder
    severities: tuple[Severity, ...] = SEVERITIES
