"""The words of a page in the reader's language: phrases from its catalogue, numbers and times by CLDR."""

from datetime import datetime
from typing import Literal
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_skeleton, format_time, get_timezone_name
from babel.numbers import format_decimal, format_percent

from routing.page import ReaderLanguage
from routing.untrusted import Inert
from routing.wording_en import ENGLISH
from routing.wording_fr import FRENCH
from routing.wording_model import Plural, Words


def words_in(language: ReaderLanguage) -> Words:
    """The catalogue of a language."""
    return FRENCH if language == "fr" else ENGLISH


def say(phrase: str, **values: Inert) -> Inert:
    """A phrase of the catalogue with its places filled by harmless text."""
    return Inert(phrase.format(**values))


def number(words: Words, value: float, decimals: int = 1) -> Inert:
    """A number as the language writes it, at most ``decimals`` decimals."""
    return Inert(format_decimal(round(value, decimals), locale=words.locale))


def percent(words: Words, share: float) -> Inert:
    """A share (0 to 1) as whole percents."""
    return Inert(format_percent(round(share, 2), locale=words.locale))


def count(words: Words, phrase: Plural, n: int) -> Inert:
    """``n`` things, in the singular or the plural that the language asks for (French: 0 is singular)."""
    form = Locale.parse(words.locale).plural_form(n)
    return say(phrase.one if form == "one" else phrase.other, n=number(words, n))


def zone_of(name: str) -> ZoneInfo:
    """The person's time zone; UTC when the name is unknown to this machine."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return ZoneInfo("UTC")


def clock_time(words: Words, at: datetime, zone: ZoneInfo) -> Inert:
    """The time of day with its zone, for example ``03 h 12 HNE``; no line break can part it."""
    time = format_time(at, "short", tzinfo=zone, locale=words.locale)
    return Inert(f"{time} {_zone_name(words, at, zone)}".replace(" ", "\u00a0"))


def moment(words: Words, at: datetime, zone: ZoneInfo) -> Inert:
    """Day and time with the zone, for example ``mer. 25 nov. 2026, 03 h 12 HNE``."""
    day = format_skeleton("yMMMEd", at.astimezone(zone), tzinfo=zone, locale=words.locale)
    return Inert(f"{day}, {clock_time(words, at, zone)}")


def _zone_name(words: Words, at: datetime, zone: ZoneInfo) -> str:
    width: tuple[Literal["short"], Literal["long"]] = ("short", "long")
    short, long = (get_timezone_name(at.astimezone(zone), one, locale=words.locale) for one in width)
    return long if short.startswith(("+", "-")) else short


def duration(words: Words, seconds: float) -> Inert:
    """A length of time in its two largest units: ``12,4 s``, ``3 min 5 s``, ``2 h 10 min``, ``4 j 3 h``."""
    day, hour, minute, second = words.units
    if round(seconds, 1) < 60:
        return Inert(f"{number(words, seconds)}\u00a0{second}")
    whole = round(seconds)
    sizes = ((86_400, day), (3_600, hour), (60, minute), (1, second))
    first = next(i for i, (size, _) in enumerate(sizes) if whole >= size)
    parts: list[str] = []
    for size, unit in sizes[first : first + 2]:
        amount, whole = divmod(whole, size)
        if amount:
            parts.append(f"{number(words, amount)}\u00a0{unit}")
    return Inert(" ".join(parts))
