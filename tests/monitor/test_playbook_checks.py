"""The rules of a playbook beyond its form."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.playbook_checks import playbook_problems
from monitor.records import MEASURES, Measure
from monitor.yaml_document import load_document
from tests.monitor.playbook_text import SMALL


def found(text: str, known: list[str] | None = None) -> list[str]:
    return [str(problem) for problem in playbook_problems(load_document("p.yaml", text), known)]


def test_a_good_playbook_breaks_no_rule() -> None:
    assert found(SMALL, ["veloria", "other"]) == []


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (
            "    page: [it, legal]\n    inform: [comms]\n",
            "",
            [
                "p.yaml:4:5: clauses[0]: the clause tells nobody (add page: or inform: with some of comms, legal, it)"
            ],
        ),
        (
            "    page: [it, legal]\n",
            "",
            [
                (
                    "p.yaml:7:15: clauses[0].severity: a critical clause pages nobody"
                    " (add page:, or lower the severity)"
                )
            ],
        ),
        (
            "inform: [comms]",
            "inform: [comms, it]",
            [
                (
                    "p.yaml:9:21: clauses[0].inform[1]: it is told twice"
                    " (name a department once, under page: or inform:)"
                )
            ],
        ),
        (
            "    page: [it, legal]\n",
            "    page: [it]\n    acknowledge: any\n",
            [
                (
                    "p.yaml:9:18: clauses[0].acknowledge: any answer is enough, but fewer than two departments"
                    " are paged (add departments under page:, or drop the line)"
                )
            ],
        ),
        ("    page: [it, legal]\n", "    page: [it, legal]\n    acknowledge: any\n", []),
        (
            "measure: observe",
            "measure: legal_action",
            [
                (
                    "p.yaml:17:9: clauses[0].ladder[0]: legal_action needs the approval of legal"
                    " (add approval: legal)"
                )
            ],
        ),
        (
            "measure: legal_action",
            "measure: formal_notice",
            [],
        ),
    ],
)
def test_a_broken_rule_is_shown_at_its_place(before: str, after: str, expected: list[str]) -> None:
    assert before in SMALL
    assert found(SMALL.replace(before, after, 1)) == expected


def test_a_ladder_never_goes_back_to_a_lighter_measure() -> None:
    text = SMALL.replace("measure: observe", "measure: formal_notice").replace(
        "measure: legal_action", "measure: reply"
    )
    (problem,) = found(text)
    assert problem.startswith(
        "p.yaml:21:18: clauses[0].ladder[1].measure: reply comes after formal_notice, which is stronger"
    )


def test_two_clauses_have_different_ids() -> None:
    clause = SMALL.partition("clauses:\n")[2]
    (problem,) = found(SMALL + clause)
    assert problem.endswith("clauses[1].id: the id 'leak' is taken by the clause on line 4 (ids differ)")


def test_brands_are_checked_only_where_they_are_known() -> None:
    assert found(SMALL) == []
    (problem,) = found(SMALL, ["other", "third"])
    assert "there is no brand 'veloria' (brands of the configuration: other, third)" in problem
    assert found(SMALL.replace("[veloria]", "all"), ["other"]) == []


@given(st.lists(st.sampled_from(MEASURES), min_size=1, max_size=6))
def test_a_ladder_is_accepted_exactly_when_it_is_sorted(measures: list[Measure]) -> None:
    steps = ", ".join(f"{{measure: {measure}, approval: legal}}" for measure in measures)
    text = f"clauses: [{{page: [it], ladder: [{steps}]}}]"
    in_order = measures == sorted(measures, key=MEASURES.index)
    assert (found(text) == []) == in_order


junk: Any = st.recursive(
    st.none() | st.integers() | st.sampled_from(["it", "observe", "critical"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["clauses", "ladder", "page", "inform", "id", "severity", "measure", "brands"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=8,
)


@given(junk)
def test_what_has_the_wrong_form_is_passed_over(clauses: object) -> None:
    text = json.dumps({"clauses": clauses, "brands": clauses})
    assert all(line.startswith("p.yaml:1:") for line in found(text, ["veloria"]))
