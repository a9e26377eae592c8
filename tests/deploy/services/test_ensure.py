"""Installing what the tests need, or saying at once what to install."""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from deploy.services import ensure, packages
from deploy.services.ensure import NEEDS, Need
from deploy.services.errors import ServiceMissing


class Machine:
    """A machine with some packages; whoever may install adds to them."""

    def __init__(self, *packages: str, repairs: bool = True) -> None:
        self.packages = set(packages)
        self.asked: list[Sequence[str]] = []
        self._repairs = repairs

    def install(self, packages: Sequence[str]) -> None:
        """Add the first of each package's names."""
        self.asked.append(packages)
        if self._repairs:
            self.packages |= {names.partition("|")[0] for names in packages}

    def needs(self) -> list[Need]:
        """Three needs that look at this machine."""
        return [
            Need(
                "Kafka", lambda: {"java", "mvn"} <= self.packages, ("java|java21", "mvn"), "Kafka needs Java."
            ),
            Need("PostgreSQL", lambda: "postgresql" in self.packages, ("postgresql",), "No PostgreSQL."),
            Need("Chromium", lambda: "chromium" in self.packages, ("chromium",), "No Chromium."),
        ]


def test_nothing_is_asked_for_when_everything_is_there() -> None:
    machine = Machine("java", "mvn", "postgresql", "chromium")
    assert ensure.ensure(machine.needs(), may_install=lambda: True, install=machine.install) == []
    assert machine.asked == []


def test_only_what_is_missing_is_installed_in_one_go() -> None:
    machine = Machine("postgresql")
    installed = ensure.ensure(machine.needs(), may_install=lambda: True, install=machine.install)
    assert installed == ["Kafka", "Chromium"]
    assert machine.asked == [["java|java21", "mvn", "chromium"]]


def test_without_the_right_to_install_one_message_lists_everything() -> None:
    machine = Machine("postgresql")
    with pytest.raises(ServiceMissing) as caught:
        ensure.ensure(machine.needs(), may_install=lambda: False, install=machine.install)
    assert machine.asked == []
    assert str(caught.value).splitlines() == [
        "The tests need real servers, and these are missing:",
        "  Kafka: Kafka needs Java.",
        "  Chromium: No Chromium.",
        "All at once: sudo apt-get install java mvn chromium",
    ]


def test_what_is_still_missing_after_installing_is_said() -> None:
    machine = Machine("java", "mvn", "postgresql", repairs=False)
    with pytest.raises(ServiceMissing, match="No Chromium"):
        ensure.ensure(machine.needs(), may_install=lambda: True, install=machine.install)


def test_it_needs_nothing_but_the_standard_library() -> None:
    root = Path(ensure.__file__).parents[2]
    source = f"import sys; sys.path.insert(0, {str(root)!r}); import deploy.services.ensure"
    subprocess.run([sys.executable, "-I", "-S", "-c", source], check=True)


def test_every_need_has_advice_and_packages() -> None:
    assert {need.name for need in NEEDS} == {"Kafka", "PostgreSQL", "Prometheus", "Chromium"}
    assert all("apt-get install" in need.advice and need.packages for need in NEEDS)


def test_the_command_reports_what_is_missing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(ensure, "NEEDS", Machine().needs())
    monkeypatch.setattr(packages, "may_install", lambda: False)
    assert ensure.main(["--quiet"]) == 3
    assert "No PostgreSQL." in capsys.readouterr().err
