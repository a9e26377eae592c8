"""Calendars as text: iCalendar (RFC 5545), the part that shifts need. Pure.

Written here rather than by a library because it is small: events with UTC times, escaped text, folded lines.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

MAX_OCTETS = 75  # of a line, without its end

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_ESCAPES = {"\\": "\\\\", ";": "\\;", ",": "\\,", "\n": "\\n"}


@dataclass(frozen=True, slots=True)
class CalendarEvent:
    """One event to write: ``start`` and ``end`` are aware; ``uid`` stays the same from export to export."""

    uid: str
    start: datetime
    end: datetime
    summary: str
    person: str  # ids that an import finds again, under names of our own
    rotation: str


def write_calendar(name: str, events: Iterable[CalendarEvent], made_at: datetime) -> str:
    """A whole calendar called ``name``; ``made_at`` (aware) is the stamp of its events."""
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Tocsin//On call//EN",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
        f"NAME:{escape(name)}",
        f"X-WR-CALNAME:{escape(name)}",
    ]
    for event in events:
        lines += _event(event, made_at)
    lines.append("END:VCALENDAR")
    return "".join(f"{fold(line)}\r\n" for line in lines)


def escape(text: str) -> str:
    """A value of type TEXT. Control characters, which no calendar may hold, fall out."""
    plain = _CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    return "".join(_ESCAPES.get(char, char) for char in plain)


def unescape(text: str) -> str:
    """What a value of type TEXT says."""
    return re.sub(r"\\(.)", lambda found: "\n" if found[1] in "nN" else found[1], text)


def fold(line: str) -> str:
    """A line broken so that none is longer than 75 octets, and no character is split."""
    return "\r\n ".join(_pieces(line))


def utc_time(at: datetime) -> str:
    """A DATE-TIME in UTC; parts of seconds are dropped."""
    return f"{at.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _event(event: CalendarEvent, made_at: datetime) -> list[str]:
    return [
        "BEGIN:VEVENT",
        f"UID:{escape(event.uid)}",
        f"DTSTAMP:{utc_time(made_at)}",
        f"DTSTART:{utc_time(event.start)}",
        f"DTEND:{utc_time(event.end)}",
        f"SUMMARY:{escape(event.summary)}",
        "TRANSP:TRANSPARENT",  # being on call does not make anybody busy
        f"X-TOCSIN-PERSON:{escape(event.person)}",
        f"X-TOCSIN-ROTATION:{escape(event.rotation)}",
        "END:VEVENT",
    ]


def _pieces(line: str) -> Iterator[str]:
    piece, octets, room = "", 0, MAX_OCTETS
    for char in line:
        size = len(char.encode("utf-8"))
        if octets + size > room:
            yield piece
            piece, octets, room = "", 0, MAX_OCTETS - 1  # the space before a continued line counts
        piece += char
        octets += size
    yield piece
