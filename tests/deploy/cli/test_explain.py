"""``tocsin explain``: one mention, and why each clause fires or not."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from deploy.cli import main
from deploy.cli.explain import mention_in
from monitor.errors import RefuseToStart
from tests.deploy.cli.playbook_files import write_files
from tests.monitor.playbook_text import SMALL

NOW = datetime(2026, 3, 14, tzinfo=UTC)
LEAK = "Fuite de données chez Véloria"


def run(folder: Path, *arguments: str, stdin: str | None = None, playbook: str = SMALL) -> Result:
    config, _ = write_files(folder, playbook)
    return CliRunner().invoke(main, ["explain", "-c", config, *arguments], input=stdin)


def test_a_small_post_fires_nothing_and_shows_what_it_lacked(tmp_path: Path) -> None:
    result = run(tmp_path, "--text", LEAK)
    assert result.exit_code == 0, result.output
    assert "veloria (by Véloria)" in result.stdout
    assert "✗ silent leak" in result.stdout
    assert "✓ topic is data_breach  [data_breach (" in result.stdout
    assert "✗ mentions at least 3  [1]" in result.stdout
    assert "fires: no clause" in result.stdout


@pytest.mark.parametrize("size", [["--story-mentions", "3"], ["--reach", "1000"]])
def test_the_same_post_in_a_larger_story_fires(tmp_path: Path, size: list[str]) -> None:
    result = run(tmp_path, "--text", LEAK, *size)
    assert "✓ fires  leak  critical, pages it, legal, informs comms" in result.stdout
    assert "fires: leak" in result.stdout


def test_a_mention_from_a_file_and_from_standard_input(tmp_path: Path) -> None:
    mention = json.dumps({"text": LEAK, "author": "rider.example", "followers": 4000}, indent=2)
    (tmp_path / "mention.json").write_text(mention, encoding="utf-8")
    from_file = run(tmp_path, str(tmp_path / "mention.json"), "--json")
    from_stdin = run(tmp_path, "-", "--json", stdin=mention)
    for result in (from_file, from_stdin):
        answer = json.loads(result.stdout)
        assert answer["fires"] == ["leak"]
        (brand,) = answer["brands"]
        assert (brand["brand"], brand["language"], brand["story"]["reach"]) == ("veloria", "fr", 4000)
        assert [part["held"] for part in brand["clauses"][0]["trace"]["parts"]] == [True, True]


def test_short_hides_the_conditions_of_silent_clauses(tmp_path: Path) -> None:
    assert "topic is data_breach" not in run(tmp_path, "--text", LEAK, "--short").stdout


def test_a_post_of_no_brand_and_a_brand_that_is_not_covered(tmp_path: Path) -> None:
    nobody = run(tmp_path, "--text", "Il fait beau")
    assert "names none of the brands: veloria, bakery" in nobody.stdout
    assert json.loads(run(tmp_path, "--text", "Il fait beau", "--json").stdout)["brands"] == []
    other = run(tmp_path, "--text", "La boulangerie Levain est ouverte")
    assert "the playbook does not cover this brand" in other.stdout


def test_control_characters_of_a_post_never_reach_the_terminal(tmp_path: Path) -> None:
    result = run(tmp_path, "--text", "Véloria \x1b[2J\x1b]0;gone\x07 fuite \u202egnp.exe")
    assert "\x1b" not in result.stdout
    assert "\x07" not in result.stdout
    assert "\u202e" not in result.stdout


def test_one_of_file_and_text_is_wanted(tmp_path: Path) -> None:
    for arguments in ([], ["-", "--text", "x"]):
        result = run(tmp_path, *arguments)
        assert result.exit_code == 2
        assert "give either MENTION" in result.stderr


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (b"", "the mention is empty"),
        (b"\xff\xfe", "not UTF-8 at byte 0"),
        (b'{"text": ', "is no JSON object"),
        (b'{"text": "a"}\n{"text": "b"}', "tocsin read"),
        (b'{"title": "x"}', "text: Field required"),
        (b'{"text": "x", "followers": "many"}', "followers"),
        (b"x" * 50_000, "text"),
        (b"x" * 1_000_001, "larger than 1,000,000 bytes"),
    ],
)
def test_a_wrong_mention_says_what_is_wrong(raw: bytes, message: str) -> None:
    with pytest.raises(RefuseToStart, match="the mention") as raised:
        mention_in(raw, NOW)
    assert message in str(raised.value)


def test_text_that_looks_like_json_can_be_given_as_text() -> None:
    assert mention_in(b'{"text": "a"}', NOW).text == "a"
    assert mention_in(b'{"text": "a"}', NOW, as_text=True).text == '{"text": "a"}'
