"""The command ``tocsin read``."""

import json
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from click.testing import CliRunner, Result

from deploy.cli.read import command
from monitor.errors import RefuseToStart
from monitor.records import MAX_TEXT
from monitor.settings import BrandSettings
from tests.monitor.posts import post


def run(*arguments: str, stdin: bytes | str = b"") -> Result:
    return CliRunner().invoke(command, arguments, input=stdin)


def readings(result: Result) -> list[dict[str, Any]]:
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_one_text() -> None:
    result = run("--text", "Ma Véloria a pris feu, c'est honteux", "--brand-query", "veloria", "--json")
    (reading,) = readings(result)
    assert result.exit_code == 0
    assert list(reading) == ["id", "language", "brands", "sentiment", "topics", "author_kind"]
    assert list(reading["sentiment"]) == ["label", "compound", "probabilities", "abstain", "scorer"]
    assert (reading["language"], reading["brands"], reading["author_kind"]) == ("fr", ["query-1"], "public")
    assert reading["sentiment"]["label"] == "negative"
    assert reading["topics"] == [{"topic": "safety", "why": ["pris feu"]}]


def test_lines_are_read_in_order_as_text_short_json_or_whole_mentions() -> None:
    whole = post("Merci, excellent", id="example:9").model_dump_json()
    short = json.dumps({"text": "I love it", "id": "a:1", "author": "@x", "followers": 3, "lang": "en"})
    result = run("-", stdin=f"J'adore\n\n{short}\r\n{whole}\n")
    assert [one["id"] for one in readings(result)] == ["stdin:1", "a:1", "example:9"]
    assert {one["sentiment"]["label"] for one in readings(result)} == {"positive"}
    assert result.exit_code == 0


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        (b"{not json", "not JSON"),
        (b'{"lang": "fr"}', 'no "text"'),
        (b'{"text": 7}', "text: "),
        (b'{"text": "x", "followers": -1}', "followers: "),
        (b'{"text": "x", "created_at": "2026-01-01T00:00:00"}', "created_at: "),
        (b"\xff\xfe", "not UTF-8 at byte 0"),
        (b"a" * (MAX_TEXT + 1), "text: "),
        (b"a" * 2_500_000, "longer than 1000000 bytes"),
    ],
)
def test_a_bad_line_is_named_and_the_rest_is_read(line: bytes, problem: str) -> None:
    result = run(stdin=b"ok\n" + line + b"\nJ'adore\n")
    assert [one["id"] for one in readings(result)] == ["stdin:1", "stdin:3"]
    assert result.stderr.startswith("line 2: ")
    assert problem in result.stderr
    assert result.exit_code == 2


def test_brands_of_the_configuration_are_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Path] = []

    def load(path: Path) -> SimpleNamespace:
        asked.append(path)
        brand = BrandSettings(id="superc", name="Super C", queries=('"super c"',), press_handles=("daily",))
        return SimpleNamespace(brands=(brand,))

    settings = ModuleType("deploy.settings")
    vars(settings)["load_settings"] = load
    monkeypatch.setitem(sys.modules, "deploy.settings", settings)
    config = tmp_path / "tocsin.yaml"
    config.touch()
    result = run("-c", str(config), stdin='{"text": "Super C ouvre demain", "author": "daily"}')
    (reading,) = readings(result)
    assert asked == [config]
    assert (reading["brands"], reading["author_kind"]) == (["superc"], "press")
    assert reading["sentiment"]["abstain"]


def test_a_wrong_brand_query_is_refused_with_its_place() -> None:
    result = run("--text", "x", "--brand-query", "veloria (feu")
    assert isinstance(result.exception, RefuseToStart)
    assert "query-1" in str(result.exception)
    assert ":1:9: " in str(result.exception)


@pytest.mark.parametrize(
    "arguments", [("--text", "a" * (MAX_TEXT + 1)), ("--text", "a", "--brand-query", "")]
)
def test_wrong_options_are_refused(arguments: tuple[str, ...]) -> None:
    assert run(*arguments).exit_code == 2
