"""What the conditions of steps count, for many tracks at once."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, func, select

from routing.escalate import OnlyIfMore
from routing.schema import findings, incidents, micros, tracks

_AT_ONCE = 500


class Counts:
    """Findings of incidents and incidents of departments, each window counted once for all ``due`` tracks."""

    def __init__(self, connection: Connection, due: Iterable[Any], now: datetime) -> None:
        self._connection = connection
        self._incidents = sorted({track.incident for track in due})
        self._now = now
        self._counted: dict[tuple[str, float], dict[str, int]] = {}

    def holds(self, condition: OnlyIfMore, track: Any) -> bool:
        """Whether a step of this track has its condition fulfilled."""
        key = condition.of, condition.within_s
        if key not in self._counted:
            since = micros(self._now - timedelta(seconds=condition.within_s))
            count = self._of_incidents if condition.of == "findings" else self._of_departments
            self._counted[key] = count(since)
        subject = track.incident if condition.of == "findings" else track.department
        return self._counted[key].get(subject, 0) > condition.count

    def _of_incidents(self, since: int) -> dict[str, int]:
        counted: dict[str, int] = {}
        for first in range(0, len(self._incidents), _AT_ONCE):
            some = self._incidents[first : first + _AT_ONCE]
            query = select(findings.c.incident, func.count()).where(
                findings.c.incident.in_(some), findings.c.at > since
            )
            for incident, number in self._connection.execute(query.group_by(findings.c.incident)).all():
                counted[str(incident)] = int(number)
        return counted

    def _of_departments(self, since: int) -> dict[str, int]:
        query = (
            select(tracks.c.department, func.count())
            .join(incidents, incidents.c.id == tracks.c.incident)
            .where(tracks.c.paged, incidents.c.opened_at > since, incidents.c.kind == "real")
            .group_by(tracks.c.department)
        )
        return {str(department): int(number) for department, number in self._connection.execute(query).all()}
