"""``tocsin playbook check | test | show``."""

import json
from pathlib import Path

from click.testing import CliRunner, Result

from deploy.cli import main
from tests.deploy.cli.playbook_files import write_files
from tests.monitor.playbook_text import SMALL


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["playbook", *arguments])


def test_check_says_what_is_in_a_good_file(tmp_path: Path) -> None:
    config, playbook = write_files(tmp_path)
    result = run("check", playbook, "-c", config)
    assert result.exit_code == 0
    assert "good, 1 clauses, 4 examples, version 1, sha256 " in result.stdout
    facts = json.loads(run("check", playbook, "--json").stdout)
    assert (facts["clauses"], facts["examples"], facts["brands"]) == (1, 4, ["veloria"])


def test_check_shows_every_mistake_and_exits_2(tmp_path: Path) -> None:
    broken = SMALL.replace("owner: it\n    severity", "owner: ti\n    severity").replace(
        "[veloria]", "[velo]"
    )
    config, playbook = write_files(tmp_path, broken)
    result = run("check", playbook, "-c", config)
    assert result.exit_code == 2
    assert f"{playbook}:2:10: brands[0]: there is no brand 'velo'" in result.stderr
    assert f"{playbook}:6:12: clauses[0].owner: this must be one of: comms, legal, it" in result.stderr
    assert result.stdout == ""


def test_check_tells_of_an_overdue_review_without_failing(tmp_path: Path) -> None:
    _, playbook = write_files(tmp_path, SMALL.replace("2027-06-30", "2020-01-31"))
    result = run("check", playbook)
    assert result.exit_code == 0
    assert "the review of leak is overdue" in result.stderr


def test_test_lists_every_example(tmp_path: Path) -> None:
    config, playbook = write_files(tmp_path)
    result = run("test", playbook, "-c", config)
    assert result.exit_code == 0, result.output
    lines = result.stdout.splitlines()
    assert lines[0] == "ok\tleak\t1\tfires\tfires\tFuite de données chez Véloria"
    assert lines[3] == "ok\tleak\t2\tsilent\tno brand\tUne fuite dans mon toit"
    assert lines[-1] == "4 examples, 0 not as agreed"


def test_test_exits_1_and_shows_why_an_example_failed(tmp_path: Path) -> None:
    config, playbook = write_files(tmp_path, SMALL.replace("followers: 5000", "followers: 500"))
    result = run("test", playbook, "-c", config)
    assert result.exit_code == 1
    assert "FAILED\tleak\t1\tfires\tsilent\t" in result.stdout
    assert "✗ reach at least 1000  [500]" in result.stdout
    assert result.stdout.endswith("4 examples, 1 not as agreed\n")
    answer = run("test", playbook, "-c", config, "--json")
    assert answer.exit_code == 1
    lines = [json.loads(line) for line in answer.stdout.splitlines()]
    assert lines[-1] == {"kind": "summary", "examples": 4, "failed": 1}
    assert [line["passed"] for line in lines[:-1]] == [False, True, True, True]
    assert lines[0]["trace"]["held"] is False
    assert lines[1]["trace"] is None


def test_show_is_in_the_reader_s_language(tmp_path: Path) -> None:
    _, playbook = write_files(tmp_path)
    english, french = run("show", playbook), run("show", playbook, "--language", "fr")
    assert "1. observe (it within 15 min): Check" in english.stdout
    assert "2. legal_action (legal, approved by legal): Poursuivre" in french.stdout
    assert "We are checking." in english.stdout
    assert "Nous vérifions." in french.stdout
    (line,) = run("show", playbook, "--json").stdout.splitlines()
    assert json.loads(line)["id"] == "leak"


def test_show_of_an_unknown_clause_names_the_known_ones(tmp_path: Path) -> None:
    _, playbook = write_files(tmp_path)
    result = run("show", playbook, "--clause", "leek")
    assert result.exit_code == 2
    assert "there is no clause 'leek'; clauses: leak" in result.stderr


def test_a_missing_file_exits_2(tmp_path: Path) -> None:
    result = run("check", str(tmp_path / "gone.yaml"))
    assert result.exit_code == 2
    assert "there is no such file" in result.stderr
