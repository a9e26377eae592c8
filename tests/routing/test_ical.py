"""Calendars as text."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from routing.ical import MAX_OCTETS, CalendarEvent, escape, fold, unescape, write_calendar
from routing.ical_reading import read_events
from tests.routing.schedule_samples import unhurried

NOON = datetime(2026, 12, 24, 12, 0, tzinfo=UTC)


def event(summary: str = "Ana", **more: str) -> CalendarEvent:
    names = {"uid": "one@tocsin", "person": "ana", "rotation": "week", **more}
    return CalendarEvent(start=NOON, end=NOON + timedelta(hours=8), summary=summary, **names)


def test_a_calendar_as_programs_read_it() -> None:
    text = write_calendar("Garde", [event("Ana; Véloria, de garde\nTél. \\o/")], NOON)
    assert text.split("\r\n") == [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Tocsin//On call//EN",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
        "NAME:Garde",
        "X-WR-CALNAME:Garde",
        "BEGIN:VEVENT",
        "UID:one@tocsin",
        "DTSTAMP:20261224T120000Z",
        "DTSTART:20261224T120000Z",
        "DTEND:20261224T200000Z",
        "SUMMARY:Ana\\; Véloria\\, de garde\\nTél. \\\\o/",
        "TRANSP:TRANSPARENT",
        "X-TOCSIN-PERSON:ana",
        "X-TOCSIN-ROTATION:week",
        "END:VEVENT",
        "END:VCALENDAR",
        "",
    ]


def test_a_long_line_is_folded_between_characters() -> None:
    line = "SUMMARY:" + "é" * 40 + "🚲" * 20
    folded = fold(line)
    pieces = folded.split("\r\n")
    assert [len(piece.encode()) for piece in pieces] == [74, 75, 21]
    assert folded.replace("\r\n ", "") == line


def test_nobody_writes_lines_of_their_own() -> None:
    text = write_calendar("a\r\nBEGIN:VEVENT", [event("b\rEND:VEVENT\x00\x1b[0m")], NOON)
    assert text.count("\r\nBEGIN:VEVENT\r\n") == 1
    assert text.count("\r\nEND:VEVENT\r\n") == 1
    assert "\x1b" not in text
    assert "\x00" not in text


@given(st.text())
@unhurried
def test_no_line_is_too_long(text: str) -> None:
    line = f"SUMMARY:{escape(text.encode('utf-8', 'ignore').decode())}"
    folded = fold(line)
    assert all(len(piece.encode()) <= MAX_OCTETS for piece in folded.split("\r\n"))
    assert folded.replace("\r\n ", "") == line


@given(st.text(st.characters(blacklist_categories=("Cs", "Cc"), whitelist_characters="\n\t")))
@unhurried
def test_escaped_text_says_the_same(text: str) -> None:
    escaped = escape(text)
    assert "\n" not in escaped
    assert unescape(escaped) == text


@given(st.lists(st.text(st.characters(blacklist_categories=("Cs", "Cc")), min_size=1), max_size=5))
@unhurried
def test_what_is_written_is_read_again(titles: list[str]) -> None:
    text = write_calendar("c", [event(title) for title in titles], NOON)
    found = read_events(text.encode(), "c.ics")
    assert [one.summary for one in found] == [title.strip() for title in titles]
    assert {(one.person, one.rotation, *one.span("Asia/Tokyo")) for one in found} <= {
        ("ana", "week", NOON, NOON + timedelta(hours=8))
    }
