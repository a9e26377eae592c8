"""Promise: after ``kill -9`` at any moment embedded mode goes on; nothing is lost, nobody is paged twice."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from deploy.demo.tape import write_tape
from deploy.services.ports import free_port
from deploy.settings import load_settings
from monitor.clock import SystemClock
from routing.desk import IncidentView
from routing.store import Store
from tests.routing.scenes import SECRET

ROOT = Path(__file__).parents[2]
CONFIG = """
brands: [{{id: veloria, name: Véloria, queries: [veloria]}}]
sources: [{{type: replay, path: tape.jsonl, speed: 400, shift_to_now: true}}]
playbook: {playbook}
http: {{port: {port}}}
routing:
  links: {{secret: "env:TOCSIN_LINK_SECRET"}}
  people:
    - {{id: duty, name: Duty, targets: [{{kind: terminal, name: duty, path: "{folder}/pages.txt"}}]}}
  departments:
    comms: {{chain: [{{people: [duty], wait: 1h}}]}}
    legal: {{chain: [{{people: [duty], wait: 1h}}]}}
    it: {{chain: [{{people: [duty], wait: 1h}}]}}
  catch_all: [duty]
"""


def start(config: Path) -> subprocess.Popen[bytes]:
    environment = {**os.environ, "TOCSIN_LINK_SECRET": SECRET, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "deploy", "run", "-c", str(config), "--log-level", "WARNING"]
    return subprocess.Popen(command, cwd=ROOT, env=environment)


def incidents(config: Path) -> tuple[IncidentView, ...]:
    store = Store.open(load_settings(config).store_url, SystemClock())
    try:
        return store.incidents(1_000)
    finally:
        store.close()


def cursor_of(folder: Path) -> str:
    import sqlite3

    path = folder / ".tocsin" / "cursors.db"
    if not path.exists():
        return ""
    connection = sqlite3.connect(path)
    try:
        return json.dumps(connection.execute("SELECT * FROM cursors").fetchall())
    except sqlite3.OperationalError:
        return ""
    finally:
        connection.close()


def wait_until_moved(process: subprocess.Popen[bytes], folder: Path, before: str) -> None:
    deadline = time.monotonic() + 60
    while cursor_of(folder) == before:
        assert process.poll() is None, "tocsin run ended by itself"
        assert time.monotonic() < deadline, "nothing moved for a minute"
        time.sleep(0.05)


def wait_until_still(process: subprocess.Popen[bytes], folder: Path, config: Path) -> None:
    last, since = "", time.monotonic()
    while time.monotonic() - since < 4:
        assert process.poll() is None, "tocsin run ended by itself"
        states = [message.state for view in incidents(config) for message in view.messages]
        now = cursor_of(folder) + str(states)
        if now != last or {"pending", "sending"}.intersection(states):
            last, since = now, time.monotonic()
        time.sleep(0.2)


@pytest.mark.process
def test_kill_nine_loses_nothing_and_pages_nobody_twice(tmp_path: Path) -> None:
    config = tmp_path / "tocsin.yaml"
    playbook = ROOT / "deploy" / "example" / "playbook.yaml"
    config.write_text(CONFIG.format(playbook=playbook, port=free_port(), folder=tmp_path), encoding="utf-8")
    write_tape(tmp_path / "tape.jsonl")
    for _ in range(4):
        before = cursor_of(tmp_path)
        process = start(config)
        wait_until_moved(process, tmp_path, before)
        process.send_signal(signal.SIGKILL)
        process.wait()
    process = start(config)
    try:
        wait_until_still(process, tmp_path, config)
    finally:
        process.terminate()
        process.wait(timeout=20)
    views = incidents(config)
    paged = {track.department for view in views for track in view.tracks if track.paged}
    assert paged == {"comms", "legal", "it"}
    for view in views:
        keys = [(m.department, m.person, m.transition, m.round, m.step) for m in view.messages]
        assert len(keys) == len(set(keys))
        severity = {track.department: track.severity for track in view.tracks}
        for message in view.messages:
            cut_off = message.state == "ambiguous" and severity[message.department] == "info"
            assert message.state == "sent" or cut_off or message.reason == "superseded"
    # A page in flight at a kill may come once more, and says so; every other message is sent exactly once.
    attempts = [message.attempts for view in views for message in view.messages if message.state == "sent"]
    pages = (tmp_path / "pages.txt").read_text(encoding="utf-8")
    assert attempts
    assert sum(attempts) - len(attempts) <= pages.lower().count("duplicate")
