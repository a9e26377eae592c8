"""How the broker is run here: by Java and Maven's jars, or by Docker where those are missing.

A launcher turns a data folder and a port into two commands: one that formats the folder, one that runs the broker.
Standard library only, as `deploy.services.ensure` asks here whether the broker can be run.
"""

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from deploy.kafka.jars import fetch_jars, jar_folder, kafka_version
from deploy.kafka.properties import CLUSTER_ID, server_properties
from deploy.services.errors import ServiceMissing

NEEDED_JAVA = 17
_LOGGING = Path(__file__).with_name("log4j2.properties")
_ASK_LIMIT_S = 20

TO_INSTALL = (
    f"The Kafka broker needs Java {NEEDED_JAVA} or newer and Maven (on Debian or Ubuntu: "
    f"`apt-get install openjdk-{NEEDED_JAVA}-jre-headless maven`), or else a running Docker engine."
)


class Launcher(Protocol):
    """One way to run the broker."""

    def properties(self, *, port: int, controller_port: int, data: Path) -> str:
        """Return the text of `server.properties` for a broker run this way."""

    def format_command(self, properties: Path) -> list[str]:
        """Return the command that prepares an empty data folder, and leaves a prepared one alone."""

    def run_command(self, properties: Path, port: int) -> list[str]:
        """Return the command that runs the broker in the foreground."""

    def after_kill(self, port: int) -> None:
        """End what SIGKILL to that command leaves behind."""


@dataclass(frozen=True, slots=True)
class JavaLauncher:
    """Runs `kafka.Kafka` in a small Java virtual machine of our own."""

    java: str
    jars: Path

    def properties(self, *, port: int, controller_port: int, data: Path) -> str:
        """Return settings that listen on the loopback address only."""
        return server_properties(port=port, controller_port=controller_port, log_dir=data / "log")

    def format_command(self, properties: Path) -> list[str]:
        """Return the call of Kafka's storage tool."""
        tool = [
            "kafka.tools.StorageTool",
            "format",
            "--ignore-formatted",
            "-t",
            CLUSTER_ID,
            "-c",
            str(properties),
        ]
        return [*self._machine("-Xmx128m", "-XX:TieredStopAtLevel=1"), *tool]

    def run_command(self, properties: Path, port: int) -> list[str]:
        """Return the call of the broker's main class."""
        return [*self._machine("-Xms128m", "-Xmx512m"), "kafka.Kafka", str(properties)]

    def after_kill(self, port: int) -> None:
        """Nothing is left: the broker was the process."""

    def _machine(self, *options: str) -> list[str]:
        logging = f"-Dlog4j2.configurationFile={_LOGGING}"
        return [self.java, *options, "-XX:+UseSerialGC", logging, "-cp", f"{self.jars}/*"]


@dataclass(frozen=True, slots=True)
class DockerLauncher:
    """Runs the official image, published on the loopback address only."""

    docker: str
    image: str

    def properties(self, *, port: int, controller_port: int, data: Path) -> str:
        """Return settings for the inside of a container that keeps `data` under `/data`."""
        return server_properties(
            port=port,
            controller_port=controller_port,
            log_dir=Path("/data/log"),
            listen_on="0.0.0.0",  # noqa: S104
        )

    def format_command(self, properties: Path) -> list[str]:
        """Return the call of the image's storage tool."""
        tool = ["format", "--ignore-formatted", "-t", CLUSTER_ID, "-c", f"/data/{properties.name}"]
        return [
            *self._run(properties.parent),
            "--entrypoint",
            "/opt/kafka/bin/kafka-storage.sh",
            self.image,
            *tool,
        ]

    def run_command(self, properties: Path, port: int) -> list[str]:
        """Return the call of the image's broker, named after its port so that `after_kill` finds it."""
        published = [
            "--name",
            self._name(port),
            "-p",
            f"127.0.0.1:{port}:{port}",
            "-e",
            "KAFKA_HEAP_OPTS=-Xmx512m",
        ]
        script = [
            "--entrypoint",
            "/opt/kafka/bin/kafka-server-start.sh",
            self.image,
            f"/data/{properties.name}",
        ]
        return [*self._run(properties.parent), *published, *script]

    def after_kill(self, port: int) -> None:
        """Kill the container: it goes on when its `docker run` is killed."""
        subprocess.run(
            [self.docker, "rm", "--force", self._name(port)],
            capture_output=True,
            timeout=_ASK_LIMIT_S,
            check=False,
        )

    def _run(self, data: Path) -> list[str]:
        owner = f"{os.getuid()}:{os.getgid()}"
        return [self.docker, "run", "--rm", "--user", owner, "-v", f"{data.resolve()}:/data"]

    @staticmethod
    def _name(port: int) -> str:
        return f"tocsin-kafka-{port}"


def find_launcher() -> Launcher:
    """Return the way to run a broker here; the jars are fetched first where they are missing.

    Raises ServiceMissing, whose message names what to install.
    """
    java = find_java()
    if java is not None and (jar_folder().is_dir() or shutil.which("mvn")):
        return JavaLauncher(java, fetch_jars())
    docker = find_docker()
    if docker is not None:
        return DockerLauncher(docker, f"apache/kafka:{kafka_version()}")
    raise ServiceMissing(TO_INSTALL)


def find_java() -> str | None:
    """Return the path of a Java that is new enough: that of JAVA_HOME, else the first on PATH."""
    home = os.environ.get("JAVA_HOME")
    for candidate in (shutil.which("java", path=f"{home}/bin") if home else None, shutil.which("java")):
        if candidate is not None and (java_version(candidate) or 0) >= NEEDED_JAVA:
            return candidate
    return None


def java_version(java: str) -> int | None:
    """Return the main version number (8, 17, 21 ...) of a `java` program, None when it does not say."""
    try:
        answer = subprocess.run(
            [java, "-version"], capture_output=True, text=True, timeout=_ASK_LIMIT_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    found = re.search(r'version "(?:1\.)?(\d+)', answer.stderr + answer.stdout)
    return int(found.group(1)) if found else None


def find_docker() -> str | None:
    """Return the path of the Docker client when an engine answers it."""
    docker = shutil.which("docker")
    if docker is None:
        return None
    try:
        answer = subprocess.run([docker, "info"], capture_output=True, timeout=_ASK_LIMIT_S, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return docker if answer.returncode == 0 else None
