"""Dates of feeds: RFC 822 with its many deviations, French month names, ISO 8601. Pure."""

import calendar
import re
import time
from datetime import UTC, datetime, timedelta, timezone

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            ("jan", "january", "janv", "janvier"),
            ("feb", "february", "fév", "fev", "févr", "fevr", "février", "fevrier"),
            ("mar", "march", "mars"),
            ("apr", "april", "avr", "avril"),
            ("may", "mai"),
            ("jun", "june", "juin"),
            ("jul", "july", "juil", "juillet"),
            ("aug", "august", "août", "aout"),
            ("sep", "sept", "september", "septembre"),
            ("oct", "october", "octobre"),
            ("nov", "november", "novembre"),
            ("dec", "december", "déc", "décembre", "decembre"),
        ),
        start=1,
    )
    for name in names
}
# Hours ahead of UTC. Quebec writes HNE and HAE where English writes EST and EDT.
_ZONES = {
    "": 0.0, "z": 0.0, "ut": 0.0, "utc": 0.0, "gmt": 0.0, "wet": 0.0, "west": 1.0, "bst": 1.0, "cet": 1.0,
    "cest": 2.0, "eet": 2.0, "eest": 3.0, "est": -5.0, "edt": -4.0, "hne": -5.0, "hae": -4.0, "cst": -6.0,
    "cdt": -5.0, "hnc": -6.0, "hac": -5.0, "mst": -7.0, "mdt": -6.0, "pst": -8.0, "pdt": -7.0, "hnp": -8.0,
    "hap": -7.0, "ast": -4.0, "adt": -3.0, "nst": -3.5, "ndt": -2.5,
}  # fmt: skip
_WORDED = re.compile(
    r"(?:[^\W\d]+\.?,?\s+)?(\d{1,2})(?:er)?[\s-]+([^\W\d]+)\.?[\s-]+(\d{4}|\d{2})[,\s]+"
    r"(\d{1,2})[:h](\d{2})(?::(\d{2}))?\s*([A-Za-z]{1,5}|[+-]\d{2}:?\d{2})?\s*(?:\(.{0,40}\))?"
)


def parse_feed_date(text: str, parsed: time.struct_time | None = None) -> datetime | None:
    """The instant in ``text`` in UTC, or None. A date without a zone is taken as UTC.

    ``parsed`` is what another parser made of it (UTC), used when nothing here understands the text.
    """
    text = text.strip()[:100]
    for read in (_iso, _worded):
        try:
            moment = read(text)
            if moment is not None:
                return moment.astimezone(UTC)
        except (ValueError, OverflowError):
            continue
    try:
        return None if parsed is None else datetime.fromtimestamp(calendar.timegm(parsed), UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _iso(text: str) -> datetime | None:
    if len(text) < len("2026-03-14"):
        return None
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _worded(text: str) -> datetime | None:
    found = _WORDED.fullmatch(text)
    if found is None:
        return None
    day, month, year, hour, minute, second, zone = found.groups()
    number = _MONTHS.get(month.lower())
    offset = _offset(zone or "")
    if number is None or offset is None:
        return None
    full_year = int(year) + (2000 if len(year) == 2 else 0)
    return datetime(
        full_year, number, int(day), int(hour), int(minute), int(second or 0), tzinfo=timezone(offset)
    )


def _offset(zone: str) -> timedelta | None:
    if zone[:1] in {"+", "-"}:
        digits = zone[1:].replace(":", "")
        minutes = int(digits[:2]) * 60 + int(digits[2:])
        return timedelta(minutes=-minutes if zone[0] == "-" else minutes)
    hours = _ZONES.get(zone.lower())
    return None if hours is None else timedelta(hours=hours)
