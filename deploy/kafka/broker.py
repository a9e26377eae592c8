"""A one-node Kafka broker as a child process: start, stop, kill, and restart on the same port and data."""

import subprocess
from pathlib import Path
from types import TracebackType
from typing import Self

from kafka.admin import KafkaAdminClient
from kafka.errors import KafkaError

from deploy.kafka.launch import Launcher, find_launcher
from deploy.services import ports
from deploy.services.child import Child
from deploy.services.errors import ServiceFailed

_FORMAT_LIMIT_S = 120
_ANSWER_LIMIT_MS = 5_000
_LOOK_EVERY_S = 3_600


class Broker:
    """A broker on 127.0.0.1:`port` whose data lives under `data_dir` (made when missing, kept at stop).

    Start it from a thread that lives as long as the broker should: the broker ends with it (see `Child`).
    """

    def __init__(self, data_dir: Path, port: int, *, launcher: Launcher | None = None) -> None:
        self.data_dir = data_dir.resolve()
        self.port = port
        self._launcher = launcher
        self._child: Child | None = None

    @property
    def bootstrap(self) -> str:
        """The address for clients, `host:port`."""
        return f"{ports.LOOPBACK}:{self.port}"

    @property
    def running(self) -> bool:
        """Whether the broker's process is there."""
        return self._child is not None and self._child.running

    @property
    def pid(self) -> int:
        """The process id of the running broker; raises ServiceFailed when none runs."""
        return self._running_child().pid

    @property
    def log(self) -> Path:
        """The file that holds the broker's warnings and errors."""
        return self.data_dir / "broker.log"

    def start(self) -> None:
        """Start the broker and return when it answers a metadata request.

        Raises ServiceMissing when this machine cannot run one, ServiceFailed when it does not start.
        """
        if self.running:
            return
        if not ports.is_free(self.port):
            raise ServiceFailed(
                f"Port {self.port} of {ports.LOOPBACK} is taken: stop what listens there, or choose another."
            )
        launcher = self._launcher = self._launcher or find_launcher()
        self.data_dir.mkdir(parents=True, exist_ok=True)
        properties = self._write_properties(launcher)
        self._format(launcher.format_command(properties))
        self._child = Child("The Kafka broker", launcher.run_command(properties, self.port), self.log)
        self._child.wait_until(self._answers)

    def stop(self) -> None:
        """Stop the broker in good order (SIGTERM), by force when that takes too long. Its data stays."""
        if self._child is not None:
            self._child.stop()
        self._forget()

    def kill(self) -> None:
        """End the broker at once, as a crash would. Its data stays."""
        self._running_child().kill()
        self._forget()

    def restart(self) -> None:
        """Stop the broker where it runs, then start it on the same port and data."""
        self.stop()
        self.start()

    def wait_for_end(self) -> None:
        """Return when the running broker has ended by itself."""
        child = self._running_child()
        while not child.wait_for_end(_LOOK_EVERY_S):
            pass

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self.stop()

    def _running_child(self) -> Child:
        if self._child is None or not self._child.running:
            raise ServiceFailed(f"No Kafka broker of ours runs on port {self.port}.")
        return self._child

    def _forget(self) -> None:
        self._child = None
        if self._launcher is not None:
            self._launcher.after_kill(self.port)

    def _write_properties(self, launcher: Launcher) -> Path:
        path = self.data_dir / "server.properties"
        # Only this broker's own controller listener uses this port, so it may differ from start to start.
        path.write_text(
            launcher.properties(port=self.port, controller_port=ports.free_port(), data=self.data_dir),
            "utf-8",
        )
        return path

    def _format(self, command: list[str]) -> None:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_FORMAT_LIMIT_S,
            check=False,
        )
        if done.returncode != 0:
            said = (done.stdout + done.stderr)[-4000:].strip()
            raise ServiceFailed(f"The data folder {self.data_dir} could not be prepared for Kafka:\n{said}")

    def _answers(self) -> bool:
        if not ports.accepts(self.port):
            return False
        try:
            admin = KafkaAdminClient(bootstrap_servers=self.bootstrap, request_timeout_ms=_ANSWER_LIMIT_MS)
        except KafkaError:
            return False
        try:
            return any(not broker["is_fenced"] for broker in admin.describe_cluster()["brokers"])
        except KafkaError:
            return False
        finally:
            admin.close()
