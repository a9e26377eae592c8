"""What the demonstration came to, as JSON: one object per page, and the summary. Pure."""

import statistics
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from deploy.demo.fates import not_paged
from deploy.demo.noting import Notes
from deploy.pipeline import Tally
from monitor.playbook import Playbook
from monitor.records import Trace
from routing.console.timings import first_message
from routing.desk import IncidentView, MessageView, TrackView

Json = dict[str, Any]

QUERY = "query "  # how the trace of a query begins; its saw holds the words of the post


def sent_messages(views: Iterable[IncidentView]) -> Iterator[tuple[IncidentView, TrackView, MessageView]]:
    """Every message that left, with its incident and its department's part in it, in order of sending."""
    found = [
        (view, track, message)
        for view in views
        for message in view.messages
        for track in view.tracks
        if message.state == "sent" and message.department == track.department
    ]
    yield from sorted(found, key=lambda one: one[2].sent_at or one[2].queued_at)


def page_json(view: IncidentView, track: TrackView, message: MessageView) -> Json:
    """A page as scripts read it. Times are seconds; ``step`` counts from 1; ``why`` holds what was asked and seen."""
    sent = message.sent_at or message.queued_at
    mention = track.reading.mention
    return {
        "kind": "page",
        "department": message.department,
        "severity": track.severity,
        "clause": track.clause.id,
        "incident": view.label,
        "channel": message.channel,
        "person": message.person,
        "transition": message.transition,
        "step": message.step + 1,
        "source": mention.source,
        "language": track.reading.language,
        "seconds_from_post": round((sent - mention.created_at).total_seconds(), 3),
        "seconds_from_seen": round((sent - mention.fetched_at).total_seconds(), 3),
        "title": track.clause.title.model_dump(),
        "why": [f"{one.condition}: {one.saw}" if one.saw else one.condition for one in reasons(track.trace)],
    }


def reasons(trace: Trace) -> Iterator[Trace]:
    """What held, without what only joins or excludes: the leaves of a condition's trace that made it fire."""
    if not trace.held:
        return
    held = [part for part in trace.parts if part.held]
    if trace.condition.startswith(QUERY):
        yield trace
        return
    if not held and trace.condition != "not":
        yield trace
    for part in held:
        yield from reasons(part)


def _seconds_from_seen(views: Sequence[IncidentView]) -> Iterator[float]:
    for view in views:
        for track in view.tracks:
            message = first_message(view, track) if track.paged else None
            if message is not None and message.sent_at is not None:
                yield (message.sent_at - track.reading.mention.fetched_at).total_seconds()


def summary_json(views: Sequence[IncidentView], tally: Tally, notes: Notes, playbook: Playbook) -> Json:
    """The last object. ``pages`` counts what asks for an answer, ``informed`` what does not.

    ``p50_s`` and ``p99_s`` are seconds from a post being seen to its page being sent, over the first page about
    what each department was last paged for: an escalation waits on purpose. ``posts_that_paged`` counts those posts;
    with ``not_paged`` they add up to ``mentions``.
    """
    sent = [page_json(*one) for one in sent_messages(views)]
    pages = [page for page in sent if page["transition"] != "informed"]
    seconds = sorted(_seconds_from_seen(views))
    tracks = [track for view in views for track in view.tracks if track.paged]
    triggers = frozenset(track.reading.id for track in tracks)
    return {
        "kind": "summary",
        "mentions": tally.mentions,
        "sources": dict(sorted(notes.sources.items())),
        "of_no_brand": tally.of_no_brand,
        "readings": tally.readings,
        "stories": tally.stories,
        "findings": tally.findings,
        "incidents": len(views),
        "pages": len(pages),
        "escalated": sum(page["transition"] == "escalated" for page in pages),
        "acknowledged": sum(track.acknowledged_at is not None for track in tracks),
        "informed": len(sent) - len(pages),
        "posts_that_paged": len(triggers),
        "not_paged": not_paged(
            tally.mentions, tally.of_no_brand, tally.readings, notes.judge.notes, triggers
        ),
        "set_aside": tally.rejected,
        "p50_s": round(statistics.median(seconds), 3) if seconds else None,
        "p99_s": round(seconds[min(len(seconds) - 1, int(len(seconds) * 0.99))], 3) if seconds else None,
        "playbook": playbook.ref.model_dump(),
    }
