"""tocsin silence: made, listed, ended, refused with the mend."""

import asyncio
import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from deploy.cli import main
from deploy.settings import load_settings
from monitor.clock import SystemClock
from routing.store import Store
from tests.deploy.cli.test_mail_reply import CONFIG
from tests.routing.scenes import SECRET, finding


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TOCSIN_LINK_SECRET", SECRET)
    path = tmp_path / "tocsin.yaml"
    path.write_text(CONFIG, encoding="utf-8")
    settings = load_settings(path)
    settings.data_dir.mkdir(parents=True)
    store = Store.open(settings.store_url, SystemClock())
    asyncio.run(asyncio.to_thread(store.fold, settings.routing, [finding()]))
    store.close()
    return path


def run(config: Path, *words: str) -> tuple[int, str]:
    result = CliRunner().invoke(main, ["silence", "-c", str(config), *words])
    return result.exit_code, result.output


MADE = ("T-1", "--until", "2h", "--reason", "known and handled", "--person", "duty")


def test_a_silence_is_made_listed_and_ended(config: Path) -> None:
    code, said = run(config, *MADE)
    assert code == 0
    assert said.startswith("S-1  in force  veloria  until ")
    code, listed = run(config, "--list", "--json")
    assert (code, json.loads(listed)["reason"]) == (0, "known and handled")
    code, said = run(config, "--end", "S-1", "--person", "duty")
    assert code == 0
    assert "ended by Duty" in said
    assert run(config, "--end", "S-1", "--person", "duty")[0] == 1


@pytest.mark.parametrize(
    ("words", "mend"),
    [
        ((), "give one of"),
        (("T-1", "--until", "2h", "--reason", "x"), "--person is missing"),
        (("T-1", "--person", "duty"), "--until"),
        ((*MADE[:2], "soon", *MADE[3:]), "write 90m"),
        ((*MADE[:2], "25h", *MADE[3:]), "longest_silence"),
        ((*MADE[:2], "2026-11-25T18:00", *MADE[3:]), "with its zone"),
        ((*MADE, "--clause", ".*"), "data-leak"),
        (("--end", "3", "--person", "duty"), "S-3"),
        ((*MADE[:-1], "stranger"), "nobody has the id"),
    ],
)
def test_nonsense_is_refused_with_the_mend(config: Path, words: tuple[str, ...], mend: str) -> None:
    code, said = run(config, *words)
    assert code == 2
    assert mend in said
    assert run(config, "--list") == (0, "")
