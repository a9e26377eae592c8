"""A drill's finding: an agreed clause, one department, marked, and unlike every other one."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from deploy.drill import TEXT, drill_brand, drill_clause, drill_finding
from monitor.errors import RefuseToStart
from monitor.playbook import Playbook, load_playbook
from monitor.records import DEPARTMENTS, Department
from monitor.settings import BrandSettings

NOW = datetime(2026, 3, 14, 3, 0, tzinfo=UTC)
BRANDS = tuple(BrandSettings(id=name, name=name, queries=(name,)) for name in ("stranger", "veloria"))


@pytest.fixture(scope="module")
def playbook() -> Playbook:
    return load_playbook(Path(__file__).parents[2] / "deploy" / "example" / "playbook.yaml")


@pytest.mark.parametrize("department", DEPARTMENTS)
def test_it_pages_one_department_by_a_clause_that_pages_it(
    playbook: Playbook, department: Department
) -> None:
    clause = drill_clause(playbook, department, None, None)
    agreed = next(one for one in playbook.agreed if one.id == clause.id)
    assert department in agreed.page
    assert (clause.page, clause.inform, clause.evidence) == ((department,), (), False)
    assert clause.severity == agreed.severity == "critical"


def test_clause_and_severity_are_chosen(playbook: Playbook) -> None:
    wanted = playbook.agreed[-1].id
    clause = drill_clause(playbook, "legal", wanted, "info")
    assert (clause.id, clause.severity, clause.page) == (wanted, "info", ("legal",))


def test_a_clause_that_is_not_there_is_refused_with_those_that_are(playbook: Playbook) -> None:
    with pytest.raises(RefuseToStart, match=f"no clause leak; it has: .*{playbook.agreed[0].id}"):
        drill_clause(playbook, "legal", "leak", None)


def test_it_is_about_a_brand_that_the_playbook_covers(playbook: Playbook) -> None:
    assert drill_brand(playbook, BRANDS).id == "veloria"
    with pytest.raises(RefuseToStart, match="covers no brand"):
        drill_brand(playbook, BRANDS[:1])


def test_it_says_that_it_is_an_exercise_in_both_languages(playbook: Playbook) -> None:
    clause = drill_clause(playbook, "legal", None, None)
    one, other = (drill_finding(playbook, clause, BRANDS[1], name, NOW) for name in ("a", "b"))
    assert one.kind == "drill"
    assert one.reading.mention.text == TEXT
    assert TEXT.startswith("EXERCISE / EXERCICE")
    assert one.id != other.id
    assert one.story.id != other.story.id
