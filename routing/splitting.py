"""Splits one story out of an incident by hand into a linked one, within a transaction of the caller."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, and_, func, insert, select, update

from monitor.codec import decode, encode
from monitor.records import SEVERITIES, Department, Finding
from routing.chain_start import Start, start_chain
from routing.desk import ChangeResult
from routing.held_incident import ByHand, Held, columns_of, hold_incidents, note_by_hand, settle
from routing.incident_labels import label_of
from routing.incident_stories import stories_of
from routing.known_rows import held_incident
from routing.material import worse
from routing.openings import Opening, open_incident
from routing.queue_rows import stop_pages
from routing.schema import findings, incident_stories, incidents, tracks
from routing.settings import RoutingSettings


def split(
    connection: Connection, settings: RoutingSettings, incident: str, story: str, hand: ByHand
) -> ChangeResult:
    """Give the story (an id) an incident of its own. Whoever acknowledged stays acknowledged and is not paged."""
    (held,) = hold_incidents(connection, incident)
    if held is None:
        return ChangeResult(outcome="not_found")
    stories = stories_of(connection, incident)
    if (before := _split_before(connection, held, story)) is not None:
        return ChangeResult(outcome="already", incident=before)
    found = _found(connection, incident, [story])
    if why := why_not(held.row, stories, story, found):
        return ChangeResult(outcome="refused", why=why, incident=label_of(held.row.number))
    number = (connection.scalar(select(func.max(incidents.c.number))) or 0) + 1
    opening = Opening(found[-1], number, 0, held_incident(held.row), story_is_known=True)
    new = open_incident(connection, opening, hand.at)
    here = and_(findings.c.incident == incident, findings.c.story == story)
    connection.execute(update(findings).where(here).values(incident=new.id))
    note_by_hand(connection, incident, hand, "split_off", label_of(number))
    note_by_hand(connection, new.id, hand, "split_from", label_of(held.row.number))
    for department, finding in worst_by_department(found).items():
        _take_along(connection, settings, held, new.id, department, finding, hand)
    _leave(connection, held, [one for one in stories if one != story], hand)
    settle(connection, new.id, hand.at)
    settle(connection, incident, hand.at)
    return ChangeResult(outcome="done", incident=label_of(number))


def why_not(row: Any, stories: list[str], story: str, found: list[Finding]) -> str:
    """Why a story cannot be split out, with the mend; empty when it can. Pure."""
    label = label_of(row.number)
    if row.state == "resolved":
        return f"{label} is resolved; when the story moves again it opens an incident of its own"
    if story not in stories:
        return f"{label} does not hold the story {story}; it holds: {', '.join(stories) or 'none'}"
    if len(stories) == 1:
        return f"{label} holds this story alone; there is nothing to split"
    if not found:
        return f"of the story {story} no finding is kept, so nobody knows whom to page for it; merge is all it can"
    return ""


def worst_by_department(found: Iterable[Finding]) -> dict[Department, Finding]:
    """For each department that findings page, the most severe of them, of several the newest. Pure."""
    worst: dict[Department, Finding] = {}
    for finding in found:
        for department in finding.clause.page:
            known = worst.get(department)
            if known is None or not worse(known.clause.severity, finding.clause.severity):
                worst[department] = finding
    return worst


def _split_before(connection: Connection, held: Held, story: str) -> str | None:
    query = (
        select(incidents.c.number)
        .join(incident_stories, incident_stories.c.incident == incidents.c.id)
        .where(
            incidents.c.continues == held.row.id,
            incidents.c.cycle == 0,
            incident_stories.c.brand == held.row.brand,
            incident_stories.c.story == story,
        )
    )
    number = connection.scalar(query)
    return None if number is None else label_of(number)


def _found(connection: Connection, incident: str, stories: list[str]) -> list[Finding]:
    here = and_(findings.c.incident == incident, findings.c.story.in_(stories), findings.c.finding_json != "")
    query = select(findings.c.finding_json).where(here).order_by(findings.c.at)
    found = [decode(Finding, text.encode()) for text in connection.execute(query).scalars().all()]
    return [one for one in found if one.about == "clause"]


def _take_along(
    connection: Connection,
    settings: RoutingSettings,
    held: Held,
    new: str,
    department: Department,
    finding: Finding,
    hand: ByHand,
) -> None:
    severity = finding.clause.severity
    track = held.tracks.get(department)
    if track is None or track.acknowledged_at is None:
        start_chain(connection, settings, Start(new, department, "opened", severity, finding, None), hand.at)
        return
    own = {"incident": new, "severity": severity, "finding_json": encode(finding).decode(), "round": 0}
    connection.execute(insert(tracks).values(**{**columns_of(track), **own}))


def _leave(connection: Connection, held: Held, remaining: list[str], hand: ByHand) -> None:
    """What stays with the incident: the departments of its other stories, at their severity, silently."""
    incident = held.row.id
    found = _found(connection, incident, remaining)
    if held.row.story not in remaining and found:
        newest = found[-1].story
        values = {"story": newest.id, "story_json": encode(newest).decode()}
        connection.execute(update(incidents).where(incidents.c.id == incident).values(**values))
    if not found:
        return
    worst = worst_by_department(found)
    highest = max((one.clause.severity for one in found), key=SEVERITIES.index)
    for department, track in held.tracks.items():
        here = and_(tracks.c.incident == incident, tracks.c.department == department)
        if department not in worst:
            if track.paged:
                stop_pages(connection, incident, department, "split", hand.at)
                stopped = {"paged": False, "next_step_at": None, "remind_at": None, "reopen_at": None}
                connection.execute(update(tracks).where(here).values(**stopped))
            if worse(track.severity, highest):
                connection.execute(update(tracks).where(here).values(severity=highest))
            continue
        severity = worst[department].clause.severity
        if worse(track.severity, severity):
            values = {"severity": severity, "finding_json": encode(worst[department]).decode()}
            connection.execute(update(tracks).where(here).values(**values))
