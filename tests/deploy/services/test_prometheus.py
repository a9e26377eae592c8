"""The real Prometheus, and promtool."""

from pathlib import Path

import pytest

from deploy.services.errors import ServiceFailed, ServiceMissing
from deploy.services.prometheus import Prometheus, promtool
from tests.services.prometheus import StartPrometheus

_RULES = "groups: [{name: tocsin, rules: [{alert: Always, expr: 'vector(1) > 0'}]}]"


def test_it_answers_queries_and_loads_rules(prometheus_server: StartPrometheus) -> None:
    server = prometheus_server({"global": {"evaluation_interval": "1s"}}, {"rules.yml": _RULES})
    assert server.url == f"http://127.0.0.1:{server.port}"
    assert server.api("query", query="vector(2)")["result"][0]["value"][1] == "2"
    assert [group["name"] for group in server.api("rules")["groups"]] == ["tocsin"]


def test_two_servers_do_not_meet(prometheus_server: StartPrometheus) -> None:
    first, second = prometheus_server(), prometheus_server()
    assert first.port != second.port
    first.stop()
    assert not first.running
    assert second.api("query", query="vector(1)")["resultType"] == "vector"


def test_a_wrong_query_is_refused_in_its_own_words(prometheus_server: StartPrometheus) -> None:
    with pytest.raises(ServiceFailed, match=r"answered 400 to query: .*parse error"):
        prometheus_server().api("query", query="sum(")


def test_a_wrong_configuration_is_refused_in_its_own_words(prometheus_server: StartPrometheus) -> None:
    with pytest.raises(ServiceFailed, match=r"(?s)ended at start.*scrape_every"):
        prometheus_server({"global": {"scrape_every": "1s"}})


@pytest.mark.prometheus
def test_promtool_tells_good_rules_from_bad(tmp_path: Path) -> None:
    good, bad = tmp_path / "good.yml", tmp_path / "bad.yml"
    good.write_text(_RULES, "utf-8")
    bad.write_text(_RULES.replace("vector(1)", "vector("), "utf-8")
    assert promtool("check", "rules", good).returncode == 0
    assert promtool("check", "rules", bad).returncode != 0


def test_without_it_the_message_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ServiceMissing, match="apt-get install prometheus"):
        Prometheus(tmp_path).start()
    with pytest.raises(ServiceMissing, match="apt-get install prometheus"):
        promtool("--version")
