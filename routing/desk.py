"""What the pages, the command line and scripts may ask of the router."""

from typing import Literal, Protocol

from pydantic import Field

from monitor.records import (
    Count,
    Department,
    Id,
    Localized,
    PlaybookRef,
    Reading,
    Record,
    Severity,
    ShortText,
    Story,
    Trace,
    UtcTime,
)
from routing.shared_clause import SharedClause

IncidentState = Literal["open", "acknowledged", "resolved"]
# "bundled": told as a line of another message.
# "ambiguous": possibly delivered, and not sent again. What is tried again is "pending" and gives its reason.
MessageState = Literal["pending", "sending", "ambiguous", "sent", "failed", "cancelled", "bundled"]
Via = Literal["link", "console", "command_line", "slack", "pagerduty", "sms", "voice", "email", "router"]


class MessageView(Record):
    """One message to one person, as the outbox has it."""

    id: Id
    department: Department
    person: Id
    person_name: ShortText
    target: ShortText
    channel: ShortText
    transition: ShortText
    round: Count = 0  # of its department's chain: a material change starts the next
    step: Count
    state: MessageState
    reason: ShortText = ""  # why it failed, waits or was cancelled
    queued_at: UtcTime
    due_at: UtcTime
    sent_at: UtcTime | None = None
    attempts: Count = 0
    hold: ShortText = ""  # why it is held back until ``due_at``, out of a closed list; empty: it is not


class TrackView(Record):
    """One department's part in an incident: its clause, its chain, its acknowledgement."""

    department: Department
    severity: Severity
    clause: SharedClause
    has_legal_note: bool = Field(default=False, exclude=True)  # not told to whoever reads the JSON
    playbook: PlaybookRef
    reading: Reading  # the reading that made the clause fire
    trace: Trace
    found_at: UtcTime
    paged: bool  # False: only informed
    step: Count
    steps: Count
    next_step_at: UtcTime | None = None
    acknowledged_at: UtcTime | None = None
    acknowledged_by: ShortText = ""
    ladder_step: Count = 0
    quorum: Literal["each", "any"] = "each"
    story: Story | None = None  # when it is another one than the incident shows: several were merged


class HistoryEntry(Record):
    """Something that happened to an incident, in the words of a closed list."""

    at: UtcTime
    what: ShortText  # for example "opened", "paged", "escalated", "acknowledged", "resolved"
    department: Department | None = None
    who: ShortText = ""
    detail: ShortText = ""


class SilenceView(Record):
    """A silence of an incident's story that nobody has ended early; it holds until ``until``."""

    label: ShortText
    department: Department | None = None
    clause: ShortText = ""
    up_to: Severity
    author: ShortText
    reason: ShortText
    until: UtcTime


class SilenceWish(Record):
    """What somebody asks to silence. ``up_to`` None: the severity that the incident has now."""

    person: Id
    reason: ShortText
    until: UtcTime
    department: Department | None = None
    clause: Id | None = None
    up_to: Severity | None = None


class Refused(ValueError):
    """A silence that cannot be made; the text says why and what to do instead."""


class IncidentView(Record):
    """An incident as people see it."""

    id: Id
    label: ShortText
    cycle: Count
    brand: Id
    brand_name: ShortText
    state: IncidentState
    severity: Severity
    opened_at: UtcTime
    updated_at: UtcTime
    resolved_at: UtcTime | None = None
    resolved_by: ShortText = ""
    story: Story
    kind: Literal["real", "drill", "canary"] = "real"
    continues: ShortText = ""  # label of the incident that this one reopens, or was split from
    merged_into: ShortText = ""  # label
    merged_id: ShortText = ""  # id of the same
    stories: tuple[ShortText, ...] = ()  # ids of those that it holds now
    silences: tuple[SilenceView, ...] = ()
    tracks: tuple[TrackView, ...]
    messages: tuple[MessageView, ...] = ()
    history: tuple[HistoryEntry, ...] = ()


class AckResult(Record):
    """What an acknowledgement or a resolution did.

    ``already``: somebody did the same before. ``resolved``: an acknowledgement came after the incident was
    resolved. Both name who did it and when.
    """

    outcome: Literal["done", "already", "resolved", "old_cycle", "not_found"]
    by: ShortText = ""
    at: UtcTime | None = None


class ChangeResult(Record):
    """What a merge, a split or a severity set by hand did. ``why`` says why not, and what to do instead.

    ``incident`` is the label of the incident where things are now.
    """

    outcome: Literal["done", "already", "refused", "not_found"]
    why: ShortText = ""
    incident: ShortText = ""


class Desk(Protocol):
    """The router's counter. Every change is one transaction, idempotent, and recorded with person and way."""

    async def incidents(self, *, limit: int = 50) -> tuple[IncidentView, ...]: ...

    async def incident(self, incident: str) -> IncidentView | None: ...

    async def acknowledge(
        self, incident: str, cycle: int, department: Department, person: str, via: Via
    ) -> AckResult: ...

    async def resolve(self, incident: str, cycle: int, person: str, via: Via) -> AckResult: ...

    async def silence(self, incident: str, wish: SilenceWish) -> SilenceView:
        """Silence an incident's story. Raises Refused, which says what to do instead."""
        ...

    async def end_silence(self, number: int, person: str) -> bool: ...

    async def legal_notes(self, incident: str, person: str) -> tuple[Localized, ...]:
        """Notes of legal on the clauses of the incident; none for whoever is not of legal."""
        ...


class Rearranging(Protocol):
    """What else people may change by hand. Ids of incidents; unknown people are refused."""

    async def merge(self, source: str, into: str, person: str) -> ChangeResult: ...

    async def split(self, incident: str, story: str, person: str) -> ChangeResult: ...

    async def set_severity(self, incident: str, severity: Severity, person: str) -> ChangeResult: ...
