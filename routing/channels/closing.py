"""What a channel needs to know to follow an incident on the other side: one key for it, and how it ended.

A channel that can close what it opened also offers ``Closing``. The router calls it for each target and department
that was sent a page, at least once, and only when no page of the incident to that target is still being sent: an
alert system drops a resolution that overtakes its alert.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NamedTuple, Protocol, runtime_checkable

from monitor.records import Department, Severity, digest
from routing.message_compose import EXERCISE
from routing.outcome import Delivered, Outcome
from routing.page import Page, ReaderLanguage, Transition
from routing.untrusted import Inert, agreed_line
from routing.wording import clock_time, words_in, zone_of

Ending = Literal["acknowledged", "resolved"]

_NAME = 120
_LINES: Mapping[tuple[ReaderLanguage, Ending], str] = {
    ("fr", "acknowledged"): "Incident {label}\u00a0: réception accusée par {by} à {time}.",
    ("fr", "resolved"): "Incident {label}\u00a0: résolu par {by} à {time}.",
    ("en", "acknowledged"): "Incident {label}: acknowledged by {by} at {time}.",
    ("en", "resolved"): "Incident {label}: resolved by {by} at {time}.",
}


class Alert(NamedTuple):
    """One alert that an alert system was sent: how urgent, and in which round of its department's chain."""

    severity: Severity
    round: int = 0


@dataclass(frozen=True, slots=True)
class Answered:
    """Who acknowledged or resolved an incident, for one target and department that was paged about it.

    ``alerts`` are those of the pages that the target got (``alert_of``); ``thread`` is the
    ``Delivered.thread`` of the first of them; language and time zone are the paged person's.
    """

    incident: str
    incident_label: str
    cycle: int
    department: Department
    alerts: tuple[Alert, ...]
    by: str
    at: datetime
    thread: str = ""
    language: ReaderLanguage = "en"
    time_zone: str = "UTC"
    exercise: bool = False


@runtime_checkable
class Closing(Protocol):
    """A channel that tells the other side how an incident went on. Like ``send``: never raises, safe to repeat."""

    async def acknowledged(self, answered: Answered) -> Outcome: ...

    async def resolved(self, answered: Answered) -> Outcome: ...


def severity_sent(severity: Severity, transition: Transition) -> Severity:
    """How urgent a page is to whoever gets it: what is only for information wakes nobody."""
    return "info" if transition == "informed" else severity


def alert_of(severity: Severity, transition: Transition, round_: int) -> Alert:
    """The alert that a page belongs to."""
    return Alert(severity_sent(severity, transition), round_)


def alert_key(incident: str, cycle: int, department: Department, alert: Alert) -> str:
    """The key under which an alert system folds repeats: at most 40 characters, nothing of a post in it.

    A material change has a key of its own: folded into the older alert it would wake nobody.
    """
    return f"tocsin-{digest(incident, str(cycle), department, alert.severity, str(alert.round))}"


def alert_key_of(page: Page) -> str:
    """The alert key of a page."""
    alert = alert_of(page.severity, page.transition, page.round)
    return alert_key(page.incident, page.cycle, page.department, alert)


def alert_keys_of(answered: Answered) -> tuple[str, ...]:
    """The alert keys of everything that a target was paged about."""
    return tuple(
        alert_key(answered.incident, answered.cycle, answered.department, alert) for alert in answered.alerts
    )


def ticket_key(incident: str, cycle: int) -> str:
    """The key of an incident's one ticket, whoever was paged: at most 40 characters."""
    return f"tocsin-{digest(incident, str(cycle))}"


def ending_line(answered: Answered, ending: Ending) -> Inert:
    """One sentence that tells how the incident went on, in the reader's language."""
    marked = f"{EXERCISE} · " if answered.exercise else ""
    return Inert(
        marked
        + _LINES[answered.language, ending].format(
            label=agreed_line(answered.incident_label, _NAME),
            by=agreed_line(answered.by, _NAME),
            time=clock_time(words_in(answered.language), answered.at, zone_of(answered.time_zone)),
        )
    )


def worst_of(outcomes: Iterable[Outcome]) -> Outcome:
    """The first outcome that is no success; ``Delivered`` when there is none."""
    return next((one for one in outcomes if not isinstance(one, Delivered)), Delivered())
