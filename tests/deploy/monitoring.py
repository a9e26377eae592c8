"""The alert rules, dashboards and metrics of the repository, as tests read them."""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from prometheus_client.metrics import MetricWrapperBase
from ruamel.yaml import YAML

from monitor import metrics

ROOT = Path(__file__).parents[2]
PROMETHEUS = ROOT / "deploy" / "prometheus"
GRAFANA = ROOT / "deploy" / "grafana"
OPERATIONS = ROOT / "docs" / "operations.md"
_TOCSIN_SERIES = re.compile(r"\btocsin_[a-z0-9_]+")
_SUFFIXES = ("_bucket", "_count", "_sum", "_total")


def read_yaml(path: Path) -> Any:
    """The plain data of a YAML file."""
    return YAML(typ="safe", pure=True).load(path.read_text("utf-8"))


def alerts() -> list[dict[str, Any]]:
    """Every alert of the rules, in the order of the file."""
    groups = read_yaml(PROMETHEUS / "rules.yml")["groups"]
    return [rule for group in groups for rule in group["rules"]]


def declared_metrics() -> dict[str, MetricWrapperBase]:
    """The metrics of monitor/metrics.py by base name: without _total, _bucket, _count, _sum."""
    found = vars(metrics).values()
    return {next(iter(one.describe())).name: one for one in found if isinstance(one, MetricWrapperBase)}


def metrics_of(expression: str) -> set[str]:
    """The base names of Tocsin's metrics that an expression asks for."""
    return {base_name(series) for series in _TOCSIN_SERIES.findall(expression)}


def base_name(series: str) -> str:
    """``tocsin_send_seconds`` for ``tocsin_send_seconds_bucket``."""
    return next((series.removesuffix(end) for end in _SUFFIXES if series.endswith(end)), series)


@dataclass(frozen=True, slots=True)
class Query:
    """One query of one panel."""

    dashboard: str
    panel: str
    expression: str
    legend: str

    def __str__(self) -> str:
        return f"{self.dashboard}: {self.panel}: {self.expression}"


def dashboards() -> dict[str, dict[str, Any]]:
    """Every dashboard by the name of its file."""
    files = sorted((GRAFANA / "dashboards").glob("*.json"))
    return {path.stem: json.loads(path.read_text("utf-8")) for path in files}


def panels() -> list[tuple[str, dict[str, Any]]]:
    """Every panel that is no heading, with its dashboard."""
    return [
        (name, panel)
        for name, board in dashboards().items()
        for panel in board["panels"]
        if panel["type"] != "row"
    ]


def queries() -> list[Query]:
    """Every query of every panel."""
    return [
        Query(name, panel["title"], target["expr"], target["legendFormat"])
        for name, panel in panels()
        for target in panel["targets"]
    ]


def with_all_chosen(expression: str) -> str:
    """The query as Grafana asks it when every variable stands at "All"."""
    return re.sub(r"\$\w+", ".*", expression)


def labels_asked_of(expression: str) -> set[str]:
    """The labels that an expression selects or groups by."""
    grouped = re.findall(r"\bby \(([^)]*)\)", expression)
    selected = re.findall(r"(\w+)\s*(?:=~|!~|!=|=)\s*\"", expression)
    return {label.strip() for group in grouped for label in group.split(",")} | set(selected)
