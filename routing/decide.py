"""Whether a waiting message is still wanted, with a reason out of a closed list when it is not. Pure."""

from dataclasses import dataclass
from typing import Literal

from routing.desk import IncidentState
from routing.page import Transition

CancelReason = Literal[
    "incident_gone", "resolved", "acknowledged", "superseded", "paged_meanwhile", "merged", "split"
]


@dataclass(frozen=True, slots=True)
class Standing:
    """How a message's incident and department stand now.

    ``round`` counts the starts of the department's chain; ``told_since`` is True when the same person has a
    message of a later round; ``paged_meanwhile`` when somebody who was only to be informed has been paged since.
    """

    state: IncidentState
    acknowledged: bool
    round: int
    told_since: bool
    paged_meanwhile: bool = False


def stop_reason(transition: Transition, round_: int, standing: Standing | None) -> CancelReason | None:
    """Why a message of this kind and round must not go any more; None: send it."""
    if standing is None:
        return "incident_gone"
    if standing.state == "resolved":
        return "resolved"
    informs = transition == "informed"
    if transition == "reminder":  # of an acknowledgement: of no use once that was withdrawn
        return None if standing.acknowledged and round_ == standing.round else "superseded"
    if standing.acknowledged and not informs:
        return "acknowledged"
    if informs and standing.paged_meanwhile:
        return "paged_meanwhile"
    # A lower state never follows a higher one. Who was only to be informed, and is not paged either, still is.
    superseded = round_ < standing.round and (not informs or standing.told_since)
    return "superseded" if superseded else None
