"""The command ``tocsin match``."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from deploy.cli.match import command
from monitor.errors import RefuseToStart

LINES = 'Ma Véloria en feu\nrien\n{"text": "veloria fire",  "id": "a:1"}\r\n'


def run(*arguments: str, stdin: bytes | str = LINES) -> Result:
    return CliRunner().invoke(command, arguments, input=stdin)


def test_matching_lines_come_out_unchanged() -> None:
    result = run("veloria (feu OR fire)")
    assert result.stdout.splitlines() == ["Ma Véloria en feu", '{"text": "veloria fire",  "id": "a:1"}']
    assert result.exit_code == 0


def test_no_match_is_no_failure() -> None:
    result = run("pomme")
    assert (result.stdout, result.exit_code) == ("", 0)


def test_count() -> None:
    assert run("veloria", "--count").stdout == "2\n"
    assert json.loads(run("veloria", "--count", "--json").stdout) == {"matching": 2}


def test_explain_tells_why_part_by_part() -> None:
    assert run("veloria (feu OR fire)", "--explain", stdin="Véloria en feu").stdout.splitlines() == [
        "Véloria en feu",
        '  yes all of: "Véloria, feu"',
        '    yes veloria: "Véloria"',
        '    yes any of: "feu"',
        '      yes feu: "feu"',
        "      no  fire",
    ]


def test_json_with_and_without_why() -> None:
    first, second = map(json.loads, run("veloria", "--json", "--explain").stdout.splitlines())
    assert (first["line"], first["id"], first["matched"]) == (1, "stdin:1", ["Véloria"])
    assert second["why"]["held"] is True
    assert "why" not in json.loads(run("rien", "--json").stdout)


def test_a_file_and_a_bad_line(tmp_path: Path) -> None:
    path = tmp_path / "posts.txt"
    path.write_bytes(b"\xffoops\nVeloria\n")
    result = run("veloria", str(path))
    assert (result.stdout, result.exit_code) == ("Veloria\n", 2)
    assert result.stderr.startswith("line 1: not UTF-8")


@pytest.mark.parametrize("query", ["", "(veloria", "NOT veloria"])
def test_a_wrong_query_is_refused_with_its_place(query: str) -> None:
    result = run(query)
    assert isinstance(result.exception, RefuseToStart)
    assert str(result.exception).startswith("query:1:1: ")
