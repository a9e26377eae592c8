"""The ``canary:`` part of the configuration."""

from datetime import timedelta
from typing import Annotated

from pydantic import Field

from monitor.settings import Settings


class CanarySettings(Settings):
    """How often Tocsin sends itself a mention all the way to a page that nobody gets."""

    on: bool = True
    every: Annotated[timedelta, Field(ge=timedelta(seconds=10), le=timedelta(hours=1))] = timedelta(minutes=1)

    @property
    def expected_every(self) -> timedelta | None:
        """How often one must arrive; None while it is off."""
        return self.every if self.on else None
