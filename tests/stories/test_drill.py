"""Promise: a drill goes the real way through a running Tocsin, and its receipt says what came of it."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from deploy.services.ports import free_port
from tests.routing.scenes import SECRET
from tests.stories.test_kill_nine import CONFIG, ROOT, incidents, start

ENVIRONMENT = {**os.environ, "TOCSIN_LINK_SECRET": SECRET, "PYTHONPATH": str(ROOT)}


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path, playbook = tmp_path / "tocsin.yaml", ROOT / "deploy" / "example" / "playbook.yaml"
    text = CONFIG.format(playbook=playbook, port=free_port(), folder=tmp_path)
    path.write_text(text, encoding="utf-8")
    (tmp_path / "tape.jsonl").write_text("", encoding="utf-8")
    return path


def tocsin(config: Path, *words: str) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "deploy", *words, "-c", str(config)]
    return subprocess.Popen(
        command, cwd=ROOT, env=ENVIRONMENT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def until(holds: Callable[[], bool], process: "subprocess.Popen[str]") -> None:
    deadline = time.monotonic() + 60
    while not holds():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline, "it never came to hold"
        time.sleep(0.2)


@pytest.mark.process
def test_a_drill_pages_is_answered_and_resolved(config: Path) -> None:
    running, drill = start(config), None
    try:
        options = ("--department", "legal", "--wait", "2m", "--resolve", "--json")
        drill = tocsin(config, "drill", *options)
        until((config.parent / ".tocsin" / "router.db").exists, drill)
        until(lambda: any(m.state == "sent" for view in incidents(config) for m in view.messages), drill)
        (view,) = incidents(config)
        assert view.kind == "drill"
        answer = tocsin(config, "ack", view.label, "--department", "legal", "--person", "duty")
        answer.communicate(timeout=60)
        assert answer.returncode == 0
        said, progress = drill.communicate(timeout=90)
    finally:
        if drill is not None and drill.poll() is None:
            drill.kill()
            drill.communicate()
        running.terminate()
        running.wait(timeout=20)
    receipt = json.loads(said)
    assert (drill.returncode, receipt["verdict"], receipt["department"]) == (0, "acknowledged", "legal")
    assert [page["state"] for page in receipt["pages"]] == ["sent"]
    assert receipt["acknowledged_by"] == "Duty"
    assert "duty" in progress
    pages = (config.parent / "pages.txt").read_text(encoding="utf-8")
    assert "EXERCISE / EXERCICE" in pages
    (view,) = incidents(config)
    assert view.state == "resolved"


@pytest.mark.process
def test_without_a_router_nothing_is_sent_and_nothing_waits_to_be(config: Path) -> None:
    drill = tocsin(config, "drill", "--department", "it", "--json")
    said, _ = drill.communicate(timeout=90)
    assert (drill.returncode, json.loads(said)["verdict"]) == (3, "nothing_moves")
    assert incidents(config) == ()
