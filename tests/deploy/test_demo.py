"""The demonstration is the main job: who is paged, why, and what stops."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from deploy.cli import main
from deploy.demo.tape import write_tape


def test_the_tape_is_the_same_on_every_run(tmp_path: Path) -> None:
    counts = [write_tape(tmp_path / name) for name in ("a", "b")]
    assert counts[0] == counts[1] > 2_000
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


@pytest.mark.process
def test_each_department_is_paged_and_an_ignored_page_escalates() -> None:
    result = CliRunner().invoke(main, ["demo", "--fast", "--json", "--no-browser"])
    assert result.exit_code == 0, result.output
    lines: list[dict[str, Any]] = [json.loads(line) for line in result.stdout.splitlines()]
    *pages, summary = lines
    paged = [page for page in pages if page["transition"] != "informed"]
    assert {page["department"] for page in paged} == {"comms", "legal", "it"}
    keys = [(page["incident"], page["department"], page["person"], page["transition"]) for page in pages]
    assert len(keys) == len(set(keys))
    assert {page["department"] for page in paged if page["transition"] == "escalated"} == {"it"}
    assert summary["kind"] == "summary"
    assert summary["mentions"] > 2_000
    assert summary["pages"] == len(paged) < 12
