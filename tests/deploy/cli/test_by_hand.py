"""What people change by hand on the command line: merge, split, severity."""

import asyncio
from pathlib import Path

import orjson
import pytest

from deploy.settings import load_settings
from deploy.wiring import build_routing
from monitor.clock import SystemClock
from monitor.records import story_id
from tests.deploy.cli.test_commands import config, run
from tests.routing.scenes import finding

__all__ = ["config"]


@pytest.fixture
def two(config: Path) -> tuple[str, str]:
    """The file's option with two incidents in its store, and a person's id."""
    settings = load_settings(config)
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    routing = build_routing(settings, SystemClock())
    asyncio.run(routing.router.accept([finding(), finding(first="bluesky:2", severity="critical")]))
    routing.store.close()
    return f"--config={config}", settings.routing.people[0].id


def test_incidents_are_merged_shown_and_split_again(two: tuple[str, str]) -> None:
    option, person = two
    assert run("merge", "T-2", "--into", "T-1", "--person", person, option) == (0, "done: T-1\n")
    code, text = run("merge", "T-2", "--into", "T-1", "--person", person, option)
    assert (code, text) == (1, "nothing changed: already\n")
    code, text = run("incidents", "T-1", option)
    second = story_id("veloria", "bluesky:2")
    assert f"  story {second}  Véloria, quelle honte" in text
    assert "merged into T-1" in run("incidents", "T-2", option)[1]
    code, text = run("split", "T-1", "--story", second, "--person", person, "--json", option)
    assert (code, orjson.loads(text)) == (0, {"outcome": "done", "why": "", "incident": "T-3"})
    assert "split from T-1" in run("incidents", "T-3", option)[1]


def test_severity_is_set_and_what_is_wrong_is_said(two: tuple[str, str]) -> None:
    option, person = two
    assert run("severity", "T-1", "critical", "--person", person, option) == (0, "done: T-1\n")
    assert run("severity", "T-1", "critical", "--person", person, option)[0] == 1
    assert run("severity", "T-1", "awful", "--person", person, option)[0] == 2
    assert run("severity", "T-9", "info", "--person", person, option)[0] == 2
    assert run("severity", "T-1", "info", "--person", "stranger", option)[0] == 2
    code, text = run("merge", "T-1", "--into", "T-1", "--person", person, option)
    assert code == 1
    assert "cannot be merged into itself" in text
