"""Which stories an incident holds now."""

from sqlalchemy import Connection, and_, select

from monitor.codec import decode
from monitor.records import Finding
from routing.schema import findings, incident_stories


def stories_of(connection: Connection, incident: str) -> list[str]:
    """The ids of the stories that an incident holds."""
    query = select(incident_stories.c.story).where(incident_stories.c.incident == incident)
    return list(connection.execute(query.order_by(incident_stories.c.story)).scalars())


def titled_stories(connection: Connection, incident: str) -> dict[str, str]:
    """The ids of the stories that an incident holds, each with its newest title; empty: none is kept."""
    titles = dict.fromkeys(stories_of(connection, incident), "")
    for story in titles:
        here = and_(findings.c.story == story, findings.c.finding_json != "")
        query = select(findings.c.finding_json).where(here).order_by(findings.c.at.desc()).limit(1)
        if text := connection.scalar(query):
            titles[story] = decode(Finding, text.encode()).story.title
    return titles
