"""What a person gets when paged, as data: each channel renders it in its own markup, in the reader's language."""

from typing import Literal

from monitor.records import (
    Count,
    Department,
    Id,
    PlaybookRef,
    Reading,
    Record,
    Severity,
    ShortText,
    Story,
    Trace,
    Url,
    UtcTime,
)
from routing.page_summary import Summary
from routing.shared_clause import SharedClause

ReaderLanguage = Literal["fr", "en"]
# Why a page goes: a department's first, again because of a material change, a further step, or only to inform.
Transition = Literal[
    "opened",
    "raised",
    "grown",
    "press",
    "regulator",
    "revived",
    "reopened",
    "escalated",
    "reminder",
    "informed",
]
# These start the department's chain; all but the first page people again.
STARTS: tuple[Transition, ...] = ("opened", "raised", "grown", "press", "regulator", "revived", "reopened")


class OtherPaged(Record):
    """Somebody else who was told of the same incident."""

    department: Department
    person: ShortText  # display name from the directory, for example "Legal on-call"
    at: UtcTime | None = None  # None: not sent yet
    acknowledged: bool = False


class Receipt(Record):
    """Where each second went: the post was created, fetched, judged, its page queued; the sender adds "sent"."""

    created_at: UtcTime
    fetched_at: UtcTime
    read_at: UtcTime
    found_at: UtcTime
    queued_at: UtcTime
    sent_at: UtcTime | None = None


class WaysToAnswer(Record):
    """How this reader may answer besides the link; each is empty where it is not configured. As secret as the link."""

    slack: ShortText = ""  # value of the message's buttons
    sms_code: ShortText = ""  # to send back in a text message
    voice_url: Url = ""  # what a key pressed in a call is told to
    status_url: Url = ""  # what became of a text message or call is told to
    email: ShortText = ""  # address that a reply goes to


class Page(Record):
    """One message to one person about one incident."""

    id: Id  # of the outbox row: the same on every retry, new on a new transition
    incident: Id
    incident_label: ShortText  # short name that people say, for example "T-42"
    cycle: Count  # grows each time the incident is opened again
    round: Count = 0  # of its department's chain: a material change starts the next
    sequence: Count  # transitions of the incident in order: a lower one is never sent after a higher one
    transition: Transition
    department: Department
    severity: Severity
    brand: Id
    brand_name: ShortText
    person: Id
    person_name: ShortText
    language: ReaderLanguage
    time_zone: ShortText = "UTC"
    clause: SharedClause
    ladder_step: Count = 0  # index into clause.ladder: the measure agreed for now
    playbook: PlaybookRef
    story: Story
    reading: Reading
    trace: Trace
    step: Count  # 0-based step of the escalation chain that this page belongs to
    steps: Count  # length of the chain
    escalates_at: UtcTime | None = None  # when the next step goes unless somebody acknowledges
    others: tuple[OtherPaged, ...] = ()
    link: Url = ""  # personal, signed, expiring; empty where the person need not act
    receipt: Receipt
    possible_duplicate: bool = False
    summary: Summary | None = None  # other incidents that this message tells of too
    missing: tuple[Department, ...] = ()  # still to answer, where several departments were paged
    one_is_enough: bool = False  # one answer of those in ``missing`` stops the chains of all
    shared: bool = False  # to a room that several people read
    kind: Literal["real", "drill", "canary"] = "real"
    answer: WaysToAnswer = WaysToAnswer()
    continues: ShortText = (
        ""  # label of the incident that this one reopens (cycle > 0) or was split from (cycle 0)
    )
    legal_note_waits: bool = False  # only for people of legal; the note itself stands on their own page alone
