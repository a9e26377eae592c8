"""Times as JSON sources write them: RFC 3339 with any fraction, with an offset, or with no zone at all. Pure."""

from datetime import UTC, datetime

from monitor.records import to_utc

_LONGEST = 64  # characters; an honest time has about 30


def iso_time(value: object) -> datetime | None:
    """The instant in UTC, or None when ``value`` is none. A time without a zone counts as UTC."""
    if not isinstance(value, str) or len(value) > _LONGEST:
        return None
    try:
        moment = datetime.fromisoformat(value.strip())
        return to_utc(moment if moment.tzinfo else moment.replace(tzinfo=UTC))
    except ValueError:
        return None
