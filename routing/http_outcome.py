"""What an HTTP status means for a page, where the channel has no rule of its own."""

import math
from collections.abc import Iterable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import parse_qsl, urlsplit

from routing.http import Answer
from routing.outcome import Ambiguous, DeadTarget, Outcome, RejectedPayload, RetryLater
from routing.untrusted import clean, one_line, truncate

_EXCERPT = 300
_TELLING = 8  # characters; shorter parts of a URL are words such as "api"
_LEAST_S, _MOST_S = 1.0, 900.0
_DEAD = frozenset({401, 402, 403, 404, 405, 407, 410})
_LATER = frozenset({408, 425, 429, 503})


def outcome_of_status(answer: Answer, now: datetime, reason: str) -> Outcome | None:
    """The outcome of a status that is no success; None for 2xx. ``reason`` is shown to people: no secrets."""
    status = answer.status
    if 200 <= status < 300:
        return None
    if status in _LATER:
        return RetryLater(reason, retry_after_s(answer.headers.get("retry-after", ""), now))
    if status in _DEAD:
        return DeadTarget(reason)
    if status >= 500:
        return Ambiguous(reason)
    return RejectedPayload(reason)


def retry_after_s(value: str, now: datetime) -> float:
    """Seconds from a Retry-After of whole or decimal seconds or an HTTP date, within 1 s to 15 min.

    Unreadable gives 1 s: the router's own back-off then decides.
    """
    try:
        seconds = float(value)
    except ValueError:
        seconds = _until(value, now)
    if not math.isfinite(seconds):
        return _LEAST_S
    return min(max(seconds, _LEAST_S), _MOST_S)


def _until(date: str, now: datetime) -> float:
    try:
        moment = parsedate_to_datetime(date)
    except (ValueError, TypeError, OverflowError):
        return _LEAST_S
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return (moment - now).total_seconds()


def url_secrets(url: str) -> tuple[str, ...]:
    """What must not be shown of a URL that is a credential: all of it, and each longer part of path and query."""
    parts = urlsplit(url)
    pieces = [*parts.path.split("/"), *(value for _, value in parse_qsl(parts.query))]
    path = parts.path + (f"?{parts.query}" if parts.query else "")
    return (url, path.strip("/"), *(piece for piece in pieces if len(piece) >= _TELLING))


def describe(answer: Answer, secrets: Iterable[str]) -> str:
    """The status and the beginning of the body, made harmless, with every secret taken out."""
    text = answer.body[: 8 * _EXCERPT].decode("utf-8", "replace")
    for secret in secrets:
        if secret:
            text = text.replace(secret, "[secret]")
    return f"HTTP {answer.status} {truncate(one_line(clean(text)), _EXCERPT)}".rstrip()
