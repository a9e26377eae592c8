"""Notes of legal stay with legal: no page, view, message or answer of the console can hold one.

They travel inside the clause of a finding and stay in the router's tables; ``routing.shared_clause`` takes them out
of whatever is shown. Only the personal page of somebody of legal asks for them here.
"""

from sqlalchemy import Connection, select

from monitor.codec import decode
from monitor.records import Finding, Localized
from routing.schema import tracks
from routing.settings import RoutingSettings


def legal_people(settings: RoutingSettings) -> frozenset[str]:
    """The ids of the people of legal: those listed under ``evidence.legal_people``, else those whom legal's part

    of the configuration names: in its chains, its rotations, and under ``informed``. Rooms are no people.
    """
    if settings.evidence.legal_people:
        return frozenset(settings.evidence.legal_people)
    legal = settings.departments["legal"]
    steps = [step for _, policy in legal.written() for step in policy.chain]
    named = {*legal.informed, *(one for step in steps for one in step.people)}
    rotations = {one for step in steps for one in step.rotations}
    for rotation in settings.rotations:
        if rotation.id in rotations:
            named.update(one for layer in rotation.layers for one in layer.people)
            named.update(override.person for override in rotation.overrides)
    return frozenset(named & {person.id for person in settings.people})


def read_legal_notes(connection: Connection, incident: str) -> tuple[tuple[str, Localized], ...]:
    """The notes of an incident's clauses, by clause id, each once. For people of legal alone."""
    rows = connection.execute(select(tracks.c.finding_json).where(tracks.c.incident == incident)).scalars()
    clauses = {one.id: one for row in rows if (one := decode(Finding, row.encode()).clause).legal_note}
    return tuple((one.id, one.legal_note) for one in clauses.values() if one.legal_note is not None)
