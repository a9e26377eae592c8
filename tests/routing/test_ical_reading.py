"""Reading calendars that other programs wrote."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.errors import ConfigErrors
from routing.ical_reading import MAX_BYTES, MAX_EVENTS, ReadEvent, read_events
from tests.routing.schedule_samples import unhurried, utc

ZONE = "America/Montreal"


def calendar(*lines: str) -> bytes:
    """A calendar with one event of these lines; the event begins on line 3, its own lines on line 4."""
    return "\r\n".join(
        ["BEGIN:VCALENDAR", "VERSION:2.0", "BEGIN:VEVENT", *lines, "END:VEVENT", "END:VCALENDAR", ""]
    ).encode()


def only(*lines: str) -> ReadEvent:
    (event,) = read_events(calendar(*lines), "c.ics")
    return event


@pytest.mark.parametrize(
    ("lines", "start", "end"),
    [
        (["DTSTART:20261224T180000Z", "DTEND:20261225T060000Z"], "2026-12-24 18:00", "2026-12-25 06:00"),
        (["DTSTART:20261224T180000", "DTEND:20261225T060000"], "2026-12-24 23:00", "2026-12-25 11:00"),
        (
            ["DTSTART;TZID=Europe/Paris:20261224T180000", 'dtend;tzid="Europe/Paris":20261225T060000'],
            "2026-12-24 17:00",
            "2026-12-25 05:00",
        ),
        (
            ["DTSTART;VALUE=DATE:20261224", "DTEND;VALUE=DATE:20261226"],
            "2026-12-24 05:00",
            "2026-12-26 05:00",
        ),
        (["DTSTART;VALUE=DATE:20261224"], "2026-12-24 05:00", "2026-12-25 05:00"),
        (["DTSTART:20261224T180000Z", "DURATION:PT8H30M"], "2026-12-24 18:00", "2026-12-25 02:30"),
        (["DTSTART:20261031T180000", "DURATION:P1D"], "2026-10-31 22:00", "2026-11-01 23:00"),  # 25 hours
        (["DTSTART:20261031T180000", "DURATION:P1DT1H"], "2026-10-31 22:00", "2026-11-02 00:00"),
        (["DTSTART:20261031T180000", "DURATION:PT24H"], "2026-10-31 22:00", "2026-11-01 22:00"),
        (["DTSTART:20261031T013000", "DURATION:P1DT1H"], "2026-10-31 05:30", "2026-11-01 06:30"),
        (["DTSTART:20261101T013000", "DTEND:20261101T013000"], "2026-11-01 05:30", "2026-11-01 06:30"),
    ],
)
def test_times(lines: list[str], start: str, end: str) -> None:
    assert only(*lines).span(ZONE) == (utc(start), utc(end))


def test_folds_within_a_character_and_bare_line_ends_are_read() -> None:
    raw = calendar("SUMMARY:Véloria", "DTSTART:20261224").replace(b"\r\n", b"\n")
    cut = raw.index("é".encode()) + 1
    (event,) = read_events(b"\xef\xbb\xbf" + raw[:cut] + b"\n " + raw[cut:], "c.ics")
    assert event.summary == "Véloria"


def test_what_is_no_event_of_ours_is_passed_over() -> None:
    alarm = ["BEGIN:VALARM", "SUMMARY:ring", "TRIGGER:-PT5M", "END:VALARM"]
    assert only(*alarm, "SUMMARY:Ana", "DTSTART:20261224").summary == "Ana"
    assert read_events(calendar("STATUS:CANCELLED", "DTSTART:20261224"), "c.ics") == ()
    assert (
        read_events(b"BEGIN:VCALENDAR\nBEGIN:VTIMEZONE\nTZID:X\nEND:VTIMEZONE\nEND:VCALENDAR", "c.ics") == ()
    )


@pytest.mark.parametrize(
    ("raw", "line", "message"),
    [
        (b"", 1, "ends too early"),
        (b"hello", 1, "'hello' is no line of a calendar"),
        (b"\nSUMMARY:x", 2, "no calendar"),
        (b"BEGIN:VCALENDAR\nBEGIN:VEVENT\n", 2, "ends too early"),
        (b"BEGIN:VCALENDAR\nEND:VEVENT", 2, "closes nothing"),
        (b"BEGIN:VCALENDAR\nSUMMARY:\xff\nEND:VCALENDAR", 2, "UTF-8"),
        (b"BEGIN:VCALENDAR\n" + b"BEGIN:X\n" * 10, 11, "nested deeper"),
        (b"x" * (MAX_BYTES + 1), 1, "larger than"),
        (
            b"BEGIN:VCALENDAR\n" + b"BEGIN:VEVENT\nDTSTART:20261224\nEND:VEVENT\n" * (MAX_EVENTS + 1),
            3002,
            "more than",
        ),
        (calendar("SUMMARY:Ana"), 3, "no start"),
        (calendar("DTSTART:20261224T180000Z"), 3, "no end"),
        (calendar("SUMMARY:Ana", "DTSTART:tomorrow"), 5, "'tomorrow' is no time"),
        (calendar("DTSTART:20261324"), 4, "does not exist"),
        (calendar("DTSTART:19991231"), 4, "the year 1999"),
        (calendar("DTSTART:20991231", "DURATION:P9999W"), 5, "the year 22"),
        (calendar("DTSTART:20261224", "DURATION:P"), 5, "no length of time"),
        (calendar("DTSTART;TZID=../../etc/passwd:20261224T180000"), 4, "no IANA time zone"),
        (calendar("DTSTART;TZID=Eastern Standard Time:20261224T180000"), 4, "export in UTC"),
        (calendar("DTSTART:20261224", "RRULE:FREQ=DAILY"), 5, "repeating events"),
    ],
)
def test_mistakes_are_told_with_their_line(raw: bytes, line: int, message: str) -> None:
    with pytest.raises(ConfigErrors) as caught:
        read_events(raw, "c.ics")
    assert [(one.file, one.line) for one in caught.value.problems] == [("c.ics", line)]
    assert message in str(caught.value)


def test_every_wrong_event_is_told() -> None:
    raw = calendar("SUMMARY:Ana", "END:VEVENT", "BEGIN:VEVENT", "DTSTART:never")
    with pytest.raises(ConfigErrors) as caught:
        read_events(raw, "c.ics")
    assert [one.line for one in caught.value.problems] == [3, 7]


def test_nothing_of_the_file_reaches_the_terminal_raw() -> None:
    for raw in (
        b"\x1b[2J",
        b"BEGIN:VCALENDAR\nEND:\x1b[2J",
        calendar("DTSTART:\x1b[2J"),
        calendar("DTSTART;TZID=\x1b[2J:20261224T180000"),
        calendar("DTSTART:20261224", "DURATION:\x1b[2J"),
    ):
        with pytest.raises(ConfigErrors) as caught:
            read_events(raw, "c.ics")
        assert "\x1b" not in str(caught.value)


words = st.sampled_from(
    [
        b"BEGIN:",
        b"END:",
        b"VCALENDAR",
        b"VEVENT",
        b"DTSTART",
        b"DURATION:",
        b";TZID=",
        b"2026",
        b"P1D",
        b":",
        b"\n",
    ]
)


@given(st.lists(words | st.binary(max_size=4)).map(b"".join))
@unhurried
def test_any_bytes_are_read_or_refused_with_a_line(raw: bytes) -> None:
    raw = calendar("DTSTART:20261224").replace(b"END:VEVENT", raw + b"\nEND:VEVENT")
    try:
        for event in read_events(raw, "c.ics"):
            start, end = event.span(ZONE)
            assert end - start <= timedelta(days=80_000)
    except ConfigErrors as error:
        assert all(problem.line >= 1 for problem in error.problems)  # noqa: PT017 - either outcome is good
