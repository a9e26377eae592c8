"""`python -m deploy.services.ensure`: have every real server that the tests use, or say at once what to install.

Standard library only, so that it also runs before anything is installed. When everything is there it only looks.
"""

import argparse
import shutil
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from deploy.kafka import launch
from deploy.kafka.jars import jar_folder
from deploy.services import chromium, packages, postgres, prometheus
from deploy.services.errors import ServiceFailed, ServiceMissing

_OUTSIDE_IS_DOWN = 3


@dataclass(frozen=True, slots=True)
class Need:
    """Something that must be on the machine: how to see it, the Debian packages that bring it, and the advice.

    A package may be several names with `|` between them, of which each release of the system has one.
    """

    name: str
    present: Callable[[], bool]
    packages: tuple[str, ...]
    advice: str


def kafka_can_run() -> bool:
    """Tell whether a Kafka broker can be run here, its jars fetched or not."""
    if launch.find_java() and (shutil.which("mvn") or jar_folder().is_dir()):
        return True
    return launch.find_docker() is not None


def prometheus_is_here() -> bool:
    """Tell whether both the server and its checker are installed."""
    return bool(shutil.which("prometheus") and shutil.which("promtool"))


NEEDS = (
    Need(
        "Kafka",
        kafka_can_run,
        ("openjdk-17-jre-headless|openjdk-21-jre-headless|openjdk-25-jre-headless", "maven"),
        launch.TO_INSTALL,
    ),
    Need("PostgreSQL", lambda: postgres.find_programs() is not None, ("postgresql",), postgres.TO_INSTALL),
    Need("Prometheus", prometheus_is_here, ("prometheus",), prometheus.TO_INSTALL),
    Need(
        "Chromium",
        lambda: chromium.find_chromium() is not None,
        ("chromium|chromium-browser",),
        chromium.TO_INSTALL,
    ),
)


def ensure(
    needs: Sequence[Need],
    *,
    may_install: Callable[[], bool],
    install: Callable[[Sequence[str]], None],
) -> list[str]:
    """Install what is missing of `needs` and return the names of what was.

    Raises ServiceMissing with one message for all that is missing when nothing may be installed, or when it is still
    missing afterwards; ServiceFailed when installing fails.
    """
    missing = [need for need in needs if not need.present()]
    if not missing:
        return []
    if may_install():
        install([package for need in missing for package in need.packages])
    still_missing = [need for need in missing if not need.present()]
    if still_missing:
        raise ServiceMissing(advice(still_missing))
    return [need.name for need in missing]


def advice(missing: Sequence[Need]) -> str:
    """Return the one message that lists everything to install."""
    lines = [f"  {need.name}: {need.advice}" for need in missing]
    wanted = " ".join(package.partition("|")[0] for need in missing for package in need.packages)
    return "\n".join(
        [
            "The tests need real servers, and these are missing:",
            *lines,
            f"All at once: sudo apt-get install {wanted}",
        ]
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; return its exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m deploy.services.ensure",
        description="Have every real server that the tests use, or say what to install.",
    )
    parser.add_argument("--quiet", action="store_true", help="say nothing when everything is there")
    quiet = parser.parse_args(arguments).quiet
    try:
        installed = ensure(NEEDS, may_install=packages.may_install, install=packages.install)
        launch.find_launcher()  # fetches the broker's jars
    except (ServiceMissing, ServiceFailed) as problem:
        print(problem, file=sys.stderr)  # noqa: T201
        return _OUTSIDE_IS_DOWN
    if installed or not quiet:
        names = ", ".join(need.name for need in NEEDS)
        print(f"Ready: {names}.", file=sys.stderr)  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main())
