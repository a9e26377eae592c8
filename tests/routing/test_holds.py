"""Why a message waits: silences, inhibition and a person's own wishes, as rules without a database."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from monitor.records import DEPARTMENTS, SEVERITIES
from routing.holds import Context, Hold, Waiting, hold_of
from routing.inhibit import InhibitSettings, Paged
from routing.person_settings import PersonSettings
from routing.silences import Silence, covers
from tests.routing.scenes import START

HOUR = timedelta(hours=1)
PAGE = Paged("i", "comms", "veloria", "story", "warning", "data-leak")


def person(**changes: Any) -> PersonSettings:
    data: dict[str, Any] = {"id": "a", "name": "A", "targets": [{"kind": "terminal", "name": "one"}]}
    return PersonSettings.model_validate({**data, **changes})


def silence(**changes: Any) -> Silence:
    values: dict[str, Any] = {
        "number": 1,
        "brand": "veloria",
        "story": "story",
        "department": None,
        "clause": None,
        "up_to": "warning",
        "author": "Comms Lead",
        "reason": "known",
        "starts_at": START,
        "ends_at": START + HOUR,
    }
    return Silence(**{**values, **changes})


pages = st.builds(
    Paged,
    incident=st.sampled_from("ij"),
    department=st.sampled_from(DEPARTMENTS),
    brand=st.sampled_from(("veloria", "other")),
    story=st.sampled_from(("story", "other")),
    severity=st.sampled_from(SEVERITIES),
    clause=st.sampled_from(("data-leak", "boycott")),
)


@given(page=pages, up_to=st.sampled_from(SEVERITIES), seconds=st.integers(-7_200, 7_200))
def test_a_silence_covers_its_story_its_time_and_its_severity_only(
    page: Paged, up_to: Any, seconds: int
) -> None:
    """S13: no silence can match everything."""
    now = START + timedelta(seconds=seconds)
    if covers(silence(up_to=up_to), page, now):
        assert (page.brand, page.story) == ("veloria", "story")
        assert SEVERITIES.index(page.severity) <= SEVERITIES.index(up_to)
        assert START <= now < START + HOUR


def test_a_silence_of_a_department_or_clause_leaves_the_others_alone() -> None:
    assert covers(silence(department="comms", clause="data-leak"), PAGE, START)
    assert not covers(silence(department="legal"), PAGE, START)
    assert not covers(silence(clause="boycott"), PAGE, START)


RULE = InhibitSettings.model_validate({"when": {}, "hold": {"severity": ["warning", "info"]}})


@given(page=pages, inhibitors=st.lists(pages, max_size=4), seconds=st.integers(0, 10_000))
def test_inhibition_ends_never_holds_critical_and_nothing_holds_itself(
    page: Paged, inhibitors: list[Paged], seconds: int
) -> None:
    """prometheus/alertmanager#1017, #1873: an alert inhibited itself."""
    context = Context(rules=(RULE,), inhibitors=tuple(inhibitors))
    hold = hold_of(Waiting(page, None, "opened", START), context, START + timedelta(seconds=seconds))
    if hold is None:
        return
    assert page.severity != "critical"
    assert seconds < RULE.longest.total_seconds()
    if hold.reason == "inhibited":
        others = [
            one for one in inhibitors if (one.incident, one.department) != (page.incident, page.department)
        ]
        assert any(one.severity == "critical" and one.brand == page.brand for one in others)


def test_a_rule_that_could_hold_back_what_holds_it_back_is_refused() -> None:
    with pytest.raises(ValidationError, match="raise when"):
        InhibitSettings.model_validate({"when": {"severity": "warning"}, "hold": {"severity": ["warning"]}})


ALL_NIGHT = [{"from": "00:00", "to": "08:00"}]


def test_quiet_hours_let_critical_pages_pass() -> None:
    sleeper = person(quiet=ALL_NIGHT)
    morning = START.replace(hour=8)
    warned = hold_of(Waiting(PAGE, sleeper, "opened", START), Context(), START)
    assert warned == Hold("quiet_hours", morning)
    critical = Paged("i", "comms", "veloria", "story", "critical", "data-leak")
    assert hold_of(Waiting(critical, sleeper, "opened", START), Context(), START) is None
    informed = hold_of(Waiting(critical, sleeper, "informed", START), Context(), START)
    assert informed == Hold("quiet_hours", morning)  # what only informs wakes nobody


def test_a_digest_holds_only_what_informs() -> None:
    reader = person(digest="hourly")
    assert hold_of(Waiting(PAGE, reader, "opened", START), Context(), START) is None
    held = hold_of(Waiting(PAGE, reader, "informed", START), Context(), START)
    assert held == Hold("digest", START + HOUR)
    assert hold_of(Waiting(PAGE, reader, "informed", START), Context(), START + HOUR) is None


TWO = [{"kind": "terminal", "name": "one"}, {"kind": "terminal", "name": "two"}]


def test_targets_by_severity_and_every_target_for_a_critical_page() -> None:
    both = person(targets=TWO, by_severity={"critical": ["two"], "warning": ["two"]})
    names = {
        severity: [target.name for target in both.targets_for(severity, "opened")] for severity in SEVERITIES
    }
    assert names == {"info": ["one", "two"], "warning": ["two"], "critical": ["two", "one"]}
    assert [target.name for target in both.targets_for("critical", "informed")] == ["one", "two"]


@pytest.mark.parametrize(
    ("changes", "mend"),
    [
        ({"by_severity": {"critical": ["three"]}}, "name one of: one, two"),
        ({"by_severity": {"critical": ["one", "one"]}}, "twice"),
        ({"quiet": [{"from": "00:00", "to": "24:00"}]}, "leave some"),
    ],
)
def test_preferences_that_cannot_be_kept_are_refused(changes: dict[str, Any], mend: str) -> None:
    with pytest.raises(ValidationError, match=mend):
        person(targets=TWO, **changes)
