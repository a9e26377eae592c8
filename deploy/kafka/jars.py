"""Fetch the broker's jars with Maven, once per content of pom.xml.

Standard library only: `deploy.services.ensure` calls this before anything is installed.
"""

import contextlib
import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from deploy.services.errors import ServiceFailed, ServiceMissing

POM = Path(__file__).with_name("pom.xml")
_COPY = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies"
_FETCH_LIMIT_S = 900


def kafka_version(pom: Path = POM) -> str:
    """Return the broker's version that `pom` names."""
    found = re.search(r"<kafka\.version>([^<]+)</kafka\.version>", pom.read_text("utf-8"))
    if found is None:
        raise ServiceFailed(f"{pom}: there is no <kafka.version> property; put the broker's version there")
    return found.group(1).strip()


def cache_root() -> Path:
    """Return the user's cache folder for Tocsin (`TOCSIN_CACHE`, else the XDG one)."""
    own = os.environ.get("TOCSIN_CACHE")
    if own:
        return Path(own)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "tocsin"


def jar_folder(pom: Path = POM) -> Path:
    """Return where the jars of `pom` belong, fetched or not: another pom has another folder."""
    digest = hashlib.sha256(pom.read_bytes()).hexdigest()[:16]
    return cache_root() / f"kafka-{kafka_version(pom)}-{digest}"


def fetch_jars(pom: Path = POM) -> Path:
    """Return the folder of jars, fetched first when this machine does not have it.

    Two processes may call this at once: one fetches, the other waits. Raises ServiceMissing without Maven,
    ServiceFailed when Maven fails.
    """
    folder = jar_folder(pom)
    if folder.is_dir():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    with _locked(folder.parent / f"{folder.name}.lock"):
        if not folder.is_dir():
            _fetch(pom, folder)
    return folder


def _fetch(pom: Path, folder: Path) -> None:
    maven = shutil.which("mvn")
    if maven is None:
        raise ServiceMissing(
            "Maven (mvn) is not installed and fetches the Kafka broker: install the package `maven`."
        )
    # A folder of the final name is always whole: it gets that name when Maven has ended well.
    half_done = Path(tempfile.mkdtemp(prefix=f"{folder.name}-", dir=folder.parent))
    options = ["-q", "-B", "-DincludeScope=runtime", f"-DoutputDirectory={half_done}"]
    try:
        done = subprocess.run(
            [maven, "-f", str(pom), _COPY, *options],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_FETCH_LIMIT_S,
            check=False,
        )
        if done.returncode != 0:
            raise ServiceFailed(
                f"Maven could not fetch the Kafka broker of {pom}:\n{done.stdout[-4000:].strip()}"
            )
        half_done.chmod(0o755)
        half_done.rename(folder)
    finally:
        shutil.rmtree(half_done, ignore_errors=True)


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
