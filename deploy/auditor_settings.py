"""The ``auditor:`` part of the configuration."""

from datetime import timedelta
from typing import Annotated

from pydantic import Field

from monitor.secret import SecretRef
from monitor.settings import Settings


class AuditorSettings(Settings):
    """How the auditor looks, and which dead-man service hears of it while all is well."""

    every: Annotated[timedelta, Field(ge=timedelta(seconds=5), le=timedelta(minutes=2))] = timedelta(
        seconds=30
    )
    dead_man_url: SecretRef | None = None  # asked by GET after every look that found nothing
    allow_private_addresses: bool = False  # for a dead-man service inside your own network
    host: str = "127.0.0.1"  # where `tocsin auditor` answers health and metrics
    port: Annotated[int, Field(ge=0, le=65_535)] = 8083
