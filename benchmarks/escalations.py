"""Six thousand open escalations that are due at once: how long until every step is taken and every page claimed.

Two routers on one PostgreSQL, each a process of its own; then the same with one of them killed in the middle.
On SQLite there is one router: it has one writer at a time.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.escalation_log import Log
from benchmarks.escalation_site import Watched, open_incidents
from benchmarks.figures import Figure
from benchmarks.progress import say
from deploy.services.postgres import Postgres

COUNT = 6_000
SENT = (
    600  # the sending itself goes on for long after the claim: each page is composed from all that is stored
)
KILLED_AT = 600  # incidents where one router is killed
LIMIT_S = 300.0
ROOT = Path(__file__).parents[1]
_ANCHOR = "10 s published for iris-message-processor, 5 s agreed for this router"


@contextmanager
def routers(url: str, files: list[Path], seconds: float = 0.0) -> Iterator[list[subprocess.Popen[str]]]:
    """One router for each file, ready and waiting for a line; ended when this ends."""
    command = [sys.executable, "-m", "benchmarks.escalation_router", url]
    started = [
        subprocess.Popen(
            [*command, str(file), str(seconds)],
            cwd=ROOT,
            text=True,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        for file in files
    ]
    try:
        for process in started:
            if process.stdout is None or process.stdout.readline() != "ready\n":
                raise RuntimeError("a router did not start")
        yield started
    finally:
        for process in started:
            process.kill()
            process.communicate()


def begin(process: subprocess.Popen[str]) -> None:
    """Let a router that is ready run."""
    if process.stdin is not None:
        process.stdin.write("go\n")
        process.stdin.flush()


def until(done: Callable[[], bool], *, limit_s: float = LIMIT_S) -> float:
    """Look twenty times a second; returns how long it took. Raises RuntimeError when it takes too long."""
    start = time.monotonic()
    while not done():
        if time.monotonic() - start > limit_s:
            raise RuntimeError(f"not done after {limit_s:.0f} s")
        time.sleep(0.05)
    return time.monotonic() - start


def run() -> Figure:
    """On PostgreSQL with two routers, and what happens when one is killed."""
    with Postgres() as postgres, tempfile.TemporaryDirectory() as folder:
        detail = _measure(postgres.create_database("bench_due"), Path(folder), 2)
        say(f"{COUNT} escalations on PostgreSQL, two routers: {detail}")
        detail |= _killed(postgres.create_database("bench_kill"), Path(folder) / "killed")
    say(f"one of two routers killed: {detail}")
    return Figure("escalations_6000_s", detail.pop("claimed_s"), "s", 5.0, _ANCHOR, detail)


def run_sqlite() -> Figure:
    """On SQLite with the one router that it is for."""
    with tempfile.TemporaryDirectory() as folder:
        detail = _measure(f"sqlite:///{folder}/router.db", Path(folder), 1)
    say(f"{COUNT} escalations on SQLite: claimed after {detail['claimed_s']} s; {detail}")
    return Figure("escalations_6000_s_sqlite", detail.pop("claimed_s"), "s", 5.0, _ANCHOR, detail)


def _measure(url: str, folder: Path, how_many: int) -> dict[str, float]:
    open_incidents(url, COUNT)
    watched = Watched(url)
    taken: dict[str, float] = {}
    try:
        with routers(url, [folder / f"router-{n}" for n in range(how_many)]) as processes:
            watched.make_due()
            before = sum(map(_cpu_s, processes))
            start = time.monotonic()
            for process in processes:
                begin(process)
            for place, name in enumerate(("taken_s", "claimed_s")):
                until(lambda place=place: watched.counts()[place] == COUNT)  # type: ignore[misc]
                taken[name] = round(time.monotonic() - start, 2)
            taken["routers_cpu_s"] = round(sum(map(_cpu_s, processes)) - before, 2)
            taken["load_average"] = round(os.getloadavg()[0], 1)  # other work on the machine shows here
            until(lambda: watched.counts()[2] >= SENT)
            taken[f"sent_{SENT}_s"] = round(time.monotonic() - start, 2)
    finally:
        watched.close()
    return taken


def _cpu_s(process: subprocess.Popen[str]) -> float:
    """The processor time of a running process."""
    fields = Path(f"/proc/{process.pid}/stat").read_text("utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _killed(url: str, folder: Path) -> dict[str, float]:
    """One of two routers is killed with claims in its hands: how long until the other has them all."""
    folder.mkdir()
    open_incidents(url, KILLED_AT)
    watched, files = Watched(url), [folder / "killed", folder / "survivor"]
    try:
        with routers(url, files) as processes:
            watched.make_due()
            begin(processes[0])  # alone at first, so that there is something in its hands
            until(lambda: len(Log(files[0]).sent) >= KILLED_AT // 10)
            begin(processes[1])
            processes[0].kill()
            processes[0].wait()
            log = Log(files[0])
            until(lambda: all(log.is_past(one, *now) for one, now in watched.fences().items()))
            recovered = round(log.since_now(), 2)
            until(lambda: watched.counts()[2] == KILLED_AT)
    finally:
        watched.close()
    both = Log(*files)
    return {
        "recovery_s": recovered,
        "lost": KILLED_AT - len(set(both.sent)),
        "doubled_unmarked": both.doubled_unmarked(),
        "copies_marked": len(both.sent) - len(set(both.sent)),
    }
