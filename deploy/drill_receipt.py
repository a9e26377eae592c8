"""What a drill showed: each page, how long it took, who answered and when. Pure."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Literal

from monitor.records import Department
from routing.desk import IncidentView, MessageView

Verdict = Literal["acknowledged", "page_failed", "nobody_acknowledged", "nothing_moves"]
EXITS: dict[Verdict, int] = {
    "acknowledged": 0,
    "page_failed": 1,
    "nobody_acknowledged": 1,
    "nothing_moves": 3,
}
_SAID: dict[Verdict, str] = {
    "acknowledged": "good: somebody acknowledged in time and no page failed",
    "page_failed": "a page failed: mend the target that its line names, then drill again",
    "nobody_acknowledged": "nobody acknowledged in time",
    "nothing_moves": "nothing moved: is a router running on this database?",
}


@dataclass(frozen=True, slots=True)
class PageLine:
    """One page. ``seconds`` from the start of the drill until the channel took it; None: it did not."""

    person: str
    target: str
    channel: str
    step: int
    state: str
    seconds: float | None
    attempts: int
    reason: str


@dataclass(frozen=True, slots=True)
class Receipt:
    """A drill as it stands. ``acknowledged_after_s`` counts from its start."""

    incident: str
    department: Department
    clause: str
    severity: str
    state: str
    pages: tuple[PageLine, ...]
    acknowledged_by: str
    acknowledged_after_s: float | None

    @property
    def moves(self) -> bool:
        """Whether a router has taken up any page."""
        return any(page.attempts > 0 or page.state != "pending" for page in self.pages)


def receipt_of(view: IncidentView, department: Department, started: datetime) -> Receipt:
    """The receipt of a drill that began at ``started`` (aware)."""
    track = next((one for one in view.tracks if one.department == department), None)
    answered = track.acknowledged_at if track else None
    return Receipt(
        incident=view.label,
        department=department,
        clause=track.clause.id if track else "",
        severity=view.severity,
        state=view.state,
        pages=tuple(_line(message, started) for message in view.messages),
        acknowledged_by=track.acknowledged_by if track else "",
        acknowledged_after_s=None if answered is None else _seconds(started, answered),
    )


def verdict_of(receipt: Receipt | None) -> Verdict:
    """What the drill showed when it was over; None: the incident never came to be."""
    if receipt is None:
        return "nothing_moves"
    if any(page.state == "failed" for page in receipt.pages):
        return "page_failed"
    if receipt.acknowledged_after_s is not None:
        return "acknowledged"
    return "nobody_acknowledged" if receipt.moves else "nothing_moves"


def as_json(receipt: Receipt | None, verdict: Verdict) -> dict[str, Any]:
    """The receipt for scripts."""
    return {"kind": "drill", "verdict": verdict, **(asdict(receipt) if receipt else {})}


def as_text(receipt: Receipt | None, verdict: Verdict) -> str:
    """The receipt for people, a line for each page."""
    lines = [] if receipt is None else [_head(receipt), *(page_text(page) for page in receipt.pages)]
    if receipt is not None and receipt.acknowledged_after_s is not None:
        after = f"{receipt.acknowledged_after_s:.1f} s"
        lines.append(f"  acknowledged by {receipt.acknowledged_by} after {after}")
    return "\n".join([*lines, _SAID[verdict]])


def page_text(page: PageLine) -> str:
    """One page on one line."""
    took = "not sent" if page.seconds is None else f"{page.seconds:.1f} s"
    why = f" ({page.reason})" if page.reason else ""
    return f"  step {page.step + 1}  {page.person}  {page.channel} {page.target}  {page.state}  {took}{why}"


def _head(receipt: Receipt) -> str:
    what = f"{receipt.department}, {receipt.severity}, clause {receipt.clause}"
    return f"EXERCISE / EXERCICE {receipt.incident}: {what}, now {receipt.state}"


def _line(message: MessageView, started: datetime) -> PageLine:
    took = None if message.sent_at is None else _seconds(started, message.sent_at)
    return PageLine(
        message.person,
        message.target,
        message.channel,
        message.step,
        message.state,
        took,
        message.attempts,
        message.reason,
    )


def _seconds(start: datetime, end: datetime) -> float:
    return max(0.0, round((end - start).total_seconds(), 3))
