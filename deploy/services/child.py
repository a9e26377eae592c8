"""One server as a child process of ours: it logs to a file, and it never outlives us."""

import contextlib
import ctypes
import functools
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from deploy.services.errors import ServiceFailed

_PR_SET_PDEATHSIG = 1
_POLL_S = 0.1
_LOG_TAIL_BYTES = 4_000


@dataclass(frozen=True, slots=True)
class Account:
    """The system account that a server runs as when we are root and it refuses to be."""

    name: str
    uid: int
    gid: int


class Child:
    """A started process, ended by its own id only.

    The kernel sends it `death_signal` when the *thread* that started it ends, so start it from a thread that lives
    as long as the server should (the main thread, in tests).
    """

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        log: Path,
        *,
        account: Account | None = None,
        environment: Mapping[str, str] | None = None,
        stop_signal: signal.Signals = signal.SIGTERM,
        death_signal: signal.Signals = signal.SIGKILL,
    ) -> None:
        self.name = name
        self.log = log
        self._stop_signal = stop_signal
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                list(command),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=log.parent,
                env=None if environment is None else dict(environment),
                # Ctrl-C in the terminal is for us to handle: we then stop the server in good order.
                start_new_session=True,
                user=account.uid if account else None,
                group=account.gid if account else None,
                extra_groups=[] if account else None,
                preexec_fn=_die_with_parent(death_signal),  # noqa: PLW1509  (only a ready-made system call runs there)
            )

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    @property
    def running(self) -> bool:
        """Whether the process is still there."""
        return self._process.poll() is None

    def wait_until(self, ready: Callable[[], bool], *, tries: int = 600) -> None:
        """Ask `ready` again and again, at most `tries` times and ten times a second, until it says yes.

        Raises ServiceFailed, with the end of the log, when the process ends first or the tries run out; the process
        is ended then.
        """
        for _ in range(tries):
            if ready():
                return
            if self.wait_for_end(_POLL_S):
                status = self._process.returncode
                raise ServiceFailed(
                    f"{self.name} ended at start with exit status {status}.\n{self.last_words()}"
                )
        self.kill()
        raise ServiceFailed(f"{self.name} did not get ready ({tries} tries).\n{self.last_words()}")

    def wait_for_end(self, seconds: float) -> bool:
        """Wait at most `seconds` for the process to end by itself; tell whether it did."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout=seconds)
        return not self.running

    def stop(self, grace_s: float = 20.0) -> None:
        """Ask the process to end, and end it by force when it has not after `grace_s` seconds."""
        if self.running:
            self._process.send_signal(self._stop_signal)
            if not self.wait_for_end(grace_s):
                self.kill()

    def kill(self) -> None:
        """End the process at once (SIGKILL), as a crash would."""
        self._process.kill()
        self._process.wait()

    def last_words(self) -> str:
        """Return the end of the log, to explain a failure."""
        tail = self.log.read_bytes()[-_LOG_TAIL_BYTES:].decode(errors="replace").strip()
        return f"Its log ({self.log}) ends with:\n{tail or '(nothing)'}"


def _die_with_parent(death_signal: signal.Signals) -> Callable[[], object] | None:
    if not sys.platform.startswith("linux"):
        return None
    # Loaded here, before the fork: the child may only make the call.
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    return functools.partial(_ask_for_death_signal, prctl, death_signal, os.getpid())


def _ask_for_death_signal(
    prctl: Callable[[int, int], int], death_signal: signal.Signals, expected_parent: int
) -> None:
    prctl(_PR_SET_PDEATHSIG, death_signal)
    if os.getppid() != expected_parent:  # the parent died before the call: no signal will come
        os._exit(1)
