"""The alert rules: the real promtool accepts them, each fires and stays silent when it should."""

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from deploy.services import prometheus
from tests.deploy.monitoring import PROMETHEUS, alerts, declared_metrics, metrics_of, read_yaml
from tests.services.missing import skip_when_missing

CASE_FILES = sorted(PROMETHEUS.glob("rules*_test.yml"))
ALERTS = alerts()


def promtool(*arguments: str | Path) -> "subprocess.CompletedProcess[str]":
    """The real promtool; the test is skipped where it is not installed."""
    with skip_when_missing():
        return prometheus.promtool(*arguments)


def case_groups() -> dict[str, list[dict[str, Any]]]:
    """The samples that each named case expects."""
    return {
        case["name"]: [sample for check in case["promql_expr_test"] for sample in check["exp_samples"]]
        for path in CASE_FILES
        for case in read_yaml(path)["tests"]
    }


@pytest.mark.prometheus
def test_promtool_accepts_rules_and_configuration() -> None:
    checked = promtool("check", "config", PROMETHEUS / "prometheus.yml")
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert f"{len(ALERTS)} rules found" in checked.stdout


@pytest.mark.prometheus
@pytest.mark.parametrize("cases", CASE_FILES, ids=lambda path: path.stem)
def test_alerts_fire_and_stay_silent_as_written(cases: Path) -> None:
    tested = promtool("test", "rules", cases)
    assert tested.returncode == 0, tested.stdout + tested.stderr


@pytest.mark.prometheus
def test_without_its_rule_every_firing_case_fails(tmp_path: Path) -> None:
    (tmp_path / "rules.yml").write_text("groups: []\n", "utf-8")
    failed = ""
    for path in CASE_FILES:
        shutil.copy(path, tmp_path)
        tested = promtool("test", "rules", tmp_path / path.name)
        failed += tested.stdout + tested.stderr
    assert {rule["alert"] for rule in ALERTS if f'exp: {{alertname="{rule["alert"]}"}}' in failed} == {
        rule["alert"] for rule in ALERTS
    }


def test_every_alert_has_a_case_that_fires_and_one_that_stays_silent() -> None:
    cases = case_groups()
    expected = {f"{rule['alert']} {what}" for rule in ALERTS for what in ("fires", "stays silent")}
    assert set(cases) == expected
    for name, samples in cases.items():
        alert, _, what = name.partition(" ")
        wanted = [f'{{alertname="{alert}"}}'] if what == "fires" else []
        assert [sample["labels"] for sample in samples] == wanted, name


@pytest.mark.parametrize("rule", ALERTS, ids=lambda rule: rule["alert"])
def test_every_alert_says_what_to_do(rule: dict[str, Any]) -> None:
    assert rule["labels"]["severity"] in {"critical", "warning"}
    assert rule["for"]
    said = rule["annotations"]
    assert set(said) == {"summary", "description", "runbook_url"}
    assert len(said["summary"]) < 120
    assert len(said["description"].split()) >= 12
    assert said["runbook_url"] == f"docs/operations.md#{rule['alert'].lower()}"


def test_rules_ask_for_declared_metrics_only() -> None:
    asked = {name for rule in ALERTS for name in metrics_of(rule["expr"])}
    assert asked <= set(declared_metrics())


def test_the_files_that_prometheus_is_told_of_are_there() -> None:
    config = read_yaml(PROMETHEUS / "prometheus.yml")
    named = [
        *config["rule_files"],
        *config["alerting"]["alertmanagers"][0]["file_sd_configs"][0]["files"],
        *config["scrape_configs"][0]["file_sd_configs"][0]["files"],
    ]
    assert [name for name in named if not (PROMETHEUS / name).is_file()] == []
    for targets in ("targets.yaml", "targets.compose.yaml"):
        assert all(entry["labels"]["process"] for entry in read_yaml(PROMETHEUS / targets))
