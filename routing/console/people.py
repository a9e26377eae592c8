"""Who was told, and the history of an incident, as lines to read. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from routing.console.reader import Reader, iso
from routing.desk import HistoryEntry, IncidentView, MessageView, TrackView
from routing.untrusted import Inert
from routing.wording_muting import muting_words

MAX_HISTORY = 200


@dataclass(frozen=True, slots=True)
class Told:
    """One person and what became of the message to them."""

    person: Inert
    channel: Inert
    what: Inert
    reason: Inert
    good: bool  # arrived, as far as is known


@dataclass(frozen=True, slots=True)
class DepartmentTold:
    """A department with its people in the order in which they were told."""

    track: TrackView
    people: tuple[Told, ...]


@dataclass(frozen=True, slots=True)
class Happened:
    """One line of the history."""

    at: datetime
    what: Inert
    department: Inert
    who: Inert
    detail: Inert


def told_of(view: IncidentView, t: Reader) -> tuple[DepartmentTold, ...]:
    """Every department of the incident with everybody who was, or is being, told."""
    return tuple(
        DepartmentTold(
            track, tuple(_told(one, t) for one in view.messages if one.department == track.department)
        )
        for track in view.tracks
    )


def _told(message: MessageView, t: Reader) -> Told:
    phrase = t.own.message_state[message.state]
    time = t.clock(message.sent_at) if message.sent_at else Inert("")
    if message.state == "pending" and message.hold:
        return _held(message, t)
    troubled = message.state in {"failed", "ambiguous", "pending"}
    return Told(
        person=t.agreed(message.person_name or message.person),
        channel=t.agreed(message.channel),
        what=t.say(phrase, time=time),
        reason=t.line(message.reason) if troubled else Inert(""),
        good=message.state in {"sent", "bundled"},
    )


def _held(message: MessageView, t: Reader) -> Told:
    own = muting_words(t.language)
    reason = Inert(own.held_for.get(message.hold) or t.line(message.hold))
    return Told(
        person=t.agreed(message.person_name or message.person),
        channel=t.agreed(message.channel),
        what=t.say(own.held, time=t.clock(message.due_at), reason=reason),
        reason=Inert(""),
        good=False,
    )


def silences_of(view: IncidentView, now_iso: str, t: Reader) -> tuple[Inert, ...]:
    """The silences of the incident's story that hold now, one line each."""
    own = muting_words(t.language)
    return tuple(
        t.say(
            own.silence,
            label=t.agreed(one.label),
            time=t.clock(one.until),
            author=t.agreed(one.author),
            reason=t.agreed(one.reason),
        )
        for one in view.silences
        if iso(one.until) > now_iso
    )


def happened_of(view: IncidentView, names: Mapping[str, str], t: Reader) -> tuple[Happened, ...]:
    """The newest entries of the history, oldest first. ``names`` gives people's names by id."""
    return tuple(_happened(entry, names, t) for entry in view.history[-MAX_HISTORY:])


def _happened(entry: HistoryEntry, names: Mapping[str, str], t: Reader) -> Happened:
    what = t.own.happened.get(entry.what)
    return Happened(
        at=entry.at,
        what=Inert(what) if what else t.line(entry.what.replace("_", " ")),
        department=Inert(t.words.department[entry.department]) if entry.department else Inert(""),
        who=t.agreed(names.get(entry.who, entry.who)),
        detail=_detail(entry.detail, t),
    )


def _detail(detail: str, t: Reader) -> Inert:
    for via, words in t.own.via.items():
        if detail == via:
            return Inert(words)
    return t.line(detail)
