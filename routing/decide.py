"""Whether a waiting message is still wanted, with a reason out of a closed list when it is not. Pure."""

from dataclasses import dataclass
from typing import Literal

from routing.desk import IncidentState
from routing.page import Transition

CancelReason = Literal["incident_gone", "resolved", "acknowledged", "superseded"]


@dataclass(frozen=True, slots=True)
class Standing:
    """How a message's incident and department stand now.

    ``round`` counts the starts of the department's chain; ``told_since`` is True when the same person has a
    message of a later round.
    """

    state: IncidentState
    acknowledged: bool
    round: int
    told_since: bool


def stop_reason(transition: Transition, round_: int, standing: Standing | None) -> CancelReason | None:
    """Why a message of this kind and round must not go any more; None: send it."""
    if standing is None:
        return "incident_gone"
    if standing.state == "resolved":
        return "resolved"
    informs = transition == "informed"
    if standing.acknowledged and not informs:
        return "acknowledged"
    # A lower state never follows a higher one. Who was only to be informed, and is not paged either, still is.
    superseded = round_ < standing.round and (not informs or standing.told_since)
    return "superseded" if superseded else None
