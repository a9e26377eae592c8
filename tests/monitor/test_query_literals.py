"""Which strings a query cannot do without."""

import pytest

from monitor.query import parse_query


@pytest.mark.parametrize(
    ("query", "literals"),
    [
        ("Véloria", {"veloria"}),
        ('"le vélo de Ria"', {"velo"}),
        ("veloria feu", {"veloria"}),
        ("veloria OR velo*", {"veloria", "velo"}),
        ("veloria NOT tarte", {"veloria"}),
        ("veloria NEAR/3 (feu OR incendie)", {"veloria"}),
        ("(feu OR veloria) AND recall", {"recall"}),
        ("lang:fr veloria", {"veloria"}),
        ("NOT (NOT veloria)", {"veloria"}),
        ("NOT (NOT veloria OR NOT recalled)", {"recalled"}),
        ("@Veloria@social.example", {"veloria"}),
        ("😡", {"😡"}),
        ("source:reviews", None),
        ("veloria OR source:reviews", None),
    ],
)
def test_literals(query: str, literals: set[str] | None) -> None:
    found = parse_query(query).literals
    assert found == (None if literals is None else frozenset(literals))
