"""The zones that local times are told in."""

from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import AfterValidator


def _known_zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (KeyError, ValueError, OSError):
        raise ValueError(f"{value!r} is no IANA time zone; write one such as America/Montreal") from None
    return value


TimeZone = Annotated[str, AfterValidator(_known_zone)]
