"""Every example of docs/queries.md does what the page says."""

import re
from pathlib import Path

import pytest

from monitor.match import query_matches
from monitor.query import QueryError, parse_query
from tests.monitor.posts import post

PAGE = (Path(__file__).parents[2] / "docs" / "queries.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| `(.+?)` \| (.+?) \| (.+?) \|$", PAGE, re.MULTILINE)


def test_the_page_has_examples() -> None:
    assert len(ROWS) >= 25


@pytest.mark.parametrize(("query", "matching", "other"), ROWS)
def test_an_example_does_what_it_says(query: str, matching: str, other: str) -> None:
    parsed = parse_query(query)
    assert query_matches(parsed, post(matching)) is not None
    assert query_matches(parsed, post(other)) is None


def test_the_error_shown_is_the_error_given() -> None:
    shown = re.search(r"```\n(query:1:9: .*)\n```", PAGE)
    assert shown is not None
    with pytest.raises(QueryError) as caught:
        parse_query("veloria (feu OR fire")
    assert str(caught.value) == shown[1]
