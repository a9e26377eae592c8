"""Who stamps the seals of the history: the ``routing.evidence.timestamp:`` part of the configuration."""

from pathlib import Path
from typing import Annotated

from pydantic import Field

from monitor.settings import Settings


class TimestampSettings(Settings):
    """An authority after RFC 3161. ``certificate`` is a PEM file with its root first; stamps are checked with it.

    A relative ``certificate`` starts from the folder of the configuration file.
    """

    url: Annotated[str, Field(pattern=r"^https?://\S+$", max_length=2_000)]
    certificate: Path
    allow_private_addresses: bool = False  # also lets http through: for an authority in your own network
