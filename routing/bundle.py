"""Which of the messages that wait for one target go now, alone or together as one summary. Pure.

Nothing is ever dropped: what does not go alone is carried by another message, or held until the cap allows more.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from monitor.records import Severity
from routing.caps import CRITICAL_WAIT, Caps, free_at, free_slots
from routing.holds import Hold
from routing.page import Transition

LATE = timedelta(seconds=15)  # due for longer: the target was away, or the router was
FEW = 4  # so many late ones still go one by one


@dataclass(frozen=True, slots=True)
class Due:
    """A message that may go now; ``hold`` is why it waited until now, empty when it did not."""

    id: str
    incident: str
    severity: Severity
    transition: Transition
    queued_at: datetime
    due_at: datetime
    hold: str = ""

    @property
    def is_urgent(self) -> bool:
        return self.severity == "critical" and self.transition != "informed"


Group = tuple[Due, ...]  # the first one is sent and carries the others


@dataclass(frozen=True, slots=True)
class Allotment:
    """What goes now, and what the cap holds back. The rest stays as it is, for the next look."""

    go: tuple[Group, ...] = ()
    held: tuple[tuple[Due, Hold], ...] = ()


def allot(
    waiting: Sequence[Due], room: int, caps: Caps, sent: Sequence[datetime], now: datetime
) -> Allotment:
    """``waiting`` has the most urgent first; ``sent`` is when earlier messages went to the same target."""
    groups = _groups(waiting, now)
    free = free_slots(caps, sent, now)
    if free == 0 and groups:
        if not any(one.is_urgent and one.queued_at + CRITICAL_WAIT <= now for one in waiting):
            return Allotment(held=_held(waiting, free_at(caps, sent, now)))
        free = 1  # a critical page has waited long enough: it goes now, and everything with it
    if free is not None and len(groups) > free:
        last = [one for group in groups[free - 1 :] for one in group]
        groups = [*groups[: free - 1], _led(last)]
    go: list[Group] = []
    incidents: set[str] = set()
    for group in groups:
        if len(go) < room and group[0].incident not in incidents:
            go.append(group)
            incidents.add(group[0].incident)
    return Allotment(go=tuple(go))


def _groups(waiting: Sequence[Due], now: datetime) -> list[Group]:
    digest = [one for one in waiting if one.hold == "digest"]
    capped = [one for one in waiting if one.hold == "noise_cap"]
    backlog = [
        one
        for one in waiting
        if one.hold not in {"digest", "noise_cap"} and (one.hold or one.due_at <= now - LATE)
    ]
    together = capped + (backlog if capped or len(backlog) > FEW else [])
    apart = {one.id for one in (*digest, *together)}
    groups = [_led(some) for some in (digest, together) if some]
    groups += [(one,) for one in waiting if one.id not in apart]
    place = {one.id: number for number, one in enumerate(waiting)}
    return sorted(groups, key=lambda group: place[group[0].id])


def _led(some: Sequence[Due]) -> Group:
    """The most urgent one carries the others; what only informs carries no page."""
    first = next((one for one in some if one.transition != "informed"), some[0])
    return (first, *(one for one in some if one.id != first.id))


def _held(waiting: Sequence[Due], until: datetime) -> tuple[tuple[Due, Hold], ...]:
    return tuple(
        (one, Hold("noise_cap", min(until, one.queued_at + CRITICAL_WAIT) if one.is_urgent else until))
        for one in waiting
    )
