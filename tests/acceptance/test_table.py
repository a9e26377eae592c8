"""docs/acceptance.md has every row, and every test that it names exists: the table cannot rot."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "acceptance.md").read_text(encoding="utf-8")
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in PAGE.splitlines()
    if line.startswith("| ") and not line.startswith("| row ")
]
WANTED = [
    *(f"2d.{number}" for number in range(1, 11)),
    *(str(number) for number in range(1, 21)),
    *("apprise#1685", "sentry#69252", "openclaw#132809", "goalert#912", "nav#1276"),
    *("alertmanager#1822", "onetimesecret#359", "alertmanager#3826", "alertmanager#5185"),
    *("outcome", "retry-wait", "retry-budget", "ambiguous-send", "isolation", "timeouts", "redirects"),
    *("success", "dedup-key", "response-body", "httpx-json"),
    *("double-http", "double-slack", "double-teams", "double-pagerduty", "double-jsm", "double-tickets"),
    *("double-twilio", "double-smtp"),
    *(f"S{number}" for number in range(1, 15)),
]


def test_every_row_is_there_once_and_in_order() -> None:
    assert [row[0] for row in ROWS] == WANTED


@pytest.mark.parametrize("row", ROWS, ids=lambda row: str(row[0]))
def test_every_row_names_its_origin_and_tests_that_exist(row: list[str]) -> None:
    _, shows, origin, tests = row
    assert shows
    assert origin
    named = re.findall(r"`([^`]+)::([^`]+)`", tests)
    assert named
    assert [f"{path}::{name}" for path, name in named if name not in names_in(path)] == []


@cache
def names_in(path: str) -> frozenset[str]:
    """The tests of one file, empty for a file that is not there."""
    file = ROOT / path
    if not file.is_file():
        return frozenset()
    tree = ast.parse(file.read_text(encoding="utf-8"))
    functions = (one for one in tree.body if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef))
    return frozenset(one.name for one in functions if one.name.startswith("test_"))
