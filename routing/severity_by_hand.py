"""Sets the severity of an incident by hand: falling is silent, rising pages, within a transaction of the caller."""

from sqlalchemy import Connection, and_, update

from monitor.codec import decode
from monitor.records import Finding, Severity
from routing.chain_start import Start, start_chain
from routing.desk import ChangeResult
from routing.held_incident import ByHand, hold_incidents, note_by_hand, settle
from routing.incident_labels import label_of
from routing.known_rows import held_track
from routing.material import worse
from routing.schema import tracks
from routing.settings import RoutingSettings


def set_severity(
    connection: Connection, settings: RoutingSettings, incident: str, severity: Severity, hand: ByHand
) -> ChangeResult:
    """Every department of the incident gets this severity; those for which it rises are paged again."""
    (held,) = hold_incidents(connection, incident)
    if held is None:
        return ChangeResult(outcome="not_found")
    label, before = label_of(held.row.number), held.row.severity
    if held.row.state == "resolved":
        why = f"{label} is resolved; severity is set while an incident is open"
        return ChangeResult(outcome="refused", why=why, incident=label)
    if before == severity and all(track.severity == severity for track in held.tracks.values()):
        return ChangeResult(outcome="already", incident=label)
    what = "severity_raised" if worse(severity, before) else "severity_lowered"
    note_by_hand(connection, incident, hand, what, f"{before} > {severity}")
    for department, track in held.tracks.items():
        if track.paged and worse(severity, track.severity):
            finding = decode(Finding, track.finding_json.encode())
            start = Start(incident, department, "raised", severity, finding, held_track(track))
            start_chain(connection, settings, start, hand.at)
        else:
            here = and_(tracks.c.incident == incident, tracks.c.department == department)
            connection.execute(update(tracks).where(here).values(severity=severity))
    settle(connection, incident, hand.at)
    return ChangeResult(outcome="done", incident=label)
