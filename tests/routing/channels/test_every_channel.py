"""The table and the suite together: no kind of channel is left out of it, and no trouble of the contract either."""

import ast
from pathlib import Path
from typing import get_args

import pytest

from routing.channels.conformance import EXPECTED, Trouble
from routing.channels.table import KINDS

HERE = Path(__file__).parent
NAMES = sorted(get_args(kind.settings.model_fields["kind"].annotation)[0] for kind in KINDS)


@pytest.mark.parametrize("kind", NAMES)
def test_every_kind_of_the_table_passes_the_suite(kind: str) -> None:
    """Each kind's tests run every check of the suite against its own double."""
    tree = ast.parse((HERE / f"test_{kind}.py").read_text(encoding="utf-8"))
    (test,) = [
        one for one in tree.body if isinstance(one, ast.AsyncFunctionDef) and one.name == "test_conformance"
    ]
    (decorator,) = [ast.unparse(one) for one in test.decorator_list]
    assert decorator.startswith("pytest.mark.parametrize('check', ")
    assert "CHECKS" in decorator
    assert any("await check(" in ast.unparse(line) for line in test.body)


def test_every_trouble_of_the_contract_is_in_the_suite() -> None:
    """Section 6: what any HTTP double must do."""
    assert set(EXPECTED) == set(get_args(Trouble)) - {"none"}
    wanted = {"late", "cut_early", "cut", "drip", "redirect", "garbage", "flood"}
    busy = {"busy", "busy_decimals", "busy_until", "busy_junk", "busy_unsaid"}
    assert wanted | busy <= set(EXPECTED)
