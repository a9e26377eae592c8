"""Opens incidents: the first of a story, or one linked to what came before, within a transaction of the caller."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, insert, update

from monitor import metrics
from monitor.codec import encode
from monitor.records import Finding, digest
from routing.known_rows import HeldIncident
from routing.schema import incident_stories, incidents, micros


@dataclass(frozen=True, slots=True)
class Opening:
    """A new incident of a finding's story. ``linked``: the incident that it goes on with, or was split from."""

    finding: Finding
    number: int
    cycle: int
    linked: HeldIncident | None
    story_is_known: bool  # it belonged to an incident before


def open_incident(connection: Connection, opening: Opening, now: datetime) -> HeldIncident:
    """The incident and the story's row. Its number is part of its id: a story may be split out more than once."""
    finding, cycle = opening.finding, opening.cycle
    incident = digest("incident", finding.brand, finding.story.id, str(cycle), str(opening.number))
    story_json = encode(finding.story).decode()
    connection.execute(
        insert(incidents).values(
            id=incident,
            number=opening.number,
            brand=finding.brand,
            brand_name=finding.brand_name,
            story=finding.story.id,
            cycle=cycle,
            state="open",
            severity=finding.clause.severity,
            sequence=0,
            opened_at=micros(now),
            updated_at=micros(now),
            resolved_by="",
            story_json=story_json,
            kind=finding.kind,
            continues=opening.linked.id if opening.linked else None,
            chain_length=0,
            chain_hash="",
        )
    )
    own = {"brand": finding.brand, "story": finding.story.id}
    if opening.story_is_known:
        here = (incident_stories.c.brand == finding.brand) & (incident_stories.c.story == finding.story.id)
        connection.execute(update(incident_stories).where(here).values(incident=incident))
    else:
        connection.execute(insert(incident_stories).values(**own, incident=incident))
    if finding.kind == "real":
        metrics.INCIDENTS.labels(finding.brand, finding.clause.severity).inc()
    return HeldIncident(
        incident,
        opening.number,
        cycle,
        finding.kind,
        finding.story.id,
        "open",
        finding.clause.severity,
        None,
        None,
    )
