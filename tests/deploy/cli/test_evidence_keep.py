"""``tocsin evidence show, hold, release, erase``."""

import asyncio
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from deploy.cli import main
from deploy.settings import load_settings
from deploy.wiring import build_routing
from monitor.clock import SystemClock
from tests.routing.scenes import SECRET
from tests.routing.test_evidence import AUTHOR, SECRET_WORDS, marked

EXAMPLE = Path(__file__).parents[3] / "deploy" / "example"
REASON = ("--reason", "file 12")


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The example with one incident that has evidence."""
    monkeypatch.setenv("TOCSIN_LINK_SECRET", SECRET)
    for name in ("tocsin.yaml", "playbook.yaml"):
        (tmp_path / name).write_text((EXAMPLE / name).read_text(encoding="utf-8"), encoding="utf-8")
    path = tmp_path / "tocsin.yaml"

    async def accept() -> None:
        routing = build_routing(load_settings(path), SystemClock())
        await routing.router.accept([marked()])
        await routing.aclose()

    asyncio.run(accept())
    return path


def evidence(config: Path, *words: str) -> Result:
    return CliRunner().invoke(main, ["evidence", *words, "-c", str(config)])


def test_show_tells_hashes_and_no_words(config: Path) -> None:
    shown = evidence(config, "show", "T-1", "--json")
    assert shown.exit_code == 0
    (version,) = json.loads(shown.output)["versions"]
    assert version["payload_kept"] is True
    assert len(version["record_sha256"]) == 64
    text = evidence(config, "show", "T-1").output
    assert version["record_sha256"] in text
    assert SECRET_WORDS not in shown.output + text


def test_a_hold_refuses_a_request_and_its_release_lets_it_pass(config: Path) -> None:
    legal = ("--person", "legal-on-call")
    placed = evidence(config, "hold", "T-1", *legal, *REASON)
    assert (placed.exit_code, placed.output) == (0, "hold 1 stands on T-1\n")
    assert "by Juridique de garde: file 12" in evidence(config, "show", "T-1").output
    asked = ("erase", "--author", AUTHOR, *legal, "--reason", "request 3")
    refused = evidence(config, *asked)
    assert refused.exit_code == 1
    assert "T-1: not erased, hold 1: file 12" in refused.stderr
    assert json.loads(refused.stdout)["refused"] == [{"incident": "T-1", "hold": 1, "reason": "file 12"}]
    assert evidence(config, "release", "T-1", *legal, *REASON).exit_code == 0
    assert evidence(config, "release", "T-1", *legal, *REASON).exit_code == 1
    done = evidence(config, *asked)
    proof = json.loads(done.stdout)
    assert done.exit_code == 0
    assert [len(proof["erased"]), proof["by"]] == [1, "Juridique de garde"]
    assert "privacy_request: request 3" in evidence(config, "show", "T-1").output
    assert evidence(config, *asked).exit_code == 1


def test_only_people_of_legal_may(config: Path) -> None:
    for person, said in (("comms-on-call", "is not of legal"), ("nobody", "nobody has the id")):
        result = evidence(config, "hold", "T-1", "--person", person, *REASON)
        assert result.exit_code == 2
        assert said in result.output


@pytest.mark.parametrize("words", [(), ("--author", "@"), ("--author", "a", "--mention", "b")])
def test_a_request_names_one_thing(config: Path, words: tuple[str, ...]) -> None:
    result = evidence(config, "erase", *words, "--person", "legal-on-call", *REASON)
    assert result.exit_code == 2
    assert "one of --mention and --author" in result.output


def test_an_unknown_incident_is_said(config: Path) -> None:
    assert evidence(config, "show", "T-9").exit_code == 2
