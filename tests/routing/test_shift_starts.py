"""Which shifts have just started, and who hears when their person cannot be reached."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.policy_settings import DepartmentSettings
from routing.schedule_settings import OverrideSettings
from routing.settings import RoutingSettings
from routing.shift_starts import ShiftStart, others_to_tell, shift_starts
from tests.routing.scenes import SECRET, START, settings
from tests.routing.test_rotation_steps import rotation

HOUR = timedelta(hours=1)
FOUR = START + HOUR  # turns change every hour; it-lead has the one at START


@pytest.fixture(autouse=True)
def _secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOCSIN_LINK_SECRET", SECRET)


def two_in_turns(*people: str) -> RoutingSettings:
    return settings().model_copy(update={"rotations": (rotation(*(people or ("it-oncall", "it-lead"))),)})


def test_a_shift_starts_once_and_says_until_when() -> None:
    ours = two_in_turns()
    starts = (ShiftStart("round", "it-oncall", FOUR, FOUR + HOUR),)
    assert shift_starts(ours, FOUR - timedelta(seconds=30), FOUR) == starts
    assert shift_starts(ours, FOUR - timedelta(seconds=1), FOUR + timedelta(seconds=29)) == starts
    assert shift_starts(ours, FOUR, FOUR + timedelta(seconds=30)) == ()


def test_after_a_long_absence_only_what_still_runs_has_started() -> None:
    found = shift_starts(two_in_turns(), FOUR - 9 * HOUR, FOUR + timedelta(minutes=5))
    assert [(one.person, one.start) for one in found] == [("it-oncall", FOUR)]


def test_a_further_turn_of_the_same_person_is_no_start() -> None:
    ours = two_in_turns("it-lead", "it-oncall", "it-oncall")
    found = [
        one
        for number in range(6)
        for one in shift_starts(ours, START + number * HOUR, START + (number + 1) * HOUR)
    ]
    lengths = {(one.person, one.until - one.start) for one in found}
    assert lengths == {("it-lead", HOUR), ("it-oncall", 2 * HOUR)}


def test_an_override_starts_a_shift_and_so_does_its_end() -> None:
    ours = two_in_turns()
    away = OverrideSettings.model_validate(
        {"person": "duty", "start": START + HOUR / 4, "end": START + HOUR / 2}
    )
    ours = ours.model_copy(
        update={"rotations": (ours.rotations[0].model_copy(update={"overrides": (away,)}),)}
    )
    found = [
        one.person
        for minute in range(59)
        for one in shift_starts(
            ours, START + timedelta(minutes=minute), START + timedelta(minutes=minute + 1)
        )
    ]
    assert found == ["duty", "it-lead"]


@given(st.lists(st.integers(1, 5_000), min_size=1, max_size=12))
def test_whenever_it_is_looked_no_start_is_seen_twice(steps: list[int]) -> None:
    ours, now = two_in_turns(), START
    seen: list[tuple[str, datetime]] = []
    for seconds in steps:
        since, now = now, now + timedelta(seconds=seconds)
        seen += [(one.person, one.start) for one in shift_starts(ours, since, now)]
    assert len(seen) == len(set(seen))
    assert all(start > START for _, start in seen)


def test_the_next_in_the_rotation_hears_first_then_later_steps_then_the_last_resort() -> None:
    ours = two_in_turns()
    chain = [{"rotations": ["round"], "wait": 300}, {"people": ["comms-lead"], "wait": 300}]
    ours.departments["comms"] = DepartmentSettings.model_validate({"chain": chain, "repeat": 0})
    (start,) = shift_starts(ours, FOUR - HOUR / 2, FOUR)
    assert others_to_tell(ours, start, FOUR) == ("it-lead", "comms-lead", "duty")
