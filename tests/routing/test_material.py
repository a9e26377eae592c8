"""What is worth waking a department again."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.fired import reach_tier
from monitor.records import SEVERITIES, AuthorKind, Finding, Severity
from routing.material import TRANSITIONS, agreed_less, material_change, with_severity
from routing.page import STARTS
from tests.routing.scenes import finding

KINDS: tuple[AuthorKind, ...] = ("public", "press", "regulator", "brand", "bot")


def found(
    severity: Severity = "warning",
    *,
    reach: int = 0,
    kinds: tuple[AuthorKind, ...] = (),
    revivals: int = 0,
    first: str = "bluesky:1",
    clause: str = "a",
) -> Finding:
    one = finding(severity=severity, first=first, clause=clause)
    figures = {"reach": reach, "author_kinds": kinds, "revivals": revivals}
    return one.model_copy(update={"story": one.story.model_copy(update=figures)})


findings = st.builds(
    found,
    st.sampled_from(SEVERITIES),
    reach=st.integers(0, 10**8),
    kinds=st.sets(st.sampled_from(KINDS)).map(lambda kinds: tuple(sorted(kinds))),
    revivals=st.integers(0, 3),
    first=st.sampled_from(["bluesky:1", "bluesky:2"]),
    clause=st.sampled_from(["a", "b"]),
)


@pytest.mark.parametrize(
    ("after", "change"),
    [
        (found("critical"), "severity_up"),
        (found(reach=10_000), "reach_tier"),
        (found(kinds=("press",)), "press"),
        (found(kinds=("press", "regulator")), "regulator"),
        (found(revivals=1), "revived"),
        (found(reach=9_999, kinds=("bot", "brand", "public")), None),
        (found("info"), None),
        (found(clause="b"), None),
    ],
)
def test_each_change_has_its_name(after: Finding, change: str | None) -> None:
    assert material_change(found(), after) == change


@given(findings)
def test_a_department_that_was_not_paged_is_new_and_one_that_knows_all_is_left_alone(one: Finding) -> None:
    assert material_change(None, one) == "new_department"
    assert material_change(one, one, same_story=one) is None


@given(findings, findings)
def test_there_is_a_change_when_something_got_worse_and_never_otherwise(
    before: Finding, after: Finding
) -> None:
    got_worse = (
        SEVERITIES.index(after.clause.severity) > SEVERITIES.index(before.clause.severity)
        or {"press", "regulator"} & set(after.story.author_kinds) - set(before.story.author_kinds)
        or reach_tier(after.story.reach) > reach_tier(before.story.reach)
        or (after.story.id == before.story.id and after.story.revivals > before.story.revivals)
    )
    assert (material_change(before, after) is not None) == bool(got_worse)


@given(findings, findings)
def test_severity_comes_first_and_a_finding_never_pages_twice(before: Finding, after: Finding) -> None:
    change = material_change(before, after)
    if SEVERITIES.index(after.clause.severity) > SEVERITIES.index(before.clause.severity):
        assert change == "severity_up"
    assert material_change(after, after) is None


def test_another_story_of_the_incident_revives_by_its_own_count() -> None:
    before, after = found(), found(first="bluesky:2", revivals=1)
    assert material_change(before, after) is None
    assert material_change(before, after, same_story=found(first="bluesky:2")) == "revived"
    assert material_change(before, after, same_story=after) is None


def test_every_change_starts_a_chain() -> None:
    assert set(TRANSITIONS.values()) <= set(STARTS)


@given(findings, findings)
def test_only_the_same_clause_falls(before: Finding, after: Finding) -> None:
    if agreed_less(before, after):
        assert before.clause.id == after.clause.id
        assert material_change(before, with_severity(after, before.clause.severity)) != "severity_up"
        assert not agreed_less(after, before)
