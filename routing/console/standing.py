"""How an incident stands for the holder of a personal link, and what the page answers to a tap. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from routing.console.reader import Reader
from routing.desk import AckResult, IncidentView, TrackView
from routing.links import LinkClaims
from routing.untrusted import Inert

Action = Literal["acknowledge", "resolve"]
StandingKind = Literal["unanswered", "mine", "others", "informed", "closed", "old_cycle"]


@dataclass(frozen=True, slots=True)
class Standing:
    """``who`` and ``at`` say who answered or closed, and when; unknown is empty and None."""

    kind: StandingKind
    who: str = ""
    at: datetime | None = None

    @property
    def may_acknowledge(self) -> bool:
        return self.kind == "unanswered"

    @property
    def may_close(self) -> bool:
        return self.kind in {"unanswered", "mine", "others"}


def track_of(view: IncidentView, claims: LinkClaims) -> TrackView | None:
    """The part of the link's department in the incident."""
    return next((track for track in view.tracks if track.department == claims.department), None)


def standing_of(view: IncidentView, claims: LinkClaims, person_name: str) -> Standing:
    """How the incident stands for the person whom the link was made for."""
    if view.cycle != claims.cycle:
        return Standing("old_cycle")
    if view.state == "resolved":
        return Standing("closed", *closed_by(view))
    track = track_of(view, claims)
    if track is None or not track.paged:
        return Standing("informed")
    if track.acknowledged_at is None:
        return Standing("unanswered")
    mine = track.acknowledged_by == person_name
    return Standing("mine" if mine else "others", track.acknowledged_by, track.acknowledged_at)


def closed_by(view: IncidentView) -> tuple[str, datetime | None]:
    """Who closed an incident, and when."""
    return view.resolved_by, view.resolved_at


def successor_of(view: IncidentView, others: Sequence[IncidentView]) -> IncidentView | None:
    """The newest later incident that goes on with a closed one: where its links no longer lead."""
    later = [
        one
        for one in others
        if one.brand == view.brand
        and one.cycle > view.cycle
        and (one.story.id == view.story.id or one.continues == view.label)
    ]
    return max(later, key=lambda one: one.cycle, default=None)


def standing_says(standing: Standing, view: IncidentView, t: Reader) -> Inert:
    """What the top of the page says before anything was tapped. Empty while an answer is wanted."""
    own = t.own
    match standing.kind:
        case "mine":
            return t.say(own.you_are_on_it, time=_time(standing.at, t))
        case "others":
            return t.say(own.other_is_on_it, who=_who(standing.who, t), time=_time(standing.at, t))
        case "closed":
            return t.say(
                own.is_closed,
                label=t.agreed(view.label),
                who=_who(standing.who, t),
                time=_time(standing.at, t),
            )
        case "informed":
            return Inert(own.nothing_to_do)
        case "unanswered" | "old_cycle":
            return Inert("")


def answer_says(action: Action, result: AckResult, view: IncidentView, department: Inert, t: Reader) -> Inert:
    """What the page answers to a tap: done, or who did it before and when. Empty when it changed nothing."""
    own, label = t.own, t.agreed(view.label)
    if result.outcome in {"old_cycle", "not_found"}:
        return Inert("")
    if result.outcome == "done":
        if action == "acknowledge":
            return t.say(own.noted, time=_time(result.at, t), department=department)
        return t.say(own.now_closed, label=label, time=_time(result.at, t))
    if view.state != "resolved":
        return t.say(own.already_noted, who=_who(result.by, t), time=_time(result.at, t))
    who, at = (result.by, result.at) if result.by else closed_by(view)
    return t.say(own.closed_before, label=label, who=_who(who, t), time=_time(at or result.at, t))


def _who(name: str, t: Reader) -> Inert:
    return t.agreed(name) or Inert(t.own.somebody)


def _time(at: datetime | None, t: Reader) -> Inert:
    return Inert("—") if at is None else t.clock(at)
