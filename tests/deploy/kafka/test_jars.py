"""Fetching the broker's jars: once per pom.xml, whole or not at all."""

from pathlib import Path

import pytest

from deploy.kafka.jars import POM, fetch_jars, jar_folder, kafka_version
from deploy.services.errors import ServiceFailed, ServiceMissing
from tests.deploy.programs import calls, put_program

_FAKE_MAVEN = """
for argument in "$@"; do
  case "$argument" in -DoutputDirectory=*) echo jar > "${argument#-DoutputDirectory=}/kafka.jar" ;; esac
done
"""


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that is all of PATH; the cache is empty."""
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setenv("TOCSIN_CACHE", str(tmp_path / "cache"))
    return tmp_path / "bin"


def _pom(folder: Path, version: str) -> Path:
    path = folder / "pom.xml"
    path.write_text(f"<project><kafka.version>{version}</kafka.version></project>", "utf-8")
    return path


def test_our_pom_names_a_broker_of_the_fourth_generation() -> None:
    assert kafka_version(POM).startswith("4.")


def test_a_pom_without_a_version_is_named(tmp_path: Path) -> None:
    pom = tmp_path / "pom.xml"
    pom.write_text("<project/>", "utf-8")
    with pytest.raises(ServiceFailed, match=r"pom\.xml: there is no <kafka\.version>"):
        kafka_version(pom)


def test_jars_are_fetched_once(programs: Path, tmp_path: Path) -> None:
    maven = put_program(programs, "mvn", _FAKE_MAVEN)
    pom = _pom(tmp_path, "4.0.0")
    folder = fetch_jars(pom)
    assert (folder / "kafka.jar").is_file()
    assert fetch_jars(pom) == folder
    assert len(calls(maven)) == 1


def test_another_pom_has_another_folder(programs: Path, tmp_path: Path) -> None:
    first = jar_folder(_pom(tmp_path, "4.0.0"))
    second = jar_folder(_pom(tmp_path, "4.1.0"))
    assert first != second
    assert not programs.exists()


def test_a_failed_fetch_leaves_nothing_and_says_what_maven_said(programs: Path, tmp_path: Path) -> None:
    put_program(programs, "mvn", f"{_FAKE_MAVEN}\necho 'could not resolve kafka'; exit 1")
    pom = _pom(tmp_path, "4.0.0")
    with pytest.raises(ServiceFailed, match="could not resolve kafka"):
        fetch_jars(pom)
    assert [path.suffix for path in (tmp_path / "cache").iterdir()] == [".lock"]


def test_without_maven_the_message_names_it(programs: Path, tmp_path: Path) -> None:
    assert not programs.exists()
    with pytest.raises(ServiceMissing, match="install the package `maven`"):
        fetch_jars(_pom(tmp_path, "4.0.0"))
