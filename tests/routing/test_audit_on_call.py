"""Whoever is on call has a channel that works, or is found: from the first instant of their shift."""

from datetime import timedelta

import pytest

from routing.audit_on_call import unreachable, works
from routing.breaker import TargetHealth
from tests.routing.scenes import SECRET, START, settings
from tests.routing.test_rotation_steps import rotation

FAILS = TargetHealth(failures=2)
PAUSES = TargetHealth(paused_until=START + timedelta(seconds=1))


@pytest.mark.parametrize(
    ("health", "expected"),
    [
        (None, True),
        (TargetHealth(failures=1), True),
        (FAILS, False),
        (PAUSES, False),
        (TargetHealth(paused_until=START), True),
    ],
)
def test_what_can_be_counted_on(health: TargetHealth | None, expected: bool) -> None:
    assert works(health, START) is expected


def test_one_target_that_works_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOCSIN_LINK_SECRET", SECRET)
    ours = settings().model_copy(
        update={"rotations": (rotation("it-oncall", "it-lead"),)}
    )  # it-lead at START
    assert unreachable(ours, {}, START) == ()
    assert unreachable(ours, {"it-lead-1": FAILS}, START) == ()
    assert unreachable(ours, {"it-lead-1": FAILS, "it-lead-2": PAUSES}, START) == (("it-lead", "round"),)


def test_it_is_asked_of_whoever_is_on_call_now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOCSIN_LINK_SECRET", SECRET)
    ours = settings().model_copy(update={"rotations": (rotation("it-oncall", "it-lead"),)})
    dead = {"it-oncall-1": FAILS, "it-oncall-2": FAILS}
    shift_start = START + timedelta(hours=1)
    assert unreachable(ours, dead, shift_start - timedelta(microseconds=1)) == ()
    assert unreachable(ours, dead, shift_start) == (("it-oncall", "round"),)
    assert unreachable(ours, dead, shift_start + timedelta(hours=1)) == ()
