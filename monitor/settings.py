"""What an organisation tells Tocsin about its brands."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from monitor.records import ShortText


class Settings(BaseModel):
    """Base of all configuration models: frozen, strict about unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid")


Name = Annotated[
    str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,62}$", description="Lower-case letters, digits, - and _.")
]


class BrandSettings(Settings):
    """One brand to watch. A post names the brand when any query matches and no exclusion does."""

    id: Name
    name: ShortText
    queries: tuple[Annotated[str, Field(min_length=1, max_length=10_000)], ...] = Field(
        min_length=1, max_length=100
    )
    exclude: tuple[Annotated[str, Field(min_length=1, max_length=10_000)], ...] = Field(
        default=(), max_length=100
    )
    mask: tuple[ShortText, ...] = ()  # words of the brand's name that must not count as praise or blame
    own_handles: tuple[ShortText, ...] = ()  # accounts of the brand itself
    press_handles: tuple[ShortText, ...] = ()
    press_hosts: tuple[ShortText, ...] = ()
    regulator_handles: tuple[ShortText, ...] = ()
    regulator_hosts: tuple[ShortText, ...] = ()
