"""Lengths of time as people write them: ``90s``, ``5m``, ``2h``, ``1d``, ``1h30m``."""

import re
from datetime import timedelta
from typing import Annotated

from pydantic import BeforeValidator

LONGEST = timedelta(days=3_650)

_UNITS = ("d", "h", "m", "s")
_SECONDS = {"d": 86_400, "h": 3_600, "m": 60, "s": 1}
_DURATION = re.compile("".join(rf"(?:(?P<{unit}>[0-9]{{1,9}}){unit})?" for unit in _UNITS))


def parse_duration(text: str) -> timedelta:
    """The length of time that ``text`` tells, at most ten years.

    Units come largest first, each at most once: ``1d``, ``2h``, ``1h30m``, ``90s``. Raises ValueError otherwise.
    """
    found = _DURATION.fullmatch(text.strip().lower())
    if found is None or not any(found.groupdict().values()):
        raise ValueError(
            f"{text[:40]!r} is no length of time: write a number and a unit, such as 90s, 5m, 2h or 1d"
        )
    seconds = sum(int(found[unit]) * _SECONDS[unit] for unit in _UNITS if found[unit])
    if seconds > LONGEST.total_seconds():
        raise ValueError(f"{text[:40]!r} is longer than ten years")
    return timedelta(seconds=seconds)


def format_duration(value: timedelta) -> str:
    """``value`` in the form that ``parse_duration`` reads, whole seconds: ``1h30m``."""
    left = int(value.total_seconds())
    parts = []
    for unit in _UNITS:
        count, left = divmod(left, _SECONDS[unit])
        if count:
            parts.append(f"{count}{unit}")
    return "".join(parts) or "0s"


def _from_words(value: object) -> object:
    """Leave ISO 8601 and numbers to pydantic; read ``5m`` here."""
    if isinstance(value, str) and _DURATION.fullmatch(value.strip().lower()):
        return parse_duration(value)
    return value


Duration = Annotated[timedelta, BeforeValidator(_from_words)]
