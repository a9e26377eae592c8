"""What the live console shows: incidents in the order of their urgency, and the figures of every stage. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from monitor.records import SEVERITIES, LadderStep
from routing.console.timings import quantile, seconds_to_first_page
from routing.desk import IncidentView, TrackView

LIMIT = 100  # incidents read for the console
MAX_CLOSED = 20  # closed ones shown
STAGES = ("mentions", "readings", "stories", "findings")
ASIDE = ("of_no_brand", "rejected")  # what left the way before its end
Group = Literal["open", "acknowledged", "informed", "resolved"]
GROUPS: tuple[Group, ...] = ("open", "acknowledged", "informed", "resolved")
_FAR = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Board:
    """Everything on the console at one moment."""

    groups: tuple[tuple[Group, tuple[IncidentView, ...]], ...]
    stages: tuple[tuple[str, int], ...]
    aside: tuple[tuple[str, int], ...]
    counts: Mapping[Group, int]
    p50_s: float | None
    p99_s: float | None
    maybe_more: bool  # as many incidents as were asked for: there may be older ones


def board_of(views: Sequence[IncidentView], counters: Mapping[str, int]) -> Board:
    """The console for the newest incidents and this process's counters (those it knows of)."""
    groups = tuple((group, tuple(view for view in views if group_of(view) == group)) for group in GROUPS)
    seconds = seconds_to_first_page(views)
    return Board(
        groups=tuple((group, _by_urgency(group, found)) for group, found in groups),
        stages=(
            *_known(counters, STAGES),
            ("incidents", len(views)),
            ("pages", sum(pages_sent(view) for view in views)),
        ),
        aside=_known(counters, ASIDE),
        counts={group: len(found) for group, found in groups},
        p50_s=quantile(seconds, 0.5),
        p99_s=quantile(seconds, 0.99),
        maybe_more=len(views) >= LIMIT,
    )


def _known(counters: Mapping[str, int], names: Sequence[str]) -> tuple[tuple[str, int], ...]:
    return tuple((name, counters[name]) for name in names if name in counters)


def group_of(view: IncidentView) -> Group:
    """Where an incident stands on the console. An open one that pages nobody waits for no answer."""
    if view.state == "open" and not any(track.paged for track in view.tracks):
        return "informed"
    return view.state


def _by_urgency(group: Group, found: Sequence[IncidentView]) -> tuple[IncidentView, ...]:
    if group == "resolved":
        return tuple(sorted(found, key=lambda view: view.updated_at, reverse=True)[:MAX_CLOSED])
    return tuple(sorted(found, key=lambda view: (-SEVERITIES.index(view.severity), _next_step(view))))


def _next_step(view: IncidentView) -> datetime:
    return min((track.next_step_at for track in view.tracks if track.next_step_at is not None), default=_FAR)


def pages_sent(view: IncidentView) -> int:
    """Pages that went out; what was only told for information does not count."""
    return sum(message.state == "sent" and message.transition != "informed" for message in view.messages)


def main_track(view: IncidentView) -> TrackView | None:
    """The most severe part: it gives the incident its title."""
    return max(view.tracks, key=lambda one: (SEVERITIES.index(one.severity), one.paged), default=None)


def measure_now(track: TrackView) -> LadderStep:
    """The measure of the agreed ladder that is to be done now."""
    return track.clause.ladder[min(track.ladder_step, len(track.clause.ladder) - 1)]
