"""The dashboards as files: what a person can open, and metrics that exist."""

import re
from itertools import combinations
from typing import Any

import pytest

from monitor import metrics
from tests.deploy.monitoring import (
    GRAFANA,
    alerts,
    dashboards,
    declared_metrics,
    labels_asked_of,
    metrics_of,
    panels,
    queries,
    read_yaml,
)

UIDS = {"on-call": "tocsin-on-call", "operator": "tocsin-operator"}  # links in people's notes hold them

# Declared and shown nowhere, each with its reason.
SHOWN_NOWHERE = {
    "tocsin_incidents_open": "tocsin_incidents_unresolved tells the same by brand and severity",
}
# What Prometheus itself adds to every series: by the scrape configuration, and to histograms and alerts.
GIVEN_LABELS = {"job", "instance", "process", "le", "alertname", "alertstate", "severity"}


def test_dashboards_keep_their_addresses_and_find_each_other() -> None:
    boards = dashboards()
    assert {name: board["uid"] for name, board in boards.items()} == UIDS
    linked = {link["url"] for board in boards.values() for link in board["links"]}
    assert linked == {f"/d/{uid}" for uid in UIDS.values()}


def test_provisioning_names_the_datasource_that_the_dashboards_ask() -> None:
    (source,) = read_yaml(GRAFANA / "provisioning" / "datasources" / "tocsin.yaml")["datasources"]
    for name, board in dashboards().items():
        asked = re.findall(r"'uid': '(tocsin-prometheus[^']*)'", str(board))
        assert set(asked) == {source["uid"]}, name
    (provider,) = read_yaml(GRAFANA / "provisioning" / "dashboards" / "tocsin.yaml")["providers"]
    assert provider["type"] == "file"


@pytest.mark.parametrize(
    ("board", "panel"), panels(), ids=lambda value: value if isinstance(value, str) else ""
)
def test_every_panel_tells_a_tired_person_what_it_means(board: str, panel: dict[str, Any]) -> None:
    assert panel["title"]
    assert len(panel["description"].split()) >= 10
    assert panel["targets"], f"{board}: {panel['title']} asks nothing"
    assert panel["fieldConfig"]["defaults"]["unit"]


@pytest.mark.parametrize("name", UIDS)
def test_panels_have_their_own_place_and_number(name: str) -> None:
    boxes = [panel["gridPos"] for panel in dashboards()[name]["panels"]]
    assert all(box["x"] >= 0 and box["x"] + box["w"] <= 24 for box in boxes)
    overlapping = [
        (one, other)
        for one, other in combinations(boxes, 2)
        if one["x"] < other["x"] + other["w"]
        and other["x"] < one["x"] + one["w"]
        and one["y"] < other["y"] + other["h"]
        and other["y"] < one["y"] + one["h"]
    ]
    assert overlapping == []
    numbers = [panel["id"] for panel in dashboards()[name]["panels"]]
    assert len(numbers) == len(set(numbers))


@pytest.mark.parametrize("name", UIDS)
def test_every_variable_is_used_and_none_is_unknown(name: str) -> None:
    declared = {variable["name"] for variable in dashboards()[name]["templating"]["list"]}
    used = {
        variable
        for query in queries()
        if query.dashboard == name
        for variable in re.findall(r"\$(\w+)", query.expression)
    }
    assert used == declared


def test_dashboards_ask_for_declared_metrics_and_show_every_one() -> None:
    declared = set(declared_metrics())
    shown = {metric for query in queries() for metric in metrics_of(query.expression)}
    shown |= {metric for rule in alerts() for metric in metrics_of(rule["expr"])}
    assert shown - declared == set(), "asked for, but not in monitor/metrics.py"
    assert declared - shown == set(SHOWN_NOWHERE), (
        "show it in deploy/grafana, or say in SHOWN_NOWHERE why not"
    )


def test_queries_and_rules_ask_for_labels_that_the_metrics_have() -> None:
    declared = declared_metrics()
    asked = {str(query): query.expression for query in queries()}
    asked |= {rule["alert"]: rule["expr"] for rule in alerts()}
    unknown = {
        where: labels_asked_of(expression) - _labels(metrics_of(expression)) - GIVEN_LABELS
        for where, expression in asked.items()
        if metrics_of(expression) <= set(declared)
    }
    assert {where: labels for where, labels in unknown.items() if labels} == {}


def test_legends_name_labels_that_their_query_keeps() -> None:
    for query in queries():
        for label in re.findall(r"{{(\w+)}}", query.legend):
            assert label in labels_asked_of(query.expression) | {"process", "instance"}, str(query)


def test_the_check_of_labels_can_fail() -> None:
    assert labels_asked_of('sum by (brnad) (tocsin_readings_total{label="negative"})') == {"brnad", "label"}
    assert _labels({"tocsin_readings"}) == set(metrics.READINGS._labelnames)


def _labels(names: set[str]) -> set[str]:
    declared = declared_metrics()
    return {label for name in names for label in declared[name]._labelnames}
