"""Tocsin installed as the Dockerfile does it: from a wheel, run by another account, ended by SIGTERM."""

import os
import shutil
import signal
import subprocess
import sys
import sysconfig
import tempfile
import venv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from deploy.demo.tape import write_tape
from deploy.services.accounts import unprivileged_account
from deploy.services.ports import free_port
from tests.deploy.containers import instructions, last
from tests.deploy.monitoring import ROOT
from tests.routing.scenes import SECRET

CONFIG = """
brands: [{{id: veloria, name: Véloria, queries: [veloria]}}]
sources: [{{type: replay, path: tape.jsonl, speed: 60, shift_to_now: true}}]
playbook: playbook.yaml
data_dir: {folder}/data
http: {{port: {port}}}
routing:
  links: {{secret: "env:TOCSIN_LINK_SECRET"}}
  people: [{{id: duty, name: Duty, targets: [{{kind: terminal, name: duty}}]}}]
  departments:
    comms: {{chain: [{{people: [duty], wait: 1h}}]}}
    legal: {{chain: [{{people: [duty], wait: 1h}}]}}
    it: {{chain: [{{people: [duty], wait: 1h}}]}}
  catch_all: [duty]
"""


@dataclass(frozen=True, slots=True)
class Installed:
    """An environment with Tocsin's wheel, and the account to run it as (nothing to change to: as we are)."""

    folder: Path
    account: Mapping[str, Any]

    @property
    def tocsin(self) -> str:
        """The program, as the image's PATH finds it."""
        return str(self.folder / "venv" / "bin" / "tocsin")

    def environment(self, **more: str) -> dict[str, str]:
        """No home and nothing of this machine's; the code cannot be written to by the account."""
        return {"PATH": "/usr/bin:/bin", "HOME": "/nonexistent", "PYTHONDONTWRITEBYTECODE": "1", **more}


@pytest.fixture(scope="module")
def installed() -> Iterator[Installed]:
    """Built from a copy, because building writes beside its sources; in a folder that every account may enter."""
    with tempfile.TemporaryDirectory(prefix="tocsin-installed-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        _copy_what_the_image_copies(folder / "src")
        pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
        build = [
            "wheel",
            "--no-deps",
            "--no-index",
            "--no-build-isolation",
            "-w",
            str(folder),
            str(folder / "src"),
        ]
        subprocess.run([*pip, *build], check=True)
        venv.create(folder / "venv", with_pip=False)
        python = str(folder / "venv" / "bin" / "python")
        (wheel,) = folder.glob("*.whl")
        subprocess.run(
            [*pip, "--python", python, "install", "--no-deps", "--no-index", str(wheel)], check=True
        )
        version = f"python{sys.version_info.major}.{sys.version_info.minor}"
        packages = folder / "venv" / "lib" / version / "site-packages"
        # The libraries of this environment stand in for those that the image installs by their hashes.
        (packages / "libraries.pth").write_text(sysconfig.get_path("purelib") + "\n", "utf-8")
        yield Installed(folder, _another_account(Path(python)))


def _copy_what_the_image_copies(target: Path) -> None:
    for one in instructions():
        if one.name == "COPY" and "--from" not in one.rest:
            for source in map(ROOT.joinpath, one.rest.split()[:-1]):
                if source.is_dir():
                    shutil.copytree(
                        source, target / source.name, ignore=shutil.ignore_patterns("__pycache__")
                    )
                else:
                    target.mkdir(exist_ok=True)
                    shutil.copy(source, target)


def _another_account(python: Path) -> Mapping[str, Any]:
    """What Popen needs to change the account, if we may and that account may run this Python."""
    account = unprivileged_account()
    needed = [python.resolve(), Path(sysconfig.get_path("purelib"))]
    folders = {folder for path in needed for folder in (path, *path.parents)}
    if account is None or not all(folder.stat().st_mode & 0o001 for folder in folders if folder.is_dir()):
        return {}
    return {"user": account.uid, "group": account.gid, "extra_groups": []}


@pytest.mark.process
def test_the_program_answers_and_brings_all_its_files(installed: Installed) -> None:
    said = subprocess.run(
        [installed.tocsin, "read", "--text", "La batterie de mon Véloria a pris feu, c’est dangereux"],
        env=installed.environment(),
        cwd="/",
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
        **installed.account,
    )
    assert '"language":"fr"' in said.stdout.replace(" ", "")
    assert '"negative"' in said.stdout


@pytest.mark.process
def test_sigterm_ends_it_in_good_order(installed: Installed) -> None:
    folder, port = installed.folder / "run", free_port()
    folder.mkdir()
    write_tape(folder / "tape.jsonl")
    shutil.copy(ROOT / "deploy" / "example" / "playbook.yaml", folder)
    (folder / "tocsin.yaml").write_text(CONFIG.format(folder=folder, port=port), "utf-8")
    (folder / "data").mkdir()
    if installed.account:
        os.chown(folder / "data", installed.account["user"], installed.account["group"])
    command = [*last("CMD").listed()[:-1], str(folder / "tocsin.yaml")]
    running = subprocess.Popen(
        [installed.tocsin, *command],
        env=installed.environment(TOCSIN_LINK_SECRET=SECRET),
        cwd=folder,
        stdout=subprocess.DEVNULL,
        **installed.account,
    )
    try:
        _wait_until_healthy(running, port)
    finally:
        running.send_signal(signal.SIGTERM)
        ended = running.wait(timeout=60)
    assert ended == 0
    assert (folder / "data" / "cursors.db").exists()


def _wait_until_healthy(running: "subprocess.Popen[bytes]", port: int) -> None:
    """Ask with the image's own health check until it says yes."""
    check = [sys.executable, *last("HEALTHCHECK").listed()[1:]]
    environment = {"TOCSIN_HEALTH_URL": f"http://127.0.0.1:{port}/readyz"}
    for _ in range(200):
        assert running.poll() is None, "tocsin run ended by itself"
        asked = subprocess.run(check, env=environment, capture_output=True, check=False)
        if asked.returncode == 0:
            return
    raise AssertionError("tocsin run did not get ready")
