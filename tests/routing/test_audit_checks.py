"""What stands still is found, what moves is not: one example of each side of every limit."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.audit_checks import (
    CHECKS,
    CanarySeen,
    Check,
    ClosingSeen,
    MessageSeen,
    Snapshot,
    TimerSeen,
    problems_of,
)
from tests.routing.scenes import START

WELL = Snapshot(now=START, router_looked=START)
MESSAGE = MessageSeen("T-1 legal-1", "pending", "warning", START, START, None, None, "")
CLOSING = ClosingSeen("T-1 legal-1", "pending", START, None)


def ago(seconds: float) -> timedelta:
    return timedelta(seconds=seconds)


def timer(late_s: float, *, ended: bool = False) -> Snapshot:
    one = TimerSeen("T-1 legal", None if ended else START - ago(late_s), ended, START - ago(late_s))
    return replace(WELL, timers=(one,))


def message(**changes: Any) -> Snapshot:
    return replace(WELL, messages=(replace(MESSAGE, **changes),))


def closing(**changes: Any) -> Snapshot:
    return replace(WELL, closings=(replace(CLOSING, **changes),))


STANDS_STILL: tuple[tuple[Check, Snapshot], ...] = (
    ("timer_overdue", timer(61)),
    ("lease_expired", message(state="sending", lease_until=START - ago(31))),
    ("lease_expired", message(state="sending", lease_until=None)),
    ("pending_overdue", message(due_at=START - ago(121))),
    ("result_missing", message(state="sent", sent_at=None)),
    ("result_missing", message(state="failed", reason="")),
    ("possibly_lost", message(state="ambiguous", queued_at=START - ago(901))),
    ("chain_stopped", timer(61, ended=True)),
    ("nobody_told", replace(WELL, untold=(("T-1", START - ago(61)),))),
    ("closing_stuck", closing(due_at=START - ago(301))),
    ("closing_stuck", closing(state="sending", lease_until=START - ago(31))),
    ("no_channel", replace(WELL, unreachable=(("legal-oncall", "legal-week"),))),
    ("router_silent", replace(WELL, router_looked=START - ago(61))),
    ("router_silent", replace(WELL, router_looked=None)),
    ("canary_late", replace(WELL, canary=CanarySeen(ago(60), START - ago(241)))),
    ("history_broken", replace(WELL, broken=(("T-1", "changed at entry 2"),))),
)
MOVES = (
    WELL,
    timer(60),
    timer(60, ended=True),
    message(state="sending", lease_until=START - ago(30)),
    message(due_at=START - ago(120)),
    message(due_at=START - ago(9_000), target_pauses=True),
    message(state="sent", sent_at=START),
    message(state="failed", reason="gone"),
    message(state="ambiguous", queued_at=START - ago(900)),
    message(state="ambiguous", severity="info", queued_at=START - ago(9_000)),
    replace(WELL, untold=(("T-1", START - ago(60)),)),
    closing(due_at=START - ago(300)),
    closing(due_at=START - ago(9_000), target_pauses=True),
    replace(WELL, router_looked=START - ago(60)),
    replace(WELL, canary=CanarySeen(ago(60), START - ago(240))),
)


@pytest.mark.parametrize(("check", "seen"), STANDS_STILL)
def test_what_stands_still_is_found(check: Check, seen: Snapshot) -> None:
    assert [one.check for one in problems_of(seen)] == [check]


@pytest.mark.parametrize("seen", MOVES)
def test_what_moves_is_not(seen: Snapshot) -> None:
    assert problems_of(seen) == ()


def test_every_check_of_the_tables_has_its_example() -> None:
    assert {check for check, _ in STANDS_STILL} == set(CHECKS) - {"database_away"}


@given(st.lists(st.integers(0, 9_000), max_size=8), st.integers(0, 9_000))
def test_time_alone_never_mends_anything(late: list[int], later: int) -> None:
    messages = tuple(replace(MESSAGE, subject=f"T-{n}", due_at=START - ago(s)) for n, s in enumerate(late))
    seen = replace(WELL, messages=messages)
    before = {one.subject for one in problems_of(seen)}
    after = {one.subject for one in problems_of(replace(seen, now=START + ago(later)))}
    assert before <= after
