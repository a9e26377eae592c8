"""Shared channels that a step may tell: a room gets pages without a personal link, and never answers."""

from routing.person_settings import PersonSettings


class RoomSettings(PersonSettings):
    """A channel that several people read, with the keys of a person. No room has the id of a person."""
