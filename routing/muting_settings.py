"""The ``muting:`` part of the configuration: what may hold a message back, and for how long."""

from datetime import timedelta
from typing import Annotated

from pydantic import Field

from monitor.settings import Name, Settings
from routing.caps import Caps
from routing.inhibit import InhibitSettings


class MutingSettings(Settings):
    """Everything has a default: without this part nothing is inhibited, and usual caps hold."""

    longest_silence: Annotated[timedelta, Field(ge=timedelta(minutes=1), le=timedelta(days=30))] = timedelta(
        hours=24
    )
    inhibit: Annotated[tuple[InhibitSettings, ...], Field(max_length=50)] = ()
    caps: dict[Name, Annotated[Caps, Field(max_length=5)]] = Field(
        default={}
    )  # by kind of channel, or name of a target
