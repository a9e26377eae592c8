"""A process that must leave leaves, also when nobody reads its log any more."""

import subprocess
import sys

import pytest

SAYS_WHY = """
import sys
from monitor.stream.ending import end_process
import logging
logging.basicConfig(stream=sys.stderr)
end_process("because")
"""
NOBODY_READS = """
import logging, threading
import monitor.stream.ending as ending
ending.LAST_WORDS_S = 0.2
handler = logging.StreamHandler()
logging.getLogger().addHandler(handler)
held = threading.Event()
def write_for_ever():
    handler.acquire()
    held.set()
    threading.Event().wait()
threading.Thread(target=write_for_ever, daemon=True).start()
held.wait()
ending.end_process("because")
"""


def run(program: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False
    )


@pytest.mark.process
def test_it_says_why_and_leaves_with_its_code() -> None:
    done = run(SAYS_WHY)
    assert done.returncode == 70
    assert "stopping: because" in done.stderr


@pytest.mark.process
def test_a_log_that_nobody_reads_does_not_keep_it() -> None:
    assert run(NOBODY_READS).returncode == 70
