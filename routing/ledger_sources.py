"""What a department's part in an incident follows from: the clause and the agreement that was in force."""

import json
from collections.abc import Collection

from sqlalchemy import Connection, select

from monitor.records import Department
from routing.schema import tracks

Part = tuple[str, Department | None]  # an incident and a department
_AT_ONCE = 1_000


def sources_of(connection: Connection, parts: Collection[Part]) -> dict[Part, tuple[str, str]]:
    """Clause id and playbook hash of these parts; a part that does not exist has none."""
    names = sorted({incident for incident, _ in parts if incident})
    found: dict[Part, tuple[str, str]] = {}
    for start in range(0, len(names), _AT_ONCE):
        here = tracks.c.incident.in_(names[start : start + _AT_ONCE])
        query = select(tracks.c.incident, tracks.c.department, tracks.c.finding_json).where(here)
        for incident, department, finding in connection.execute(query).all():
            if (incident, department) in parts:
                found[incident, department] = _source(finding)
    return found


def _source(finding: str) -> tuple[str, str]:
    # Only two fields are wanted of thousands of findings at once: the whole record is not built for them.
    try:
        read = json.loads(finding)
        return str(read["clause"]["id"]), str(read["playbook"]["sha256"])
    except (ValueError, KeyError, TypeError):
        return "", ""
