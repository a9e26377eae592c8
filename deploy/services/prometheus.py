"""A real Prometheus server on a loopback port, and promtool."""

import http.client
import json
import shutil
import subprocess
import urllib.parse
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from deploy.services import ports
from deploy.services.child import Child
from deploy.services.errors import ServiceFailed, ServiceMissing

TO_INSTALL = "Prometheus and promtool are not installed (on Debian or Ubuntu: `apt-get install prometheus`)."
_ANSWER_LIMIT_S = 10.0
_PROMTOOL_LIMIT_S = 60.0


class Prometheus:
    """A server in `folder`, with a configuration given as plain data (as in prometheus.yml).

    `rules` maps the names of rule files to their text; they are added to the configuration's `rule_files`. Start it
    from a thread that lives as long as the server should (see `Child`).
    """

    def __init__(
        self,
        folder: Path,
        config: Mapping[str, Any] | None = None,
        rules: Mapping[str, str] | None = None,
        port: int | None = None,
    ) -> None:
        self.folder = folder.resolve()
        self.port = port or ports.free_port()
        self._config = dict(config or {})
        self._rules = dict(rules or {})
        self._child: Child | None = None

    @property
    def url(self) -> str:
        """The server's address, without a slash at the end."""
        return f"http://{ports.LOOPBACK}:{self.port}"

    @property
    def running(self) -> bool:
        """Whether the server's process is there."""
        return self._child is not None and self._child.running

    def start(self) -> None:
        """Write the configuration, run the server and return when it is ready to answer.

        Raises ServiceMissing when it is not installed, ServiceFailed when it refuses the configuration.
        """
        if self.running:
            return
        program = shutil.which("prometheus")
        if program is None:
            raise ServiceMissing(TO_INSTALL)
        self.folder.mkdir(parents=True, exist_ok=True)
        options = {
            "config.file": self._write_config(),
            "storage.tsdb.path": self.folder / "data",
            "web.listen-address": f"{ports.LOOPBACK}:{self.port}",
            "log.level": "warn",
        }
        command = [program, *(f"--{name}={value}" for name, value in options.items())]
        self._child = Child("Prometheus", command, self.folder / "prometheus.log")
        self._child.wait_until(self._ready)

    def stop(self) -> None:
        """Stop the server; its data stays in the folder."""
        if self._child is not None:
            self._child.stop()
        self._child = None

    def api(self, path: str, **parameters: str) -> Any:
        """Return the `data` of `GET /api/v1/PATH`, `query` with `query="up"` for example.

        Raises ServiceFailed with the server's own words when it answers with an error.
        """
        status, body = self._get(f"/api/v1/{path}?{urllib.parse.urlencode(parameters)}")
        if status != http.client.OK:
            raise ServiceFailed(
                f"Prometheus answered {status} to {path}: {body[:1000].decode(errors='replace')}"
            )
        return json.loads(body)["data"]

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self.stop()

    def _write_config(self) -> Path:
        for name, text in self._rules.items():
            (self.folder / name).write_text(text, "utf-8")
        files = [*self._config.get("rule_files", []), *(str(self.folder / name) for name in self._rules)]
        path = self.folder / "prometheus.yml"
        path.write_text(json.dumps(self._config | {"rule_files": files}), "utf-8")  # JSON is YAML
        return path

    def _ready(self) -> bool:
        try:
            return self._get("/-/ready")[0] == http.client.OK
        except (OSError, http.client.HTTPException):
            return False

    def _get(self, target: str) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection(ports.LOOPBACK, self.port, timeout=_ANSWER_LIMIT_S)
        try:
            connection.request("GET", target)
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()


def promtool(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run promtool (`promtool("check", "rules", path)`); look at `returncode`, `stdout` and `stderr`.

    Raises ServiceMissing when it is not installed.
    """
    program = shutil.which("promtool")
    if program is None:
        raise ServiceMissing(TO_INSTALL)
    return subprocess.run(
        [program, *map(str, arguments)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=_PROMTOOL_LIMIT_S,
        check=False,
    )
