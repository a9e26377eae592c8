"""The Dockerfile: pinned, without a shell before Tocsin, without rights, without secrets."""

import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest

from tests.deploy.containers import Instruction, instructions, last
from tests.deploy.monitoring import ROOT


class _Ready(BaseHTTPRequestHandler):
    """/readyz answers 200, everything else 503."""

    def do_GET(self) -> None:
        self.send_response(200 if self.path == "/readyz" else 503)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def server() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), _Ready) as listening:
        thread = Thread(target=listening.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{listening.server_address[1]}"
        listening.shutdown()
        thread.join()


def test_both_stages_stand_on_one_pinned_python_that_tocsin_supports() -> None:
    bases = {one.rest.split()[0] for one in instructions() if one.name == "FROM"}
    assert len(bases) == 1
    pinned = re.fullmatch(r"python:(\d+)\.(\d+)\.\d+-slim-\w+", bases.pop())
    assert pinned
    wanted = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["requires-python"]
    lowest = tuple(int(part) for part in wanted.removeprefix(">=").split("."))
    assert tuple(int(part) for part in pinned.groups()) >= lowest


def test_libraries_are_installed_by_hash_only() -> None:
    installs = [one.rest for one in instructions() if one.name == "RUN" and "pip install" in one.rest]
    assert len(installs) == 2
    assert all("--require-hashes" in line or "--no-deps --no-build-isolation" in line for line in installs)


def test_signals_reach_tocsin_because_no_shell_stands_between() -> None:
    assert last("ENTRYPOINT").listed() == ["tocsin"]
    assert last("CMD").listed()[0] == "run"


def test_it_runs_as_an_account_without_rights() -> None:
    account = re.fullmatch(r"(\d+):(\d+)", last("USER").rest)
    assert account
    assert "0" not in account.groups()


@pytest.mark.parametrize(("path", "code"), [("/readyz", 0), ("/livez", 1)])
def test_the_health_check_tells_ready_from_not(server: str, path: str, code: int) -> None:
    command = last("HEALTHCHECK").listed()
    assert command[0] == "python"
    environment = {"TOCSIN_HEALTH_URL": f"{server}{path}"}
    ended = subprocess.run(
        [sys.executable, *command[1:]], env=environment, capture_output=True, check=False, timeout=30
    )
    assert ended.returncode == code


def test_nothing_secret_is_given_to_the_image() -> None:
    given = [one for one in instructions() if one.name in {"ENV", "ARG"}]
    assert [one for one in given if re.search(r"SECRET|TOKEN|PASSWORD|KEY", one.rest)] == []


def test_only_what_the_image_needs_is_sent_to_be_built() -> None:
    ignored = (ROOT / ".dockerignore").read_text("utf-8").split("\n")
    rules = [line for line in ignored if line and not line.startswith("#")]
    assert rules[0] == "*"
    let_through = {line.removeprefix("!") for line in rules if line.startswith("!")}
    copied = {source for one in instructions() if _from_context(one) for source in one.rest.split()[:-1]}
    assert copied == let_through
    assert [source for source in copied if not (ROOT / source).exists()] == []


def _from_context(one: Instruction) -> bool:
    return one.name == "COPY" and "--from" not in one.rest
