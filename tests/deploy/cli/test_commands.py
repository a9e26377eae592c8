"""The commands for people: help, check, and the incident commands with their exit codes."""

import asyncio
from pathlib import Path

import pytest
from click.testing import CliRunner

from deploy.cli import COMMANDS, main
from deploy.settings import load_settings
from deploy.wiring import build_routing
from monitor.clock import SystemClock
from tests.routing.scenes import SECRET, finding

EXAMPLE = Path(__file__).parents[3] / "deploy" / "example"


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TOCSIN_LINK_SECRET", SECRET)
    for name in ("tocsin.yaml", "playbook.yaml"):
        (tmp_path / name).write_text((EXAMPLE / name).read_text(encoding="utf-8"), encoding="utf-8")
    return tmp_path / "tocsin.yaml"


def run(*words: str) -> tuple[int, str]:
    result = CliRunner().invoke(main, list(words))
    return result.exit_code, result.output


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_explains_itself(name: str) -> None:
    code, text = run(name, "--help")
    assert code == 0
    assert "Usage:" in text


def test_the_example_is_good(config: Path) -> None:
    assert run("check", "-c", str(config)) == (0, f"{config}: good\n")


def test_a_wrong_key_is_named_with_its_place(config: Path) -> None:
    text = config.read_text(encoding="utf-8").replace("playbook: playbook.yaml", "playbok: playbook.yaml")
    config.write_text(text, encoding="utf-8")
    code, said = run("check", "-c", str(config))
    line = 1 + text[: text.index("playbok:")].count("\n")
    assert code == 2
    assert f"{config}:{line}:1" in said
    assert "playbook" in said


def test_a_missing_secret_is_named(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TOCSIN_LINK_SECRET")
    code, said = run("check", "-c", str(config))
    text = config.read_text(encoding="utf-8")
    line = 1 + text[: text.index("secret: env:TOCSIN_LINK_SECRET")].count("\n")
    assert code == 2
    assert f"{config}:{line}:13: routing.links.secret: " in said
    assert "TOCSIN_LINK_SECRET" in said


def test_a_target_that_cannot_be_built_is_named_with_its_place(config: Path) -> None:
    text = config.read_text(encoding="utf-8")
    before, _, after = text.partition("      targets:")
    assert after
    bad = '{kind: webhook, name: hook, url: "env:NO_SUCH_URL", secret: "env:NO_SUCH_SECRET"}'
    config.write_text(f"{before}      targets:\n        - {bad}{after}", encoding="utf-8")
    code, said = run("check", "-c", str(config))
    line = 2 + before.count("\n")
    assert code == 2
    assert f"{config}:{line}:11: routing.people[0].targets[0]: target hook (webhook): " in said
    assert "NO_SUCH_URL" in said


def test_incidents_are_listed_acknowledged_and_resolved(config: Path) -> None:
    settings = load_settings(config)
    settings.data_dir.mkdir()
    routing = build_routing(settings, SystemClock())
    asyncio.run(routing.router.accept([finding()]))
    asyncio.run(routing.aclose())
    person = settings.routing.people[0]
    assert "T-1" in run("incidents", "-c", str(config))[1]
    ack = ("ack", "T-1", "--department", "comms", "--person", person.id, "-c", str(config))
    assert run(*ack)[0] == 0
    code, said = run(*ack)
    assert code == 1
    assert person.name in said
    assert run("resolve", "T-1", "--person", person.id, "-c", str(config))[0] == 0
    assert "resolved" in run("incidents", "T-1", "-c", str(config))[1]
    assert run("resolve", "T-9", "--person", person.id, "-c", str(config))[0] == 2
    assert run("ack", "T-1", "--department", "comms", "--person", "nobody", "-c", str(config))[0] == 2
    assert run("incidents", "T-9", "-c", str(config))[0] == 1
