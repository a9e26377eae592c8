"""Reads the events of an iCalendar file (RFC 5545) that somebody else's program wrote. Pure.

The subset: single events with a title, a start and an end (or a duration); times in UTC, in a zone with an IANA
name, without a zone, or whole days. Repeating events are refused rather than misread. Everything is bounded, and
every mistake is told with its line.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from monitor.errors import ConfigErrors, ConfigProblem
from routing.ical import unescape
from routing.schedule_settings import FIRST_YEAR, LAST_YEAR
from routing.schedule_times import first_instant, last_instant

MAX_BYTES = 1_000_000
MAX_EVENTS = 1_000
MAX_DEPTH = 10
MAX_PROBLEMS = 50

_VALUE = r'(?:"[^"]*"|[^";:,]*)'
_PROPERTY = re.compile(rf"([A-Za-z0-9-]+)((?:;[A-Za-z0-9-]+={_VALUE}(?:,{_VALUE})*)*):(.*)", re.DOTALL)
_PARAMETER = re.compile(rf";([A-Za-z0-9-]+)=({_VALUE})")
_TIME = re.compile(r"([0-9]{8})(?:T([0-9]{6})(Z?))?")
_DURATION = re.compile(
    r"\+?P(?:([0-9]{1,4})W)?(?:([0-9]{1,4})D)?(?:T(?:([0-9]{1,5})H)?(?:([0-9]{1,5})M)?(?:([0-9]{1,6})S)?)?"
)


@dataclass(frozen=True, slots=True)
class Property:
    """One line of the file, unfolded: its number (1-based), name, parameters and value as they stand."""

    line: int
    name: str
    parameters: dict[str, str]
    value: str


@dataclass(frozen=True, slots=True)
class EventTime:
    """A time as a calendar tells it: local to ``zone``, or to whoever reads it where that is None."""

    local: datetime
    zone: str | None
    whole_day: bool = False

    def starts(self, own_zone: str) -> datetime:
        """The UTC instant at which something starts then."""
        return first_instant(self.local, ZoneInfo(self.zone or own_zone))

    def ends(self, own_zone: str) -> datetime:
        """The UTC instant at which something ends then."""
        return last_instant(self.local, ZoneInfo(self.zone or own_zone))


@dataclass(frozen=True, slots=True)
class ReadEvent:
    """One event of the file. ``after`` is added to ``end``: the hours, minutes and seconds of a duration."""

    line: int
    summary: str
    start: EventTime
    end: EventTime
    after: timedelta = timedelta(0)
    person: str = ""
    rotation: str = ""

    def span(self, own_zone: str) -> tuple[datetime, datetime]:
        """The instants of its start and its end, with ``own_zone`` for times without a zone."""
        if self.after:
            return self.start.starts(own_zone), self.end.starts(own_zone) + self.after
        return self.start.starts(own_zone), self.end.ends(own_zone)


class Refused(ValueError):
    """A line that cannot be used; the message says what to do."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(message)
        self.line = line


@dataclass(slots=True)
class _Raw:
    """An event under construction."""

    line: int
    properties: dict[str, Property] = field(default_factory=dict)


def read_events(raw: bytes, file: str) -> tuple[ReadEvent, ...]:
    """The events of a calendar; cancelled ones are left out. Raises ConfigErrors with file and line."""
    problems: list[ConfigProblem] = []
    events: list[ReadEvent] = []
    try:
        for one in _components(raw):
            try:
                event = _event(one)
            except Refused as error:
                problems.append(ConfigProblem(file, error.line, 1, "", str(error)))
                if len(problems) >= MAX_PROBLEMS:
                    break
                continue
            if event is not None:
                events.append(event)
    except Refused as error:
        problems.append(ConfigProblem(file, error.line, 1, "", str(error)))
    if problems:
        raise ConfigErrors(problems)
    return tuple(events)


def _components(raw: bytes) -> Iterator[_Raw]:
    """The properties of each event; everything else in the file is passed over."""
    if len(raw) > MAX_BYTES:
        raise Refused(1, f"the file is larger than {MAX_BYTES:,} bytes; export a shorter time")
    nesting = _Nesting()
    for one in _properties(raw):
        event = nesting.take(one)
        if event is not None:
            yield event
    if nesting.inside or not nesting.line:
        raise Refused(max(1, nesting.line), "the file ends too early; it must end with END:VCALENDAR")


class _Nesting:
    """Follows BEGIN and END; gathers what stands directly in an event."""

    def __init__(self) -> None:
        self.inside: list[str] = []
        self.line = 0
        self._event: _Raw | None = None
        self._events = 0

    def take(self, one: Property) -> _Raw | None:
        """The event that ends with this line, None for any other line."""
        self.line = one.line
        what = one.value.strip().upper()
        if not self.inside and (one.name, what) != ("BEGIN", "VCALENDAR"):
            raise Refused(one.line, "this is no calendar; the file must begin with BEGIN:VCALENDAR")
        if one.name == "BEGIN":
            self._begin(what)
        elif one.name == "END":
            return self._end(what)
        elif self._event is not None and self.inside[-1] == "VEVENT":
            self._event.properties.setdefault(one.name, one)
        return None

    def _begin(self, what: str) -> None:
        self.inside.append(what)
        if len(self.inside) > MAX_DEPTH:
            raise Refused(self.line, f"parts are nested deeper than {MAX_DEPTH} levels")
        if what == "VEVENT":
            self._event = _Raw(self.line)
            self._events += 1
        if self._events > MAX_EVENTS:
            raise Refused(self.line, f"the file has more than {MAX_EVENTS:,} events; export a shorter time")

    def _end(self, what: str) -> _Raw | None:
        if self.inside.pop() != what:
            raise Refused(self.line, f"the end of {what[:40]!r} closes nothing that is open")
        if what != "VEVENT":
            return None
        ended, self._event = self._event, None
        return ended


def _properties(raw: bytes) -> Iterator[Property]:
    for number, line in _unfolded(raw.removeprefix(b"\xef\xbb\xbf")):
        try:
            text = line.decode("utf-8")
        except UnicodeDecodeError:
            raise Refused(number, "the line is not UTF-8 text; save the file as UTF-8") from None
        found = _PROPERTY.fullmatch(text)
        if found is None:
            raise Refused(number, f"{text[:40]!r} is no line of a calendar, such as SUMMARY:Ana")
        parameters = {name.upper(): value.strip('"') for name, value in _PARAMETER.findall(found[2])}
        yield Property(number, found[1].upper(), parameters, found[3])


def _unfolded(raw: bytes) -> Iterator[tuple[int, bytes]]:
    """Lines with what continues them, as bytes: a fold may stand within a character."""
    begun: list[bytes] = []
    start = 1
    for number, line in enumerate(re.split(rb"\r\n|\n|\r", raw), 1):
        if line[:1] in {b" ", b"\t"} and begun:
            begun.append(line[1:])
            continue
        if begun:
            yield start, b"".join(begun)
        begun, start = ([line] if line.strip() else []), number
    if begun:
        yield start, b"".join(begun)


def _event(raw: _Raw) -> ReadEvent | None:
    properties = raw.properties
    for name in ("RRULE", "RDATE", "EXDATE", "RECURRENCE-ID"):
        if name in properties:
            raise Refused(
                properties[name].line, "repeating events are not read; write each one as its own event"
            )
    if _text(raw, "STATUS").upper() == "CANCELLED":
        return None
    if "DTSTART" not in properties:
        raise Refused(raw.line, "the event has no start; add DTSTART")
    start = _time(properties["DTSTART"])
    end, after = _end(raw, start)
    return ReadEvent(
        raw.line,
        _text(raw, "SUMMARY"),
        start,
        end,
        after,
        person=_text(raw, "X-TOCSIN-PERSON"),
        rotation=_text(raw, "X-TOCSIN-ROTATION"),
    )


def _end(raw: _Raw, start: EventTime) -> tuple[EventTime, timedelta]:
    """Days of a duration are counted on the calendar, its hours on a stopwatch, as RFC 5545 has it."""
    properties = raw.properties
    if "DTEND" in properties:
        return _time(properties["DTEND"]), timedelta(0)
    if "DURATION" in properties:
        one = properties["DURATION"]
        found = _DURATION.fullmatch(one.value.strip())
        if found is None or not any(found.groups()):
            raise Refused(one.line, f"{one.value[:40]!r} is no length of time; write PT8H or P1D")
        weeks, days, hours, minutes, seconds = (int(part or 0) for part in found.groups())
        later = _later(start, timedelta(weeks=weeks, days=days), one.line)
        return later, timedelta(hours=hours, minutes=minutes, seconds=seconds)
    if start.whole_day:
        return _later(start, timedelta(days=1), raw.line), timedelta(0)
    raise Refused(raw.line, "the event has no end; add DTEND or DURATION")


def _later(time: EventTime, by: timedelta, line: int) -> EventTime:
    return EventTime(_near(time.local + by, line), time.zone, time.whole_day)


def _time(one: Property) -> EventTime:
    found = _TIME.fullmatch(one.value.strip())
    if found is None:
        raise Refused(one.line, f"{one.value[:40]!r} is no time; write 20261224T180000Z or 20261224")
    day, clock, utc = found[1], found[2], found[3]
    try:
        local = datetime.strptime(day + (clock or "000000"), "%Y%m%d%H%M%S")  # noqa: DTZ007 - local on purpose
    except ValueError:
        raise Refused(one.line, f"{one.value[:40]!r} is a time that does not exist") from None
    zone = "UTC" if utc else one.parameters.get("TZID")
    if zone is not None and not _is_known(zone):
        message = f"{zone[:60]!r} is no IANA time zone; export in UTC or with a name such as America/Montreal"
        raise Refused(one.line, message)
    return EventTime(_near(local, one.line), zone, whole_day=clock is None)


def _near(local: datetime, line: int) -> datetime:
    if not FIRST_YEAR <= local.year < LAST_YEAR:
        raise Refused(line, f"the year {local.year} is not between {FIRST_YEAR} and {LAST_YEAR}")
    return local


def _is_known(zone: str) -> bool:
    try:
        ZoneInfo(zone)
    except (KeyError, ValueError, OSError):
        return False
    return True


def _text(raw: _Raw, name: str) -> str:
    one = raw.properties.get(name)
    return unescape(one.value).strip() if one else ""
