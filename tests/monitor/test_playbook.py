"""Loading a playbook and judging by it."""

import hashlib
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given

from monitor.errors import ConfigErrors
from monitor.playbook import SILENT, Playbook, load_playbook
from monitor.records import AgreedClause, LadderStep, Localized
from monitor.situation import Situation
from tests.monitor.playbook_text import SMALL
from tests.monitor.strategies import situations


def load(text: str = SMALL, **options: list[str]) -> Playbook:
    return load_playbook(Path("playbook.yaml"), text, **options)


def problems(text: str, **options: list[str]) -> list[str]:
    with pytest.raises(ConfigErrors) as raised:
        load(text, **options)
    return [str(problem) for problem in raised.value.problems]


def test_the_reference_is_the_version_and_the_hash_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "playbook.yaml"
    path.write_bytes(SMALL.encode())
    playbook = load_playbook(path)
    assert playbook.ref.version == "1"
    assert playbook.ref.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert load(SMALL + "# a word more\n").ref.sha256 != playbook.ref.sha256


def test_a_clause_as_people_act_on_it() -> None:
    assert load().agreed == (
        AgreedClause(
            id="leak",
            title=Localized(fr="Fuite", en="Leak"),
            owner="it",
            severity="critical",
            page=("it", "legal"),
            inform=("comms",),
            ladder=(
                LadderStep(
                    measure="observe",
                    what=Localized(fr="Vérifier", en="Check"),
                    owner="it",
                    within_minutes=15,
                ),
                LadderStep(
                    measure="legal_action",
                    what=Localized(fr="Poursuivre", en="Sue"),
                    owner="legal",
                    approval="legal",
                ),
            ),
            holding_statement=Localized(fr="Nous vérifions.", en="We are checking."),
        ),
    )


@given(situations)
def test_every_clause_gives_a_verdict_on_its_brands_and_none_on_others(where: Situation) -> None:
    playbook, everywhere = load(), load(SMALL.replace("[veloria]", "all"))
    verdicts = everywhere.judge(where)
    assert [verdict.clause for verdict in verdicts] == list(playbook.agreed)
    assert playbook.judge(where) == (verdicts if where.reading.brand == "veloria" else ())


@given(situations)
def test_judging_and_explaining_agree(where: Situation) -> None:
    playbook = load(SMALL.replace("[veloria]", "all"))
    for quick, whole in zip(playbook.judge(where), playbook.explain(where), strict=True):
        assert quick.clause == whole.clause
        assert quick.trace == (whole.trace if whole.trace.held else SILENT)


def test_which_brands_it_covers() -> None:
    assert load().brands == ("veloria",)
    assert load(SMALL.replace("[veloria]", "veloria")).brands == ("veloria",)
    everywhere = load(SMALL.replace("[veloria]", "all"))
    assert everywhere.brands is None
    assert everywhere.covers("any-brand")
    assert not load().covers("other")


def test_a_clause_is_overdue_the_day_after_its_review_date() -> None:
    assert load().overdue(date(2027, 6, 30)) == ()
    assert [clause.id for clause in load().overdue(date(2027, 7, 1))] == ["leak"]


def test_mistakes_of_form_and_broken_rules_come_together() -> None:
    text = (
        SMALL.replace("topic: data_breach", "topic: data_breech")
        .replace("mentions: 3\n            - reach: 1000", "mentions: 3\n            - reech: 1000")
        .replace("        approval: legal\n", "")
        .replace("severity: critical", "severity: huge")
        .replace("2027-06-30", "soon")
    )
    found = problems(text, known_brands=["other"])
    assert [line.split(" ", 1)[0] for line in found] == [
        "playbook.yaml:2:10:",
        "playbook.yaml:7:15:",
        "playbook.yaml:12:18:",
        "playbook.yaml:15:15:",
        "playbook.yaml:21:9:",
        "playbook.yaml:25:16:",
    ]
    assert found[0].endswith("brands[0]: there is no brand 'veloria' (brands of the configuration: other)")
    assert "this must be one of: info, warning, critical" in found[1]
    assert (
        "clauses[0].when.all[0].topic: there is no topic 'data_breech' (did you mean 'data_breach'?)"
        in found[2]
    )
    assert (
        "clauses[0].when.all[1].any[1].reech: there is no such key here (did you mean 'reach'?)" in found[3]
    )
    assert "clauses[0].ladder[1]: legal_action needs the approval of legal (add approval: legal)" in found[4]
    assert found[5].endswith("clauses[0].review_by: this must be a date (write it as 2027-06-30)")


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("brands: [veloria]\n", "", "1:1: brands: this is missing"),
        ("brands: [veloria]\n", "brands:\n", "2:1: brands: write all, or a list of brand ids"),
        ('version: "1"', "version: 1", "1:10: version: this must be text (put it in quotes)"),
        ("title: {fr: Fuite, en: Leak}", "title: {fr: Fuite}", "5:12: clauses[0].title.en: this is missing"),
        ("en: Leak}", 'en: ""}', "5:28: clauses[0].title.en: this must not be empty"),
        ("      silent:\n", "      quiet:\n", "clauses[0].examples.silent: this is missing (add silent)"),
        ("page: [it, legal]", "page: it", "8:11: clauses[0].page: this must be a list"),
    ],
)
def test_a_wrong_form_is_shown_at_its_place(before: str, after: str, expected: str) -> None:
    assert before in SMALL
    assert any(expected in problem for problem in problems(SMALL.replace(before, after)))


def test_a_condition_with_two_keys_is_told_how_to_have_both() -> None:
    text = SMALL.replace("- mentions: 3\n", "- mentions: 3\n              authors: 2\n", 1)
    (problem,) = problems(text)
    assert problem.startswith(
        "playbook.yaml:14:15: clauses[0].when.all[1].any[0]: a condition has exactly one key"
    )
    assert "all: or any:" in problem
