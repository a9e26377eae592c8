"""Whether a waiting message is still wanted."""

import pytest

from routing.decide import CancelReason, Standing, stop_reason
from routing.desk import IncidentState
from routing.page import Transition


def standing(
    state: IncidentState = "open", *, acknowledged: bool = False, round_: int = 0, told_since: bool = False
) -> Standing:
    return Standing(state, acknowledged, round_, told_since)


@pytest.mark.parametrize(
    ("transition", "now", "reason"),
    [
        ("opened", standing(), None),
        ("opened", None, "incident_gone"),
        ("opened", standing("resolved"), "resolved"),
        ("informed", standing("resolved"), "resolved"),
        ("escalated", standing(acknowledged=True), "acknowledged"),
        ("informed", standing(acknowledged=True), None),
        ("opened", standing(round_=1), "superseded"),
        ("raised", standing(round_=1, told_since=True), "superseded"),
        ("informed", standing(round_=1), None),
        ("informed", standing(round_=1, told_since=True), "superseded"),
    ],
)
def test_the_reason(transition: Transition, now: Standing | None, reason: CancelReason | None) -> None:
    assert stop_reason(transition, 0, now) == reason


def test_the_present_round_goes() -> None:
    assert stop_reason("raised", 2, standing(round_=2, told_since=False)) is None
