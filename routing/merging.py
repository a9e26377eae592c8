"""Merges one incident into another by hand, within a transaction of the caller.

The stories of the one belong to the other from then on. Departments that the other lacks come along with their
running chain, and with what still waited to be sent; of two parts of the same department the more severe wins.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, insert, or_, select, update

from monitor.codec import decode
from monitor.records import Department, Finding
from routing.chain_start import Start, start_chain
from routing.channels.closing import Ending
from routing.closings import queue_closings
from routing.desk import ChangeResult
from routing.held_incident import ByHand, Held, columns_of, hold_incidents, note_by_hand, settle
from routing.incident_labels import label_of
from routing.known_rows import held_track
from routing.material import worse
from routing.queue_rows import stop_pages
from routing.schema import closings, findings, incident_stories, incidents, messages, micros, tracks
from routing.settings import RoutingSettings


def merge(
    connection: Connection, settings: RoutingSettings, source: str, into: str, hand: ByHand
) -> ChangeResult:
    """Merge the incident ``source`` into the incident ``into`` (ids). Again it changes nothing."""
    theirs, ours = hold_incidents(connection, source, into)
    if theirs is None or ours is None:
        return ChangeResult(outcome="not_found")
    label = label_of(ours.row.number)
    if theirs.row.merged_into == into:
        return ChangeResult(outcome="already", incident=label)
    if why := why_not(theirs.row, ours.row):
        return ChangeResult(outcome="refused", why=why, incident=label)
    was_open = theirs.row.state != "resolved"
    running = [_bring(connection, settings, theirs, ours, one, hand) for one in theirs.tracks if was_open]
    _move_stories(connection, theirs.row, into)
    _close(connection, theirs.row, into, hand)
    if was_open:
        stop_pages(connection, source, None, "merged", hand.at)
        for department in theirs.tracks:
            if department not in running:
                queue_closings(connection, source, department, "resolved", f"{hand.who} (→ {label})", hand.at)
    settle(connection, into, hand.at)
    note_by_hand(connection, source, hand, "merged", label)
    note_by_hand(connection, into, hand, "merged_in", label_of(theirs.row.number))
    return ChangeResult(outcome="done", incident=label)


def why_not(source: Any, into: Any) -> str:
    """Why one incident cannot be merged into another, with the mend; empty when it can. Pure."""
    one, other = label_of(source.number), label_of(into.number)
    if source.id == into.id:
        return f"{one} cannot be merged into itself; name another incident"
    if source.merged_into is not None:
        return f"{one} was merged before; tocsin incidents {one} shows into which, merge that one"
    if into.merged_into is not None:
        return f"{other} was merged itself; tocsin incidents {other} shows into which, name that one"
    if into.state == "resolved":
        return f"{other} is resolved; merge it into {one} instead, or name the incident that continues it"
    if source.brand != into.brand:
        return f"{one} is about {source.brand}, {other} about {into.brand}; only incidents of one brand merge"
    if source.kind != into.kind:
        return f"{one} is {source.kind}, {other} is {into.kind}; an exercise and the real thing do not merge"
    return ""


def followed(connection: Connection, incident: str, cycle: int) -> tuple[str, int]:
    """Where an answer to an incident belongs that may have been merged since: incident and cycle."""
    while True:
        query = select(incidents.c.cycle, incidents.c.merged_into).where(incidents.c.id == incident)
        row = connection.execute(query).first()
        if row is None or row.merged_into is None or row.cycle != cycle:
            return incident, cycle
        target = select(incidents.c.cycle).where(incidents.c.id == row.merged_into)
        incident, cycle = row.merged_into, connection.execute(target).scalar_one()


def tell_merged(
    connection: Connection,
    incident: str,
    department: Department | None,
    ending: Ending,
    who: str,
    at: datetime,
) -> None:
    """Pass an answer on to whoever was paged for an incident that was merged into this one and still waits."""
    over = select(closings.c.department).where(
        closings.c.incident == messages.c.incident, closings.c.ending == "resolved"
    )
    parts = (
        select(messages.c.incident, messages.c.department)
        .distinct()
        .join(incidents, incidents.c.id == messages.c.incident)
        .where(incidents.c.merged_into == incident, messages.c.department.not_in(over))
    )
    if department is not None:
        parts = parts.where(messages.c.department == department)
    for row in connection.execute(parts.order_by(messages.c.incident, messages.c.department)).all():
        queue_closings(connection, row.incident, row.department, ending, who, at)


def _bring(
    connection: Connection,
    settings: RoutingSettings,
    theirs: Held,
    ours: Held,
    department: Department,
    hand: ByHand,
) -> Department | None:
    """Take a department's part along. Returns the department when its unanswered chain goes on with us."""
    track, mine = theirs.tracks[department], ours.tracks.get(department)
    into = ours.row.id
    if mine is None or (track.paged and not mine.paged):
        _adopt(connection, track, into, mine is not None)
        _move_messages(connection, track, into, hand)
        return department if track.paged and track.acknowledged_at is None else None
    if not (track.paged and mine.paged and worse(track.severity, mine.severity)):
        return None
    if track.acknowledged_at is not None:  # somebody has the more severe one in hand: nobody need be paged
        _adopt(connection, track, into, known=True, round_=mine.round)
        stop_pages(connection, into, department, "acknowledged", hand.at)
        return None
    finding = decode(Finding, track.finding_json.encode())
    start = Start(into, department, "raised", track.severity, finding, held_track(mine))
    start_chain(connection, settings, start, hand.at)
    return None


def _adopt(connection: Connection, track: Any, into: str, known: bool, round_: int | None = None) -> None:
    values = {**columns_of(track), "incident": into}
    if round_ is not None:
        values["round"] = round_
    if known:
        where = and_(tracks.c.incident == into, tracks.c.department == track.department)
        connection.execute(update(tracks).where(where).values(**values))
    else:
        connection.execute(insert(tracks).values(**values))


def _move_messages(connection: Connection, track: Any, into: str, hand: ByHand) -> None:
    """What still waits goes out for the other incident. What is being sent just now may arrive twice, and says so."""
    waiting = and_(
        messages.c.incident == track.incident,
        messages.c.department == track.department,
        messages.c.state.in_(["pending", "sending"]),
    )
    for row in connection.execute(select(messages).where(waiting).order_by(messages.c.sequence)).all():
        here = incidents.c.id == into
        connection.execute(update(incidents).where(here).values(sequence=incidents.c.sequence + 1))
        sequence = connection.execute(select(incidents.c.sequence).where(here)).scalar_one()
        values = {
            "incident": into,
            "sequence": sequence,
            "state": "pending",
            "fence": row.fence + 1,  # whoever sends it now has lost it
            "lease_until": None,
            "ambiguous": row.ambiguous + (row.state == "sending"),
            "carrier": None,
        }
        connection.execute(update(messages).where(messages.c.id == row.id).values(**values))


def _move_stories(connection: Connection, source: Any, into: str) -> None:
    stories = update(incident_stories).where(incident_stories.c.incident == source.id)
    connection.execute(stories.values(incident=into))
    connection.execute(update(findings).where(findings.c.incident == source.id).values(incident=into))


def _close(connection: Connection, source: Any, into: str, hand: ByHand) -> None:
    values: dict[str, object] = {"merged_into": into, "updated_at": micros(hand.at)}
    if source.state != "resolved":
        values |= {"state": "resolved", "resolved_at": micros(hand.at), "resolved_by": hand.who}
    connection.execute(update(incidents).where(incidents.c.id == source.id).values(**values))
    timers = or_(
        tracks.c.next_step_at.is_not(None), tracks.c.remind_at.is_not(None), tracks.c.reopen_at.is_not(None)
    )
    stopped = {"next_step_at": None, "remind_at": None, "reopen_at": None}
    connection.execute(update(tracks).where(tracks.c.incident == source.id, timers).values(**stopped))
