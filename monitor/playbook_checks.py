"""What a playbook must keep to beyond its form: each rule is a short function that yields problems.

The rules look at the document itself, not at the model, so that their findings come together with the mistakes
of form: one reading of the file shows all that is wrong. They therefore pass over whatever has the wrong form.
"""

from collections.abc import Callable, Collection, Iterator
from typing import Any

from monitor.errors import ConfigProblem
from monitor.records import DEPARTMENTS, MEASURES
from monitor.yaml_document import Document
from monitor.yaml_tree import Path

ClauseRule = Callable[[Document, Path, dict[str, Any]], Iterator[ConfigProblem]]


def playbook_problems(
    document: Document, known_brands: Collection[str] | None = None
) -> Iterator[ConfigProblem]:
    """Every broken rule. Brands are checked against ``known_brands`` where these are given."""
    data = document.data if isinstance(document.data, dict) else {}
    yield from _repeated_ids(document, data)
    yield from _unknown_brands(document, data, known_brands)
    for number, clause in _mappings(data.get("clauses")):
        for rule in CLAUSE_RULES:
            yield from rule(document, ("clauses", number), clause)


def _repeated_ids(document: Document, data: dict[str, Any]) -> Iterator[ConfigProblem]:
    first: dict[str, int] = {}
    for number, clause in _mappings(data.get("clauses")):
        one = clause.get("id")
        if not isinstance(one, str):
            continue
        path: Path = ("clauses", number, "id")
        if one in first:
            yield document.problem(
                path, f"the id {one!r} is taken by the clause on line {first[one]}", "ids differ"
            )
        first.setdefault(one, document.position(path)[0])


def _unknown_brands(
    document: Document, data: dict[str, Any], known: Collection[str] | None
) -> Iterator[ConfigProblem]:
    written = data.get("brands")
    named = enumerate(written) if isinstance(written, list) else ()
    for number, brand in named:
        if known is not None and isinstance(brand, str) and brand not in known:
            mend = f"brands of the configuration: {', '.join(sorted(known))}"
            yield document.problem(("brands", number), f"there is no brand {brand!r}", mend)


def _tells_somebody(document: Document, path: Path, clause: dict[str, Any]) -> Iterator[ConfigProblem]:
    if not clause.get("page") and not clause.get("inform"):
        yield document.problem(
            path, "the clause tells nobody", f"add page: or inform: with some of {_DEPARTMENTS}"
        )
    elif clause.get("severity") == "critical" and not clause.get("page"):
        yield document.problem(
            (*path, "severity"), "a critical clause pages nobody", "add page:, or lower the severity"
        )


def _tells_each_once(document: Document, path: Path, clause: dict[str, Any]) -> Iterator[ConfigProblem]:
    told: set[str] = set()
    for key in ("page", "inform"):
        departments = clause.get(key)
        for number, department in enumerate(departments if isinstance(departments, list) else []):
            if isinstance(department, str) and department in told:
                message = f"{department} is told twice"
                yield document.problem(
                    (*path, key, number), message, "name a department once, under page: or inform:"
                )
            told.add(str(department))


def _measures_grow(document: Document, path: Path, clause: dict[str, Any]) -> Iterator[ConfigProblem]:
    highest = 0
    for number, step in _mappings(clause.get("ladder")):
        measure = step.get("measure")
        if measure not in MEASURES:
            continue
        rank = MEASURES.index(measure)
        if rank < highest:
            message = f"{measure} comes after {MEASURES[highest]}, which is stronger"
            yield document.problem(
                (*path, "ladder", number, "measure"), message, f"keep to the order {', '.join(MEASURES)}"
            )
        highest = max(highest, rank)


def _legal_approves(document: Document, path: Path, clause: dict[str, Any]) -> Iterator[ConfigProblem]:
    for number, step in _mappings(clause.get("ladder")):
        if step.get("measure") == "legal_action" and step.get("approval") != "legal":
            yield document.problem(
                (*path, "ladder", number), "legal_action needs the approval of legal", "add approval: legal"
            )


def _any_of_several(document: Document, path: Path, clause: dict[str, Any]) -> Iterator[ConfigProblem]:
    paged = clause.get("page")
    if clause.get("acknowledge") == "any" and (not isinstance(paged, list) or len(paged) < 2):
        yield document.problem(
            (*path, "acknowledge"),
            "any answer is enough, but fewer than two departments are paged",
            "add departments under page:, or drop the line",
        )


CLAUSE_RULES: tuple[ClauseRule, ...] = (
    _tells_somebody,
    _tells_each_once,
    _measures_grow,
    _legal_approves,
    _any_of_several,
)
_DEPARTMENTS = ", ".join(DEPARTMENTS)


def _mappings(value: object) -> Iterator[tuple[int, dict[str, Any]]]:
    for number, item in enumerate(value if isinstance(value, list) else []):
        if isinstance(item, dict):
            yield number, item
