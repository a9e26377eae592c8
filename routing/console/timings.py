"""Where each second went between a post and its page, and the figures over many pages. Pure."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from routing.desk import IncidentView, MessageView, TrackView

CLOCKS_APART = timedelta(seconds=30)  # between the machine that found and the one that sends


@dataclass(frozen=True, slots=True)
class Hop:
    """One stretch of the way. ``seconds`` None: it has not been reached yet; negative: the source's clock is ahead."""

    name: str
    at: datetime | None
    seconds: float | None


def first_message(view: IncidentView, track: TrackView, person: str | None = None) -> MessageView | None:
    """The first message that the track's finding led to (to ``person`` when given), sent ones before others.

    A message says not which finding it is about, so the ones queued nearest to the finding are taken.
    """
    of_it = [
        message
        for message in view.messages
        if message.department == track.department
        and message.queued_at >= track.found_at - CLOCKS_APART
        and (person is None or message.person == person)
    ]
    nearest = min((abs(one.queued_at - track.found_at) for one in of_it), default=None)
    together = [one for one in of_it if abs(one.queued_at - track.found_at) == nearest]
    return min(together, key=lambda one: (one.sent_at is None, one.sent_at or one.queued_at), default=None)


def hops_of(track: TrackView, message: MessageView | None, names: Sequence[str]) -> tuple[Hop, ...]:
    """Post, fetch, reading, finding, queue, sending: ``names`` in that order, then the acknowledgement."""
    mention = track.reading.mention
    times = (
        mention.created_at,
        mention.fetched_at,
        track.reading.read_at,
        track.found_at,
        message.queued_at if message else None,
        message.sent_at if message else None,
    )
    hops = [Hop(names[0], times[0], None)]
    before = times[0]
    for name, at in zip(names[1:], times[1:], strict=False):
        hops.append(Hop(name, at, None if at is None else (at - before).total_seconds()))
        before = at or before
    if track.acknowledged_at is not None:
        hops.append(Hop(names[-1], track.acknowledged_at, (track.acknowledged_at - before).total_seconds()))
    return tuple(hops)


def seconds_to_first_page(views: Iterable[IncidentView]) -> list[float]:
    """Seconds from the post to the first page about it, for every department that was paged; sorted."""
    found = []
    for view in views:
        for track in view.tracks:
            message = first_message(view, track) if track.paged else None
            if message is not None and message.sent_at is not None:
                found.append(max(0.0, (message.sent_at - track.reading.mention.created_at).total_seconds()))
    return sorted(found)


def quantile(ordered: Sequence[float], share: float) -> float | None:
    """The smallest value that at least ``share`` of the sorted values do not exceed; None of nothing."""
    if not ordered:
        return None
    return ordered[max(0, math.ceil(len(ordered) * share) - 1)]
