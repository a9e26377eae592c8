"""What is ours is looked at first: configuration, secrets, disk, and the address of the links."""

from pathlib import Path

import pytest

from connectors.testing import SourceServer
from deploy.doctor import Check, examine
from deploy.doctor_own import LITTLE_BYTES, NONE_LEFT_BYTES, of_room, own_probes, try_disk, try_links
from deploy.doctor_words import Scrub, secrets_of
from deploy.settings import TocsinSettings
from monitor.clock import SystemClock
from tests.deploy.doctor_files import settings_of, write_config
from tests.routing.scenes import SECRET

CLOCK = SystemClock()


async def tried(settings: TocsinSettings) -> dict[str, Check]:
    checks = await examine(own_probes(settings, CLOCK), 30, CLOCK, Scrub(()))
    return {check.kind: check for check in checks}


async def test_the_example_is_good(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    checks = await tried(settings_of(tmp_path, monkeypatch))
    assert checks["configuration"].state == checks["secrets"].state == "ok"
    assert checks["disk"].state != "down"
    assert "nothing was compared" in checks["clock"].what
    assert not (tmp_path / ".tocsin").exists()


async def test_a_playbook_that_cannot_be_read_is_our_fault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = settings_of(tmp_path, monkeypatch)
    (tmp_path / "playbook.yaml").write_text("clauses: 7\n", "utf-8")
    found = (await tried(settings))["configuration"]
    assert (found.state, found.fault) == ("down", "configuration")
    assert "playbook.yaml:1:1" in found.what


async def test_every_missing_secret_is_named_and_is_our_fault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = settings_of(
        tmp_path,
        monkeypatch,
        sources="[{type: webhook, name: desk, secrets: ['env:NO_HOOK']}]",
        target="{kind: slack_webhook, name: comms-hook, url: 'env:NO_SLACK'}",
        store="env:NO_STORE",
    )
    monkeypatch.delenv("TOCSIN_LINK_SECRET")
    found = (await tried(settings))["secrets"]
    assert (found.state, found.fault) == ("down", "configuration")
    for name in ("NO_HOOK", "NO_SLACK", "NO_STORE", "TOCSIN_LINK_SECRET"):
        assert name in found.what


def test_every_secret_of_a_configuration_is_known_to_the_scrub(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SLACK", "https://hooks.example.com/services/T000PLANTED/B000PLANTED")
    monkeypatch.setenv("STORE", "postgresql+psycopg://tocsin:planted-pw@db.example.com/tocsin")
    (tmp_path / "hook").write_text("whsec_planted-key\n", "utf-8")
    settings = settings_of(
        tmp_path,
        monkeypatch,
        sources=f"[{{type: webhook, name: desk, secrets: ['file:{tmp_path}/hook', 'env:NOT_SET']}}]",
        target="{kind: slack_webhook, name: comms-hook, url: 'env:SLACK'}",
        store="env:STORE",
    )
    secrets = set(secrets_of(settings))
    assert {SECRET, "planted-pw", "T000PLANTED", "B000PLANTED", "whsec_planted-key"} <= secrets
    plain = settings_of(tmp_path, monkeypatch, store="postgresql+psycopg://a:plain-pw@db.example.com/b")
    assert "plain-pw" in set(secrets_of(plain))


@pytest.mark.parametrize(
    ("free", "state"),
    [
        (NONE_LEFT_BYTES - 1, "down"),
        (NONE_LEFT_BYTES, "warning"),
        (LITTLE_BYTES - 1, "warning"),
        (LITTLE_BYTES, "ok"),
    ],
)
def test_room_on_the_disk(free: int, state: str) -> None:
    assert of_room(free).state == state


def test_a_data_dir_that_cannot_be_made_is_down(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = write_config(tmp_path, monkeypatch)
    settings = settings_of(tmp_path, monkeypatch).model_copy(update={"data_dir": file / "data"})
    assert try_disk(settings).state == "down"


async def test_links_that_answer_are_good_and_get_no_request() -> None:
    async with SourceServer() as server:
        assert (await try_links(server.url("/"), CLOCK)).state == "ok"
        assert server.calls == []
        port = server.port
    said = await try_links(f"http://127.0.0.1:{port}", CLOCK)
    assert said.state == "warning"
    assert "no link on a page opens" in said.do


async def test_links_elsewhere_that_do_not_answer_are_down() -> None:
    async with SourceServer() as server:
        port = server.port
    assert (await try_links(f"http://127.0.0.2:{port}", CLOCK)).state == "down"
    assert (await try_links("nowhere", CLOCK)).fault == "configuration"
