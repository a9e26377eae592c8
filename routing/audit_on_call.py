"""Does whoever is on call now have a channel that works? Asked at every look, so also when a shift starts. Pure."""

from collections.abc import Mapping
from datetime import datetime

from routing.breaker import TargetHealth
from routing.queue_rows import person_of
from routing.schedule import on_call
from routing.schedule_build import build_schedule
from routing.settings import RoutingSettings

FAILING = 2  # failures in a row; one alone may be a moment's


def works(health: TargetHealth | None, now: datetime) -> bool:
    """Whether a target can be counted on; None: nothing is known against it."""
    if health is None:
        return True
    return not health.is_paused(now) and health.failures < FAILING


def unreachable(
    settings: RoutingSettings, health: Mapping[str, TargetHealth], now: datetime
) -> tuple[tuple[str, str], ...]:
    """Who is on call in a rotation at ``now`` (aware) without any target that works: person and rotation."""
    found: list[tuple[str, str]] = []
    for rotation in settings.rotations:
        for name in on_call(build_schedule(rotation, settings.holidays), now):
            person = person_of(settings, name)
            targets = person.targets if person else ()
            if not any(works(health.get(target.name), now) for target in targets):
                found.append((name, rotation.id))
    return tuple(found)
