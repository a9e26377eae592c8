"""Who is told and how: people, their targets, and the escalation chain of each department."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Annotated

from pydantic import Field, model_validator

from monitor.records import Department
from monitor.secret import SecretRef
from monitor.settings import Name, Settings
from routing.evidence_settings import EvidenceSettings
from routing.identities import identity_mistakes
from routing.inbound_settings import InboundSettings
from routing.muting_settings import MutingSettings
from routing.person_settings import PersonSettings as PersonSettings  # noqa: PLC0414 - others know it from here
from routing.policy_checks import Known, policy_mistakes
from routing.policy_settings import AcknowledgementSettings, DepartmentSettings
from routing.rooms import RoomSettings
from routing.schedule_build import Mistake, refusal, rotation_mistakes
from routing.schedule_settings import Holidays, RotationSettings
from routing.shift_notice_settings import ShiftNotice
from routing.target_rules import target_mistakes


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
    rooms: tuple[RoomSettings, ...] = Field(default=(), max_length=200)  # shared channels that steps may tell
    acknowledgements: AcknowledgementSettings = AcknowledgementSettings()
    holidays: Holidays = Field(default={}, max_length=100)  # lists of days that layers of rotations name
    muting: MutingSettings = MutingSettings()
    evidence: EvidenceSettings = EvidenceSettings()
    inbound: InboundSettings = InboundSettings()  # answers that come back by a channel
    shift_notice: ShiftNotice = "unproven"  # at the start of a shift: tell who comes on call
    reopen_after: timedelta = timedelta(hours=24)  # a resolved story that moves again within this is linked

    @property
    def recipients(self) -> tuple[PersonSettings, ...]:
        """Everybody and every room that can be sent a message."""
        return (*self.people, *self.rooms)

    @model_validator(mode="after")
    def _is_sound(self) -> "RoutingSettings":
        mistakes = [*self._names_taken_twice(), *identity_mistakes(self.people), *self._rotation_mistakes()]
        known = Known(
            {person.id for person in self.people},
            {room.id for room in self.rooms},
            {rotation.id for rotation in self.rotations},
        )
        mistakes += policy_mistakes(self.departments, known, self.catch_all)
        mistakes += target_mistakes(self)
        if mistakes:
            raise refusal(mistakes)
        return self

    def _names_taken_twice(self) -> Iterator[Mistake]:
        ids: set[str] = set()
        names: set[str] = set()
        for kind, recipients in (("people", self.people), ("rooms", self.rooms)):
            for number, recipient in enumerate(recipients):
                if recipient.id in ids:
                    yield (kind, number, "id"), "a person or room before has the same id; ids must differ"
                ids.add(recipient.id)
                for at, target in enumerate(recipient.targets):
                    if target.name in names:
                        place = (kind, number, "targets", at)
                        yield place, f"another target is called {target.name} too; names must differ"
                    names.add(target.name)

    def _rotation_mistakes(self) -> Iterator[Mistake]:
        people = {person.id for person in self.people}
        known: set[str] = set()
        for number, rotation in enumerate(self.rotations):
            if rotation.id in known:
                yield ("rotations", number, "id"), "another rotation has the same id; ids must differ"
            known.add(rotation.id)
            for place, message in rotation_mistakes(rotation, self.holidays, people):
                yield ("rotations", number, *place), message
