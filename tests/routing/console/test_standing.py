"""How an incident stands for the holder of a link, and what a tap is answered with."""

from datetime import timedelta

import pytest

from routing.console.reader import reader_of
from routing.console.standing import (
    Action,
    StandingKind,
    answer_says,
    standing_of,
    standing_says,
    successor_of,
)
from routing.desk import AckResult, IncidentState, IncidentView
from routing.links import LinkClaims
from routing.untrusted import Inert
from tests.routing.console.test_board import track, view
from tests.routing.scenes import START

CLAIMS = LinkClaims("1", 0, "comms", "comms-oncall", 0, START + timedelta(hours=1))
T = reader_of("en")


def acknowledged(by: str) -> IncidentView:
    one = track().model_copy(update={"acknowledged_at": START, "acknowledged_by": by})
    return view(1, one, state="acknowledged")


def closed(by: str = "Legal on-call") -> IncidentView:
    return view(1, track(), state="resolved").model_copy(update={"resolved_by": by, "resolved_at": START})


@pytest.mark.parametrize(
    ("one", "kind", "says", "may"),
    [
        (view(1, track()), "unanswered", "", (True, True)),
        (acknowledged("Comms on-call"), "mine", "You have been on it since 3:00", (False, True)),
        (acknowledged("Comms lead"), "others", "Comms lead has been on it", (False, True)),
        (view(1, track(paged=False)), "informed", "nothing for you to do", (False, False)),
        (view(1), "informed", "nothing for you to do", (False, False)),
        (closed(), "closed", "T-1 is closed: Legal on-call, 3:00", (False, False)),
        (closed(""), "closed", "T-1 is closed: somebody, 3:00", (False, False)),
        (view(1, track()).model_copy(update={"cycle": 1}), "old_cycle", "", (False, False)),
    ],
)
def test_where_the_reader_stands(
    one: IncidentView, kind: StandingKind, says: str, may: tuple[bool, bool]
) -> None:
    standing = standing_of(one, CLAIMS, "Comms on-call")
    assert standing.kind == kind
    assert says in standing_says(standing, one, T)
    assert (standing.may_acknowledge, standing.may_close) == may


@pytest.mark.parametrize(
    ("action", "result", "state", "says"),
    [
        ("acknowledge", AckResult(outcome="done", by="X", at=START), "acknowledged", "Noted at 3:00"),
        (
            "acknowledge",
            AckResult(outcome="already", by="X", at=START),
            "acknowledged",
            "X has been on it since",
        ),
        (
            "acknowledge",
            AckResult(outcome="resolved", by="X", at=START),
            "resolved",
            "closed already: X, 3:00",
        ),
        ("acknowledge", AckResult(outcome="not_found"), "open", ""),
        ("acknowledge", AckResult(outcome="old_cycle"), "open", ""),
        ("resolve", AckResult(outcome="done", by="X", at=START), "resolved", "T-1 was closed at 3:00"),
        ("resolve", AckResult(outcome="already", by="X", at=START), "resolved", "closed already: X, 3:00"),
    ],
)
def test_what_a_tap_is_answered_with(
    action: Action, result: AckResult, state: IncidentState, says: str
) -> None:
    one = view(1, track(), state=state)
    said = answer_says(action, result, one, Inert("Communications"), T)
    assert says in said.replace("\u202f", " ").replace("\u00a0", " ")
    assert bool(said) is bool(says)


def test_the_story_goes_on_in_the_newest_later_incident() -> None:
    first = closed()
    later = [view(n, track()).model_copy(update={"cycle": n}) for n in (1, 3, 2)]
    stranger = view(9, track()).model_copy(
        update={"cycle": 9, "story": first.story.model_copy(update={"id": "another"})}
    )
    found = successor_of(first, [first, *later, stranger])
    assert found is not None
    assert found.label == "T-3"
    assert successor_of(first, [first, stranger]) is None
