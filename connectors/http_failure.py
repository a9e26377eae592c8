"""What a failed request means: which error it is, whether asking again at once can help, and its metric label."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import httpx

from connectors.http_retry import clamp_wait, parse_retry_after, read_budget
from connectors.pinned import RefusedAddress
from monitor.errors import (
    InvalidPayload,
    RateLimited,
    RefuseToStart,
    TocsinError,
    TransientError,
    Unavailable,
)

FailureReason = Literal[
    "rate_limited", "server_error", "client_error", "unauthorized", "timeout", "connection",
    "refused_address", "redirect", "payload",
]  # fmt: skip

_RETRIED = frozenset({429, 500, 502, 503, 504})


@dataclass(frozen=True, slots=True)
class Failure:
    """A request that gave no answer to use."""

    error: TocsinError
    reason: FailureReason
    retry: bool

    @property
    def after_s(self) -> float | None:
        return self.error.after_s if isinstance(self.error, TransientError) else None


def where(url: httpx.URL | str) -> str:
    """Host and path of an address, cut short: what errors and logs may say. Never the query nor user info."""
    try:
        parsed = httpx.URL(url)
    except (httpx.InvalidURL, TypeError):
        return "(not a web address)"
    port = f":{parsed.port}" if parsed.port else ""
    return f"{parsed.host}{port}{parsed.path}"[:200]


def of_status(response: httpx.Response, place: str, now: datetime, *, with_key: bool) -> Failure:
    """The failure that an answer's status means. ``with_key``: the request carried an Authorization header."""
    status = response.status_code
    after_s = parse_retry_after(response.headers.get("retry-after"), now)
    if status == 429:
        wait = after_s or read_budget(response.headers, now).reset_s
        said = f" and says to wait {wait:.0f} s" if wait else ""
        return Failure(
            RateLimited(f"{place}: asked too often (429){said}", after_s=wait), "rate_limited", True
        )
    if status in _RETRIED:
        error = Unavailable(f"{place}: the server answered {status}", after_s=after_s)
        return Failure(error, "server_error", True)
    if with_key and (status == 401 or (status == 403 and _is_json(response))):
        message = f"{place}: the key or token was refused ({status}): renew it, or give it the right to read"
        return Failure(RefuseToStart(message), "unauthorized", False)
    error = Unavailable(f"{place}: the server answered {status}", after_s=after_s)
    return Failure(error, "client_error", False)


def of_exception(error: Exception, place: str) -> Failure:
    """The failure that an exception of the transport means, worded without the request's secrets."""
    if isinstance(error, RefusedAddress):
        return Failure(error, "refused_address", False)
    if isinstance(error, TocsinError):
        reason: FailureReason = "payload" if isinstance(error, InvalidPayload) else "connection"
        return Failure(error, reason, isinstance(error, Unavailable))
    if isinstance(error, TimeoutError | httpx.TimeoutException):
        return Failure(Unavailable(f"{place}: no whole answer in time"), "timeout", True)
    if isinstance(error, httpx.UnsupportedProtocol | httpx.InvalidURL):
        return Failure(Unavailable(f"{place}: not an http or https address"), "redirect", False)
    return Failure(
        Unavailable(f"{place}: the connection failed ({type(error).__name__})"), "connection", True
    )


def bad_redirect(place: str, why: str) -> Failure:
    """A redirect that is not followed."""
    return Failure(Unavailable(f"{place}: {why}"), "redirect", False)


def held_back(place: str, seconds: float) -> Failure:
    """The source's own budget is spent: nothing is asked before it starts anew."""
    wait = clamp_wait(seconds)
    return Failure(
        RateLimited(f"{place}: the source's budget is spent for {wait:.0f} s", after_s=wait),
        "rate_limited",
        True,
    )


def _is_json(response: httpx.Response) -> bool:
    return "json" in response.headers.get("content-type", "").lower()
