"""The people of the demonstration: all answer after a moment, except the one who sleeps. Pure."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from deploy.demo.settings import SLEEPER
from monitor.records import Department
from routing.desk import IncidentView


@dataclass(frozen=True, slots=True)
class Answer:
    """Who takes which incident, for which department."""

    incident: str
    cycle: int
    department: Department
    person: str


def answers(views: Iterable[IncidentView], now: datetime, delay: timedelta) -> Iterator[Answer]:
    """The answers that are due: ``delay`` after the page was sent to somebody who is awake."""
    for view in views:
        for track in view.tracks:
            if not track.paged or track.acknowledged_at is not None:
                continue
            for message in view.messages:
                is_page = message.department == track.department and message.transition != "informed"
                if (
                    is_page
                    and message.sent_at
                    and now - message.sent_at >= delay
                    and message.person != SLEEPER
                ):
                    yield Answer(view.id, view.cycle, track.department, message.person)
                    break


def is_anybody_waited_for(views: Iterable[IncidentView]) -> bool:
    """Whether a page is still unanswered."""
    return any(track.paged and track.acknowledged_at is None for view in views for track in view.tracks)
