"""Which kinds of target may not stand alone: one only informs, one's yes proves nothing. Pure."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from routing.schedule_build import Mistake

if TYPE_CHECKING:
    from routing.person_settings import PersonSettings
    from routing.settings import RoutingSettings

ONLY_INFORMS = frozenset({"apprise"})
PROVES_NOTHING = frozenset({"teams"})  # 202: a flow was queued; whether anybody sees its card is not known


def confirms_nothing(row: Any) -> bool:
    """Whether a yes to this message is not enough: a critical page that was only queued somewhere."""
    return row.channel in PROVES_NOTHING and row.severity == "critical" and row.transition != "informed"


def target_mistakes(settings: "RoutingSettings") -> Iterator[Mistake]:
    """Targets that would leave somebody unpaged who is to be paged, each at its place of the file."""
    paged = {*settings.catch_all, *_named(settings.model_dump(exclude={"people", "rooms"}))}
    for number, person in enumerate(settings.people):
        if person.id in paged:
            for place, message in _of_paged(person, in_catch_all=person.id in settings.catch_all):
                yield ("people", number, *place), message
    for number, room in enumerate(settings.rooms):
        if room.targets[0].kind in ONLY_INFORMS:
            message = f"{room.targets[0].kind} only informs: name a target before it that can page"
            yield ("rooms", number, "targets", 0, "kind"), message


def _of_paged(person: "PersonSettings", *, in_catch_all: bool) -> Iterator[Mistake]:
    kinds = [target.kind for target in person.targets]
    if in_catch_all:
        for at, kind in enumerate(kinds):
            if kind in ONLY_INFORMS:
                message = f"{kind} only informs, and {person.id} is in catch_all: take this target out"
                yield ("targets", at, "kind"), message
    for severity in ("warning", "critical"):
        first = person.targets_for(severity, "opened")[0]
        if first.kind in ONLY_INFORMS:
            message = (
                f"{first.kind} only informs, and {person.id} is paged: name a target before it that can page"
            )
            yield ("targets", person.targets.index(first), "kind"), message
            return
    if set(kinds) <= PROVES_NOTHING | ONLY_INFORMS:
        message = (
            f"{person.id} is paged by teams alone, which says yes before anybody sees the page: "
            "add a target of another kind"
        )
        yield ("targets",), message


def _named(value: object, key: str = "") -> Iterator[str]:
    """The names of people anywhere in chains, policies and rotations."""
    if isinstance(value, dict):
        for name, part in value.items():
            yield from _named(part, str(name))
    elif isinstance(value, list | tuple):
        for part in value:
            yield from _named(part, key)
    elif isinstance(value, str) and key in ("people", "person"):
        yield value
