"""By which names other services know a person, so that an answer from there is an answer of somebody known here."""

from collections.abc import Iterator, Sequence
from typing import Annotated, Protocol

from pydantic import Field

from monitor.settings import Settings
from routing.schedule_build import Mistake


class Identities(Settings):
    """A person's ids elsewhere. Phone and mail default to the person's own targets of these kinds."""

    slack: Annotated[str, Field(pattern=r"^([UW][A-Z0-9]{2,30})?$", description="Member id, U0123ABCD.")] = ""
    phone: Annotated[str, Field(pattern=r"^(\+[1-9][0-9]{6,14})?$", description="E.164, +15145550100.")] = ""
    email: Annotated[str, Field(pattern=r"^([^@\s<>]{1,64}@[^@\s<>]{1,250})?$")] = ""
    pagerduty: Annotated[str, Field(pattern=r"^([A-Z0-9]{3,30})?$", description="User id, PABC123.")] = ""


class _Person(Protocol):
    @property
    def id(self) -> str: ...

    @property
    def identities(self) -> Identities: ...


def identity_mistakes(people: Sequence[_Person]) -> Iterator[Mistake]:
    """Ids that two people claim: an answer from there would be nobody's for sure. Phones and mailboxes may be shared,
    because what is answered from them names the person itself."""
    for field in ("slack", "pagerduty"):
        seen: dict[str, str] = {}
        for number, person in enumerate(people):
            value = getattr(person.identities, field)
            if value and value in seen:
                place = ("people", number, "identities", field)
                yield place, f"{seen[value]} has the same {field} id; each id belongs to one person"
            if value:
                seen.setdefault(value, person.id)
