"""deploy/compose.yaml: what it names exists, what runs is pinned and watched, nothing listens beyond the machine."""

import re
import tomllib
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from click.testing import CliRunner

from deploy.cli import COMMANDS, main
from deploy.kafka.jars import kafka_version
from deploy.kafka.properties import server_properties
from deploy.settings import TocsinSettings, load_settings
from tests.deploy.containers import COMPOSE, mounts, services, variables
from tests.deploy.monitoring import GRAFANA, OPERATIONS, PROMETHEUS, ROOT, read_yaml

SERVICES = services()
TOCSIN = {name: one for name, one in SERVICES.items() if one["image"].startswith("tocsin:")}
EXAMPLE = ROOT / "deploy" / "example" / "compose" / "tocsin.yaml"


@pytest.fixture(scope="module")
def example() -> TocsinSettings:
    return load_settings(EXAMPLE)


def test_all_parts_are_there() -> None:
    others = {"kafka", "postgres", "prometheus", "grafana"}
    assert set(SERVICES) == {"topics", "connect", "worker", "route", "auditor"} | others


@pytest.mark.parametrize("name", SERVICES)
def test_every_image_is_pinned(name: str) -> None:
    assert re.search(r":v?\d+\.\d+(\.\d+)?(-\w+)?$", SERVICES[name]["image"])


def test_versions_agree_with_the_repository() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert {one["image"] for one in TOCSIN.values()} == {f"tocsin:{project['version']}"}
    assert SERVICES["kafka"]["image"] == f"apache/kafka:{kafka_version()}"  # the one that the tests use


@pytest.mark.parametrize("name", sorted(set(SERVICES) - {"topics"}))
def test_what_runs_is_started_again_bounded_and_watched(name: str) -> None:
    service = SERVICES[name]
    assert service["restart"] == "unless-stopped"
    assert set(service["deploy"]["resources"]["limits"]) == {"memory", "cpus"}
    assert service["logging"]["options"]["max-size"]
    # The health check of Tocsin's own image asks the address that its service sets.
    assert "healthcheck" in service or service["environment"]["TOCSIN_HEALTH_URL"]


def test_nothing_listens_beyond_this_machine() -> None:
    published = [port for service in SERVICES.values() for port in service.get("ports", [])]
    assert published
    assert [port for port in published if not port.startswith("127.0.0.1:")] == []


@pytest.mark.parametrize("name", TOCSIN)
def test_tocsin_has_no_rights_and_time_to_stop(name: str) -> None:
    service = TOCSIN[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["stop_grace_period"] == "30s"


def test_every_command_exists_and_finds_its_configuration() -> None:
    for name, service in TOCSIN.items():
        command, option, path = service["command"]
        assert command in COMMANDS, name
        assert option == "-c"
        assert path in {mount.target for mount in mounts(service)}, name


def test_what_is_waited_for_can_come_true() -> None:
    for name, service in SERVICES.items():
        for other, how in service.get("depends_on", {}).items():
            if how["condition"] == "service_healthy":
                assert "test" in SERVICES[other]["healthcheck"], name
            else:
                assert (how["condition"], other) == ("service_completed_successfully", "topics"), name


def test_files_and_volumes_exist() -> None:
    declared = set(read_yaml(COMPOSE)["volumes"])
    used = set()
    for service in SERVICES.values():
        for mount in mounts(service):
            if mount.source.startswith("."):
                assert (COMPOSE.parent / mount.source).exists(), mount.source
                assert mount.read_only, mount.source
            else:
                used.add(mount.source)
    assert used == declared


def test_secrets_come_from_files_outside_the_repository() -> None:
    declared = read_yaml(COMPOSE)["secrets"]
    assert all(secret["file"].startswith("${TOCSIN_SECRETS:?") for secret in declared.values())
    assert {name for service in SERVICES.values() for name in service.get("secrets", [])} == set(declared)
    for name, service in SERVICES.items():
        named = [
            value
            for variable, value in service.get("environment", {}).items()
            if re.search(r"PASSWORD|SECRET|TOKEN", variable)
        ]
        assert all(value.startswith(("/run/secrets/", "${")) for value in named), name
        for value in named:
            if value.startswith("/run/secrets/"):
                assert Path(value).name in service["secrets"], name


def test_every_variable_is_documented() -> None:
    documented = set(re.findall(r"^\| `(TOCSIN_\w+)` \|", OPERATIONS.read_text("utf-8"), re.MULTILINE))
    own = {
        name for one in SERVICES.values() for name in one.get("environment", {}) if name.startswith("TOCSIN_")
    }
    assert variables() | own == documented


def test_kafka_agrees_with_the_broker_that_the_tests_use() -> None:
    given = {
        name.removeprefix("KAFKA_").lower().replace("_", "."): value
        for name, value in SERVICES["kafka"]["environment"].items()
        if name.startswith("KAFKA_")
    }
    text = server_properties(port=9092, controller_port=9093, log_dir=Path("/data"))
    tested = dict(line.split("=", 1) for line in text.splitlines())
    places = {"listeners", "advertised.listeners", "controller.quorum.voters", "log.dirs"}
    assert set(given) - {"heap.opts"} <= set(tested)
    differing = {name for name in given if name in tested and given[name] != tested[name]}
    assert differing == places


def test_the_example_fits_the_services(example: TocsinSettings) -> None:
    assert (
        f"CLIENTS://{example.kafka.bootstrap}"
        == SERVICES["kafka"]["environment"]["KAFKA_ADVERTISED_LISTENERS"]
    )
    listening = {"route": example.http, "worker": example.kafka.worker, "connect": example.kafka.connect}
    scraped = {
        entry["labels"]["process"]: entry["targets"]
        for entry in read_yaml(PROMETHEUS / "targets.compose.yaml")
    }
    for name, listen in listening.items():
        assert listen.host == "0.0.0.0", name  # noqa: S104 - inside a container
        asked = urlsplit(SERVICES[name]["environment"]["TOCSIN_HEALTH_URL"])
        assert asked.port == listen.port, name
        assert scraped[name] == [f"{name}:{listen.port}"]
    assert str(example.data_dir) in {mount.target for mount in mounts(SERVICES["connect"])}
    assert example.store == "file:/run/secrets/store-url"
    assert example.routing.links.secret == "file:/run/secrets/link-secret"
    assert {"store-url", "link-secret"} <= set(SERVICES["route"]["secrets"])


def test_the_example_passes_its_own_check(tmp_path: Path) -> None:
    (tmp_path / "link-secret").write_text("a" * 64, "utf-8")
    (tmp_path / "store-url").write_text("postgresql+psycopg://tocsin:secret@postgres/tocsin", "utf-8")
    text = EXAMPLE.read_text("utf-8").replace("/run/secrets", str(tmp_path))
    (tmp_path / "tocsin.yaml").write_text(text, "utf-8")
    playbook = next(mount.source for mount in mounts(SERVICES["route"]) if "playbook" in mount.source)
    (tmp_path / "playbook.yaml").write_bytes((COMPOSE.parent / playbook).read_bytes())
    checked = CliRunner().invoke(main, ["check", "-c", str(tmp_path / "tocsin.yaml")])
    assert checked.exit_code == 0, checked.output


def test_grafana_finds_its_dashboards_and_prometheus() -> None:
    grafana = SERVICES["grafana"]
    (provider,) = read_yaml(GRAFANA / "provisioning" / "dashboards" / "tocsin.yaml")["providers"]
    at = {mount.target: mount.source for mount in mounts(grafana)}
    assert at[provider["options"]["path"]] == "./grafana/dashboards"
    assert at["/etc/grafana/provisioning"] == "./grafana/provisioning"
    home = grafana["environment"]["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"]
    assert (GRAFANA / "dashboards" / Path(home).name).is_file()
    (source,) = read_yaml(GRAFANA / "provisioning" / "datasources" / "tocsin.yaml")["datasources"]
    assert source["url"].removeprefix("$") in grafana["environment"]
    assert grafana["environment"]["TOCSIN_PROMETHEUS_URL"] == "http://prometheus:9090"
