"""The order of the console, its figures, and where the seconds went."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from monitor.records import Severity
from routing.console.board import Board, board_of, main_track, measure_now, pages_sent
from routing.console.boards import common_zone
from routing.console.timings import first_message, hops_of, quantile, seconds_to_first_page
from routing.desk import IncidentState, IncidentView, MessageView, TrackView
from tests.routing.console.site import leak
from tests.routing.scenes import START, settings

NAMES = ("posted", "fetched", "read", "judged", "queued", "sent", "acknowledged")


def track(*, paged: bool = True, next_in: float | None = 300, severity: Severity = "warning") -> TrackView:
    one = leak()
    return TrackView(
        department="comms",
        severity=severity,
        clause=one.clause,
        playbook=one.playbook,
        reading=one.reading,
        trace=one.trace,
        found_at=START,
        paged=paged,
        step=0,
        steps=3,
        next_step_at=None if next_in is None else START + timedelta(seconds=next_in),
    )


def message(sent_after: float | None = 0.4, **changes: object) -> MessageView:
    values: dict[str, object] = {
        "id": "m",
        "department": "comms",
        "person": "comms-oncall",
        "person_name": "Comms on-call",
        "target": "t",
        "channel": "terminal",
        "transition": "opened",
        "step": 0,
        "state": "pending" if sent_after is None else "sent",
        "queued_at": START + timedelta(seconds=0.1),
        "due_at": START,
        "sent_at": None if sent_after is None else START + timedelta(seconds=sent_after),
    }
    return MessageView.model_validate({**values, **changes})


def view(
    number: int,
    *tracks: TrackView,
    state: IncidentState = "open",
    severity: Severity = "warning",
    messages: tuple[MessageView, ...] = (),
) -> IncidentView:
    return IncidentView(
        id=str(number),
        label=f"T-{number}",
        cycle=0,
        brand="veloria",
        brand_name="Véloria",
        state=state,
        severity=severity,
        opened_at=START,
        updated_at=START + timedelta(seconds=number),
        story=leak().story,
        tracks=tracks,
        messages=messages,
    )


def labels(board: Board) -> dict[str, list[str]]:
    return {group: [one.label for one in views] for group, views in board.groups}


def test_the_most_urgent_comes_first() -> None:
    views = [
        view(1, track(next_in=500)),
        view(2, track(next_in=20)),
        view(3, track(next_in=None), severity="critical"),
        view(4, track(), state="acknowledged"),
        view(5, track(paged=False)),
        view(6, track(), state="resolved"),
        view(7, track(), state="resolved"),
    ]
    board = board_of(views, {"mentions": 9, "sources": 4, "rejected": 1})
    assert labels(board) == {
        "open": ["T-3", "T-2", "T-1"],
        "acknowledged": ["T-4"],
        "informed": ["T-5"],
        "resolved": ["T-7", "T-6"],
    }
    assert board.counts == {"open": 3, "acknowledged": 1, "informed": 1, "resolved": 2}
    assert board.stages == (("mentions", 9), ("incidents", 7), ("pages", 0))
    assert board.aside == (("rejected", 1),)


def test_only_pages_that_went_out_are_counted() -> None:
    told = (message(), message(None), message(transition="informed"), message(transition="escalated"))
    assert pages_sent(view(1, track(), messages=told)) == 2


def test_the_most_severe_part_gives_the_title() -> None:
    assert main_track(view(1)) is None
    worst = track(severity="critical")
    assert main_track(view(1, track(), worst, track(paged=False))) is worst
    assert measure_now(track().model_copy(update={"ladder_step": 99})).measure == "reply"


def test_every_second_between_post_and_page_is_accounted_for() -> None:
    one = track().model_copy(update={"acknowledged_at": START + timedelta(seconds=61)})
    hops = hops_of(one, message(), NAMES)
    assert [hop.name for hop in hops] == list(NAMES)
    seconds = [round(hop.seconds, 3) for hop in hops if hop.seconds is not None]
    assert seconds == [2.1, 0.4, 0.1, 0.1, 0.3, 60.6]
    assert seconds_to_first_page([view(1, one, messages=(message(),))]) == [pytest.approx(3.0)]


def test_what_has_not_happened_yet_has_no_seconds() -> None:
    assert [hop.seconds for hop in hops_of(track(), None, NAMES)][4:] == [None, None]
    assert seconds_to_first_page([view(1, track(), messages=(message(None),))]) == []


def test_messages_about_an_earlier_finding_do_not_count() -> None:
    early = message(queued_at=START - timedelta(minutes=5), sent_at=START - timedelta(minutes=5))
    assert first_message(view(1, track(), messages=(early,)), track()) is None
    other = message(person="comms-lead", sent_at=START + timedelta(seconds=2))
    both = view(1, track(), messages=(message(3), other))
    assert first_message(both, track()) == other
    assert first_message(both, track(), "comms-oncall") == message(3)


def test_machines_whose_clocks_differ_a_little() -> None:
    behind = message(queued_at=START - timedelta(seconds=4), sent_at=START - timedelta(seconds=3))
    assert first_message(view(1, track(), messages=(behind,)), track()) == behind
    raised = message(1.0, transition="raised")  # nearer to the finding than the page before it
    assert first_message(view(1, track(), messages=(behind, raised)), track()) == raised


@examples(deadline=None)
@given(st.lists(st.floats(0, 1e6), min_size=1), st.floats(0.01, 1))
def test_a_quantile_is_a_value_that_enough_do_not_exceed(values: list[float], share: float) -> None:
    ordered = sorted(values)
    found = quantile(ordered, share)
    assert found in ordered
    assert sum(value <= found for value in ordered) >= len(ordered) * share - 1e-9
    assert quantile([], share) is None


def test_the_console_keeps_the_time_of_most_people() -> None:
    people = settings().people
    moved = [one.model_copy(update={"time_zone": "America/Montreal"}) for one in people[:5]]
    assert common_zone([*moved, *people[5:]]) == "America/Montreal"
