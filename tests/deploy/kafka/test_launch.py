"""Which way of running the broker is chosen, and the commands that follow."""

from pathlib import Path

import pytest

from deploy.kafka.jars import jar_folder, kafka_version
from deploy.kafka.launch import (
    DockerLauncher,
    JavaLauncher,
    find_docker,
    find_java,
    find_launcher,
    java_version,
)
from deploy.services.errors import ServiceMissing
from tests.deploy.programs import calls, put_program


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that is all of PATH, on a machine that never fetched a jar."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("TOCSIN_CACHE", str(tmp_path / "cache"))
    return folder


def _java(folder: Path, version: str) -> Path:
    return put_program(folder, "java", f"echo 'openjdk version \"{version}\" 2025-04-15' >&2")


@pytest.mark.parametrize(
    ("says", "version"), [("1.8.0_402", 8), ("11.0.22", 11), ("17.0.15", 17), ("21", 21), ("25-ea", 25)]
)
def test_java_says_its_version_in_several_ways(programs: Path, says: str, version: int) -> None:
    assert java_version(str(_java(programs, says))) == version


def test_a_program_that_is_no_java_has_no_version(programs: Path) -> None:
    assert java_version(str(put_program(programs, "java", "echo hello"))) is None
    assert java_version(str(programs / "absent")) is None


def test_an_old_java_home_gives_way_to_a_newer_java_on_the_path(
    programs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    newer = _java(programs, "17.0.1")
    _java(tmp_path / "old/bin", "11.0.1")
    monkeypatch.setenv("JAVA_HOME", str(tmp_path / "old"))
    assert find_java() == str(newer)


def test_an_old_java_alone_is_not_enough(programs: Path) -> None:
    _java(programs, "11.0.22")
    assert find_java() is None


def test_nothing_at_all_is_one_message_that_names_everything(programs: Path) -> None:
    assert not list(programs.iterdir())
    with pytest.raises(ServiceMissing, match=r"Java 17 or newer and Maven .*maven.*Docker engine"):
        find_launcher()


def test_java_without_maven_is_enough_when_the_jars_are_here(programs: Path) -> None:
    java = _java(programs, "17.0.1")
    jar_folder().mkdir(parents=True)
    assert find_launcher() == JavaLauncher(str(java), jar_folder())


def test_docker_stands_in_for_java(programs: Path) -> None:
    docker = put_program(programs, "docker", "exit 0")
    assert find_launcher() == DockerLauncher(str(docker), f"apache/kafka:{kafka_version()}")


def test_a_docker_client_without_its_engine_is_no_docker(programs: Path) -> None:
    put_program(programs, "docker", "echo 'Cannot connect to the Docker daemon' >&2; exit 1")
    assert find_docker() is None


def test_the_container_is_published_on_loopback_only_and_removed_by_name(
    programs: Path, tmp_path: Path
) -> None:
    docker = put_program(programs, "docker", "exit 0")
    launcher = DockerLauncher(str(docker), "apache/kafka:4.0.0")
    command = launcher.run_command(tmp_path / "server.properties", 19092)
    assert command[command.index("-p") + 1] == "127.0.0.1:19092:19092"
    assert command[command.index("-v") + 1] == f"{tmp_path}:/data"
    assert command[-2:] == ["apache/kafka:4.0.0", "/data/server.properties"]
    launcher.after_kill(19092)
    assert calls(docker) == [f"rm --force {command[command.index('--name') + 1]}"]
    assert "log.dirs=/data/log\n" in launcher.properties(port=19092, controller_port=19093, data=tmp_path)
