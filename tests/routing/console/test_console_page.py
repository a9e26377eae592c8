"""docs/console.md says what is there."""

import importlib
import inspect
import re
from pathlib import Path

from monitor import metrics
from routing.console.access import MIN_PASSWORD, PASSWORD
from routing.console.app import MAX_BODY
from routing.console.attempts import Attempts
from routing.console.feed import MAX_WATCHERS

ROOT = Path(__file__).resolve().parents[3]
TEXT = (ROOT / "docs" / "console.md").read_text(encoding="utf-8")


def test_numbers_and_names_are_those_of_the_code() -> None:
    limit = inspect.signature(Attempts).parameters["limit"].default
    assert limit == 20
    assert "Twenty bad links" in TEXT
    assert f"{PASSWORD}` in the environment ({MIN_PASSWORD} characters" in TEXT
    assert f"At most {MAX_WATCHERS} pages are live" in TEXT
    assert f"over {MAX_BODY // 1024} KB" in TEXT
    (described,) = metrics.BAD_LINKS.describe()
    assert f"{described.name}_total" in TEXT


def test_every_command_and_file_exists() -> None:
    for command in set(re.findall(r"`tocsin (\w+)", TEXT)):
        assert hasattr(importlib.import_module(f"deploy.cli.{command}"), "command")
    for script in re.findall(r"`python (\S+)`", TEXT):
        assert (ROOT / script).is_file()
    for picture in re.findall(r"\]\((images/\S+)\)", TEXT):
        assert 10_000 < (ROOT / "docs" / picture).stat().st_size < 150_000
