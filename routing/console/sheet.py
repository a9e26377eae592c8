"""One department's part of an incident as sections to read: the same words as in its messages. Pure."""

from dataclasses import dataclass
from datetime import datetime

from routing.console.reader import PostLink, Reader, post_link
from routing.console.timings import Hop, first_message, hops_of
from routing.desk import IncidentView, MessageView, TrackView
from routing.message import Message, Section, SectionKey
from routing.message_compose import compose_message
from routing.page import STARTS, Page, Receipt, Transition
from routing.policy_quorum import answers_wanted
from routing.settings import PersonSettings
from routing.untrusted import Inert

_TRANSITIONS: dict[str, Transition] = {one: one for one in (*STARTS, "escalated")}
# What a page shows of a message. Who was told and the receipt are shown from newer data than a message has.
SECTIONS: tuple[SectionKey, ...] = ("now", "statement", "statement_other", "growth", "next_steps", "why")


@dataclass(frozen=True, slots=True)
class Sheet:
    """What a page shows of one department's part. ``excerpt`` is shorter than ``post`` when the post is long."""

    track: TrackView
    message: Message
    excerpt: Inert
    post: Inert
    said: Section
    sections: tuple[Section, ...]
    link: PostLink | None
    hops: tuple[Hop, ...]
    total_s: float | None


def sheet_of(
    view: IncidentView, track: TrackView, person: PersonSettings | None, t: Reader, now: datetime
) -> Sheet:
    """The sheet for a person, or (``person`` None) for whoever looks at the console."""
    sent = first_message(view, track, person.id if person else None)
    message = compose_message(_page(view, track, person, sent, t), now)
    said = message.section("said")
    if said is None:
        raise ValueError("a message without what was said")  # sections_of always gives it
    mention = track.reading.mention
    return Sheet(
        track=track,
        message=message,
        excerpt=said.quote,
        post=t.post(mention.full_text) or said.quote,
        said=said,
        sections=tuple(one for key in SECTIONS if (one := message.section(key)) is not None),
        link=post_link(mention.url),
        hops=hops_of(track, sent, _hop_names(t)),
        total_s=None
        if sent is None or sent.sent_at is None
        else (sent.sent_at - mention.created_at).total_seconds(),
    )


def _hop_names(t: Reader) -> tuple[str, ...]:
    posted, fetched, judged, queued, sent = t.words.hops
    return (posted, fetched, t.own.read, judged, queued, sent, t.own.acknowledged)


def _transition(track: TrackView, sent: MessageView | None) -> Transition:
    if not track.paged:
        return "informed"
    return _TRANSITIONS.get(sent.transition, "opened") if sent else "opened"


def _page(
    view: IncidentView, track: TrackView, person: PersonSettings | None, sent: MessageView | None, t: Reader
) -> Page:
    mention = track.reading.mention
    wanted, one_is_enough = answers_wanted(view)
    return Page(
        id=sent.id if sent else view.id,
        incident=view.id,
        incident_label=view.label,
        cycle=view.cycle,
        continues=view.continues,
        sequence=0,
        transition=_transition(track, sent),
        department=track.department,
        severity=track.severity,
        brand=view.brand,
        brand_name=view.brand_name,
        person=person.id if person else "console",
        person_name=person.name if person else "",
        language=t.language,
        time_zone=t.zone.key,
        clause=track.clause,
        ladder_step=track.ladder_step,
        playbook=track.playbook,
        story=track.story or view.story,
        reading=track.reading,
        trace=track.trace,
        step=track.step,
        steps=track.steps,
        escalates_at=track.next_step_at,
        missing=wanted,
        one_is_enough=one_is_enough,
        receipt=Receipt(
            created_at=mention.created_at,
            fetched_at=mention.fetched_at,
            read_at=track.reading.read_at,
            found_at=track.found_at,
            queued_at=sent.queued_at if sent else track.found_at,
            sent_at=sent.sent_at if sent else None,
        ),
    )
