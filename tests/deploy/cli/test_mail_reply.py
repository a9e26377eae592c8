"""tocsin mail-reply, as a mail server pipes to it."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from deploy.cli import main
from monitor.clock import SystemClock
from routing.store import Store
from tests.routing.scenes import SECRET

CONFIG = """\
brands:
  - {id: veloria, name: Véloria, queries: [Véloria]}
playbook: playbook.yaml
routing:
  links: {secret: "env:TOCSIN_LINK_SECRET"}
  catch_all: [duty]
  people:
    - {id: duty, name: Duty, targets: [{kind: terminal, name: duty-terminal}]}
  departments:
    comms: {chain: [{people: [duty]}]}
    legal: {chain: [{people: [duty]}]}
    it: {chain: [{people: [duty]}]}
"""
MAIL = b"From: a@example.com\r\nTo: tocsin+ack.aaaaaaaaaaaaaaaaaaaaaaaaaaaaa@example.com\r\n\r\nOK\r\n"


def run(tmp_path: Path, more: str, *options: str) -> tuple[int, str]:
    config = tmp_path / "tocsin.yaml"
    config.write_text(CONFIG + more, encoding="utf-8")
    result = CliRunner().invoke(main, ["mail-reply", "-c", str(config), *options], input=MAIL)
    return result.exit_code, result.output


@pytest.fixture(autouse=True)
def _secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOCSIN_LINK_SECRET", SECRET)


def test_a_mail_is_taken_whatever_came_of_it(tmp_path: Path) -> None:
    more = "  inbound: {email: {address: tocsin@example.com}}\n"
    assert run(tmp_path, more) == (0, "forged\n")
    assert run(tmp_path, more, "--json") == (0, '{"outcome": "copy"}\n')
    Store.open(f"sqlite:///{tmp_path}/.tocsin/router.db", SystemClock()).close()


def test_a_mail_waits_when_the_configuration_or_the_database_is_wrong(tmp_path: Path) -> None:
    away = "  inbound: {email: {address: tocsin@example.com}}\nstore: sqlite:////nowhere/at/all.db\n"
    for more, says in (("", "inbound.email is not set"), ("nonsense: 1\n", "nonsense"), (away, "database")):
        code, output = run(tmp_path, more)
        assert code == 75
        assert says in output
