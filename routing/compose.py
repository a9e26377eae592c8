"""Composes the page for one recipient from what is stored. Pure."""

from datetime import datetime
from typing import Any

from routing.desk import IncidentView, TrackView
from routing.inbound.offers import ways_to_answer
from routing.legal_notes import legal_people
from routing.links import LinkClaims, LinkSigner
from routing.page import OtherPaged, Page, Receipt
from routing.policy_quorum import answers_wanted
from routing.recipients import is_room, recipient_of
from routing.schema import instant
from routing.settings import PersonSettings, RoutingSettings


def compose(
    row: Any, view: IncidentView, settings: RoutingSettings, signer: LinkSigner, now: datetime
) -> Page | None:
    """The page of an outbox row at ``now``; None when its person or department is no longer there."""
    person = recipient_of(settings, row.person)
    track = next((one for one in view.tracks if one.department == row.department), None)
    if person is None or track is None:
        return None
    mention = track.reading.mention
    wanted, one_is_enough = answers_wanted(view)
    return Page(
        id=row.id,
        incident=view.id,
        incident_label=view.label,
        cycle=view.cycle,
        continues=view.continues,
        round=row.round,
        sequence=row.sequence,
        transition=row.transition,
        department=track.department,
        severity=track.severity,
        brand=view.brand,
        brand_name=view.brand_name,
        person=person.id,
        person_name=person.name,
        language=person.language,
        time_zone=person.time_zone,
        clause=track.clause,
        playbook=track.playbook,
        story=track.story or view.story,
        reading=track.reading,
        trace=track.trace,
        step=row.step,
        steps=track.steps,
        escalates_at=track.next_step_at if row.step == track.step else None,
        others=_others(view, settings, person),
        link="" if is_room(settings, person.id) else _link(row, view, track, person, signer),
        receipt=Receipt(
            created_at=mention.created_at,
            fetched_at=mention.fetched_at,
            read_at=track.reading.read_at,
            found_at=track.found_at,
            queued_at=instant(row.queued_at),
            sent_at=now,
        ),
        possible_duplicate=row.ambiguous > 0,
        legal_note_waits=person.id in legal_people(settings)
        and any(one.has_legal_note for one in view.tracks),
        missing=wanted,
        one_is_enough=one_is_enough,
        shared=is_room(settings, person.id),
        kind=view.kind,
        answer=ways_to_answer(
            row,
            view.cycle,
            track.department,
            settings.inbound,
            signer,
            shared=is_room(settings, person.id),
        ),
    )


def _link(row: Any, view: IncidentView, track: TrackView, person: PersonSettings, signer: LinkSigner) -> str:
    return signer.sign(
        LinkClaims(
            incident=view.id,
            cycle=view.cycle,
            department=track.department,
            person=person.id,
            step=row.step,
            expires=signer.expires(),
        )
    )


def _others(view: IncidentView, settings: RoutingSettings, reader: PersonSettings) -> tuple[OtherPaged, ...]:
    acknowledged = {track.department for track in view.tracks if track.acknowledged_at is not None}
    others: dict[tuple[str, str], OtherPaged] = {}
    for message in view.messages:
        person = recipient_of(settings, message.person)
        if person is None or person.id == reader.id or message.state in {"cancelled", "failed"}:
            continue
        others[(message.department, person.id)] = OtherPaged(
            department=message.department,
            person=person.name,
            at=message.sent_at,
            acknowledged=message.department in acknowledged,
        )
    return tuple(others.values())
