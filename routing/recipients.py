"""Who can be sent a message: a person, or a room that several people read."""

from routing.canary_target import CANARY_PERSON
from routing.settings import PersonSettings, RoutingSettings


def recipient_of(settings: RoutingSettings, one: str) -> PersonSettings | None:
    """The person or room with this id, None when the configuration no longer has it."""
    everybody = (*settings.recipients, CANARY_PERSON)
    return next((known for known in everybody if known.id == one), None)


def recipient_with(settings: RoutingSettings, target: str) -> PersonSettings | None:
    """The one person or room whose target this is."""
    return next((one for one in settings.recipients if any(t.name == target for t in one.targets)), None)


def is_room(settings: RoutingSettings, one: str) -> bool:
    """Whether this id is a room's."""
    return any(room.id == one for room in settings.rooms)
