"""How one reader sees numbers, times and text from outside: their language, their time zone."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import idna

from routing.console.words import ConsoleWords, console_words
from routing.page import ReaderLanguage
from routing.untrusted import Inert, Untrusted, agreed_line, inert, inert_line, truncate
from routing.wording import clock_time, count, duration, moment, number, say, words_in, zone_of
from routing.wording_model import Plural, Words

MAX_POST = 40_000
_LINE = 200
_HOST = 80
_RECENT = timedelta(hours=18)


@dataclass(frozen=True, slots=True)
class Reader:
    """Turns values into harmless text for one reader. Templates get one of these as ``t``."""

    language: ReaderLanguage
    zone: ZoneInfo
    now: datetime | None = None  # None: every time counts as recent

    @property
    def words(self) -> Words:
        return words_in(self.language)

    @property
    def own(self) -> ConsoleWords:
        return console_words(self.language)

    def clock(self, at: datetime) -> Inert:
        """The time of day, for example ``03 h 12 HNE``; with its day when that is not clear."""
        if self.now is not None and abs(self.now - at) > _RECENT:
            return self.moment(at)
        return clock_time(self.words, at, self.zone)

    def moment(self, at: datetime) -> Inert:
        """Day and time."""
        return moment(self.words, at, self.zone)

    def seconds(self, at: datetime) -> str:
        """The time of day to the second, in the reader's zone."""
        return at.astimezone(self.zone).strftime("%H:%M:%S")

    def duration(self, seconds: float) -> Inert:
        return duration(self.words, max(0.0, seconds))

    def number(self, value: float) -> Inert:
        return number(self.words, value)

    def count(self, phrase: Plural, n: int) -> Inert:
        return count(self.words, phrase, n)

    def short(self, seconds: float) -> Inert:
        """A stretch of time of which milliseconds matter: ``0,035 s``, then as ``duration``."""
        if round(seconds, 3) >= 1:
            return self.duration(seconds)
        return Inert(f"{number(self.words, max(0.0, seconds), 3)}\u00a0{self.words.units[3]}")

    def say(self, phrase: str, **values: Inert) -> Inert:
        return say(phrase, **values)

    def post(self, text: str) -> Inert:
        """The whole of a post, lines kept."""
        return inert(Untrusted(text), MAX_POST)

    def line(self, text: str, limit: int = _LINE) -> Inert:
        """Somebody else's words on one line."""
        return inert_line(Untrusted(text), limit)

    def agreed(self, text: str) -> Inert:
        """A name or title of the playbook or the configuration on one line."""
        return agreed_line(text, _LINE)


def reader_of(language: ReaderLanguage, time_zone: str = "UTC", now: datetime | None = None) -> Reader:
    """A reader; UTC when the zone is unknown to this machine."""
    return Reader(language, zone_of(time_zone), now)


def iso(at: datetime) -> str:
    """An instant for the ``datetime`` attribute, which scripts read."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


@dataclass(frozen=True, slots=True)
class PostLink:
    """An address that may be opened: its host is shown, so that the reader sees where it leads."""

    url: str
    host: Inert


def post_link(url: str | None) -> PostLink | None:
    """The link to a post, None unless it is a plain http(s) address of a named host.

    Posts are hostile: no other scheme, no user name that poses as a host, nothing that is not printable ASCII.
    """
    if not url or not url.isprintable() or any(mark in url for mark in " \\\"'<>`"):
        return None
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
        shown = host if host.isascii() else idna.encode(host, uts46=True).decode("ascii")
    except (ValueError, idna.IDNAError):
        return None
    if parts.scheme not in {"http", "https"} or "." not in shown or "@" in parts.netloc:
        return None
    return PostLink(url, truncate(f"{shown}:{port}" if port else shown, _HOST))
