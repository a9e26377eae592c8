"""Child processes: readiness, their last words, and how they end."""

import sys
from pathlib import Path

import pytest

from deploy.services.child import Child
from deploy.services.errors import ServiceFailed

_STUBBORN = """
import signal
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print('up', flush=True)
while True:
    signal.pause()
"""


def _child(tmp_path: Path, source: str) -> Child:
    return Child("The server", [sys.executable, "-u", "-c", source], tmp_path / "server.log")


def test_one_that_ends_at_start_says_why(tmp_path: Path) -> None:
    child = _child(tmp_path, "print('no such setting'); raise SystemExit(3)")
    with pytest.raises(
        ServiceFailed, match=r"(?s)The server ended at start with exit status 3.*no such setting"
    ):
        child.wait_until(lambda: False)
    assert not child.running


def test_one_that_never_gets_ready_is_ended(tmp_path: Path) -> None:
    child = _child(tmp_path, "import signal; signal.pause()")
    with pytest.raises(ServiceFailed, match=r"did not get ready \(2 tries\)"):
        child.wait_until(lambda: False, tries=2)
    assert not child.running


def test_it_stops_when_asked(tmp_path: Path) -> None:
    child = _child(tmp_path, "import signal; print('up', flush=True); signal.pause()")
    child.wait_until(lambda: "up" in child.last_words())
    child.stop()
    assert not child.running
    child.stop()  # a second time is no error


def test_one_that_does_not_listen_is_ended_by_force(tmp_path: Path) -> None:
    child = _child(tmp_path, _STUBBORN)
    child.wait_until(lambda: "up" in child.last_words())
    child.stop(grace_s=0.05)
    assert not child.running
