"""Which stories an incident holds now."""

from sqlalchemy import Connection, select

from routing.schema import incident_stories


def stories_of(connection: Connection, incident: str) -> list[str]:
    """The ids of the stories that an incident holds."""
    query = select(incident_stories.c.story).where(incident_stories.c.incident == incident)
    return list(connection.execute(query.order_by(incident_stories.c.story)).scalars())
