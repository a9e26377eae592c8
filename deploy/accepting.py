"""Findings into the router: one that the router cannot take must not take its neighbours with it."""

import logging
from collections.abc import Awaitable, Callable, Sequence

from monitor.batches import BadItem
from monitor.codec import encode
from monitor.errors import StopError, TransientError
from monitor.records import Finding

log = logging.getLogger(__name__)

Accept = Callable[[Sequence[Finding]], Awaitable[None]]


async def accept_each(accept: Accept, findings: Sequence[Finding]) -> list[BadItem]:
    """Hand findings over together or, when that fails, one by one; those that fail alone are returned.

    Safe because the router knows every finding by its id. Raises TransientError and StopError as they come.
    """
    try:
        await accept(findings)
    except (TransientError, StopError):
        raise
    except Exception as error:
        if len(findings) == 1:
            log.exception("the router cannot take the finding %s", findings[0].id)
            return [BadItem("route_failed", f"{type(error).__name__}: {error}", encode(findings[0]))]
        log.warning("the router takes %d findings one by one (%s)", len(findings), type(error).__name__)
        return [bad for one in findings for bad in await accept_each(accept, [one])]
    return []
