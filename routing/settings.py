"""Who is told and how: people, their targets, and the escalation chain of each department."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Annotated, Literal

from pydantic import Field, model_validator

from monitor.records import DEPARTMENTS, Department, ShortText
from monitor.secret import SecretRef
from monitor.settings import Name, Settings
from routing.channels.table import TargetSettings
from routing.schedule_build import Mistake, refusal, rotation_mistakes
from routing.schedule_settings import Holidays, RotationSettings
from routing.time_zone import TimeZone

Wait = Annotated[timedelta, Field(ge=timedelta(seconds=1), le=timedelta(days=7))]


class PersonSettings(Settings):
    """Somebody who is paged: a role or a person of your directory."""

    id: Name
    name: ShortText
    language: Literal["fr", "en"] = "en"
    time_zone: TimeZone = "UTC"
    targets: tuple[TargetSettings, ...] = Field(min_length=1)  # in order of preference


class StepSettings(Settings):
    """One step of a chain: who, and how long to wait for an acknowledgement before the next step.

    A rotation stands for whoever is on call when the step is taken; with nobody on call, the next step comes at once.
    """

    people: tuple[Name, ...] = ()
    rotations: tuple[Name, ...] = ()
    wait: Wait = timedelta(minutes=5)

    @model_validator(mode="after")
    def _names_somebody(self) -> "StepSettings":
        if not self.people and not self.rotations:
            raise ValueError("a step needs people or rotations; name at least one of them")
        return self


class DepartmentSettings(Settings):
    """How a department is reached: the chain for pages, the people for what is only informed."""

    chain: tuple[StepSettings, ...] = Field(min_length=1)
    repeat: Annotated[int, Field(ge=0, le=5)] = 1  # how many more times the whole chain runs
    informed: tuple[Name, ...] = ()  # empty: the people of the first step


class LinkSettings(Settings):
    """The personal links on pages: where they point and what signs them."""

    base_url: str = "http://127.0.0.1:8080"
    secret: SecretRef
    previous_secret: SecretRef | None = None
    valid_for: Annotated[timedelta, Field(ge=timedelta(minutes=5), le=timedelta(hours=24))] = timedelta(
        hours=24
    )


class RoutingSettings(Settings):
    """The ``routing:`` part of the configuration."""

    people: tuple[PersonSettings, ...] = Field(min_length=1)
    departments: dict[Department, DepartmentSettings]
    catch_all: tuple[Name, ...] = Field(min_length=1)  # told when a chain ends with nobody acknowledging
    links: LinkSettings
    rotations: tuple[RotationSettings, ...] = Field(default=(), max_length=200)
    holidays: Holidays = Field(default={}, max_length=100)  # lists of days that layers of rotations name
    reopen_after: timedelta = timedelta(hours=24)  # a resolved story that moves again within this is linked

    @model_validator(mode="after")
    def _everybody_is_known(self) -> "RoutingSettings":
        known = {person.id for person in self.people}
        if len(known) != len(self.people):
            raise ValueError("two people have the same id: ids must differ")
        names = [target.name for person in self.people for target in person.targets]
        if len(set(names)) != len(names):
            raise ValueError("two targets have the same name: names must differ")
        missing = [d for d in DEPARTMENTS if d not in self.departments]
        if missing:
            raise ValueError(f"departments lacks: {', '.join(missing)}; each needs a chain")
        wanted = {*self.catch_all}
        for department in self.departments.values():
            wanted.update(department.informed, *(step.people for step in department.chain))
        unknown = sorted(wanted - known)
        if unknown:
            raise ValueError(f"unknown people: {', '.join(unknown)}; add them under people or mend the name")
        return self

    @model_validator(mode="after")
    def _rotations_are_sound(self) -> "RoutingSettings":
        mistakes = list(self._rotation_mistakes())
        if mistakes:
            raise refusal(mistakes)
        return self

    def _rotation_mistakes(self) -> Iterator[Mistake]:
        people = {person.id for person in self.people}
        known: set[str] = set()
        for number, rotation in enumerate(self.rotations):
            if rotation.id in known:
                yield ("rotations", number, "id"), "another rotation has the same id; ids must differ"
            known.add(rotation.id)
            for place, message in rotation_mistakes(rotation, self.holidays, people):
                yield ("rotations", number, *place), message
        for department, configured in self.departments.items():
            for number, step in enumerate(configured.chain):
                for at, name in enumerate(step.rotations):
                    if name not in known:
                        place = ("departments", department, "chain", number, "rotations", at)
                        yield place, f"there is no rotation called {name}; add it or mend the name"
