"""A real Prometheus scrapes a really running Tocsin: every rule is evaluated, every panel has something to show."""

import asyncio
import math
import os
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import ClientSession

from connectors.testing import SourceServer, reply
from deploy.demo.tape import write_tape
from deploy.services.ports import free_port
from deploy.services.prometheus import Prometheus
from tests.deploy.monitoring import (
    PROMETHEUS,
    ROOT,
    Query,
    alerts,
    metrics_of,
    queries,
    read_yaml,
    with_all_chosen,
)
from tests.routing.scenes import SECRET
from tests.services.prometheus import StartPrometheus

if TYPE_CHECKING:
    from deploy.kafka.broker import Broker

# Only Kafka mode has topics, so embedded mode has nothing to show here.
KAFKA_MODE_ONLY = {
    "tocsin_consumer_lag",
    "tocsin_last_commit_timestamp_seconds",
    "tocsin_partitions_assigned",
    "tocsin_stream_records",
}
# Counted from the first time on that something is ignored or tried again, which nothing here brings about.
NOT_HERE = {
    "tocsin_source_items_ignored",  # items of Bluesky and Mastodon
    "tocsin_stream_retries",  # needs a broker or a database that fails for a moment: tests/kafka
}

FEED = """<?xml version="1.0"?><rss version="2.0"><channel><title>News</title>
<item><guid>1</guid><title>Véloria opens a shop</title><link>https://news.example/1</link></item></channel></rss>"""
CONFIG = """
brands: [{{id: veloria, name: Véloria, queries: [veloria]}}]
sources:
  - {{type: replay, path: tape.jsonl, speed: 100, shift_to_now: true}}
  - {{type: feeds, name: news, every: 10s, urls: ["{feed}"], allow_private_addresses: true}}
  - {{type: webhook, name: hook, port: {hook}, secrets: ["env:TOCSIN_HOOK_SECRET"]}}
playbook: {playbook}
http: {{port: {port}}}
auditor: {{every: 5s, dead_man_url: "file:{folder}/alive.url", allow_private_addresses: true}}
kafka:
  {{bootstrap: "{kafka}", prefix: "{prefix}", partitions: 2, worker: {{port: {worker}}}, connect: {{port: {connect}}}}}
routing:
  links: {{secret: "env:TOCSIN_LINK_SECRET"}}
  people:
    - {{id: duty, name: Duty, targets: [{{kind: terminal, name: duty, path: "{folder}/pages.txt"}}]}}
  departments:
    comms: {{chain: [{{people: [duty], wait: 5s}}]}}
    legal: {{chain: [{{people: [duty], wait: 1h}}]}}
    it: {{chain: [{{people: [duty], wait: 1h}}]}}
  catch_all: [duty]
"""
HOOK_SECRET = "whsec_" + "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVo="
TRIES = 120


@asynccontextmanager
async def running(config: Path, *commands: str) -> AsyncIterator[None]:
    """Processes of Tocsin, one for each command, ended with the body; their logs stand beside ``config``."""
    environment = {
        **os.environ,
        "TOCSIN_LINK_SECRET": SECRET,
        "TOCSIN_HOOK_SECRET": HOOK_SECRET,
        "PYTHONPATH": str(ROOT),
    }
    processes = {}
    try:
        for name in commands:
            command = ("-m", "deploy", name, "-c", str(config), "--log-level", "WARNING")
            with (config.parent / f"{name}.log").open("ab") as log:
                processes[name] = await asyncio.create_subprocess_exec(
                    sys.executable, *command, cwd=ROOT, env=environment, stderr=log
                )
        yield
        for name, process in processes.items():
            assert process.returncode is None, (config.parent / f"{name}.log").read_text("utf-8")[-2000:]
    finally:
        for process in processes.values():
            if process.returncode is None:
                process.terminate()
        for process in processes.values():
            await process.wait()


def scraping(ports: dict[str, int]) -> dict[str, Any]:
    """The shipped configuration, looking every second at processes of this test."""
    config = read_yaml(PROMETHEUS / "prometheus.yml")
    targets = [
        {"targets": [f"127.0.0.1:{port}"], "labels": {"process": name}} for name, port in ports.items()
    ]
    return {
        "global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
        "scrape_configs": [{"job_name": config["scrape_configs"][0]["job_name"], "static_configs": targets}],
    }


def has_data(prometheus: Prometheus, expression: str) -> bool:
    """Whether a query gives at least one number (no number is what a quantile of nothing gives)."""
    result = prometheus.api("query", query=with_all_chosen(expression))["result"]
    return any(not math.isnan(float(series["value"][1])) for series in result)


def without_data(prometheus: Prometheus, wanted: Sequence[Query]) -> list[Query]:
    """The queries that give nothing, or that ask for a metric that nobody has."""
    known = set(prometheus.api("label/__name__/values"))
    known |= {name.removesuffix("_total").removesuffix("_bucket") for name in known}
    return [
        query
        for query in wanted
        if not metrics_of(query.expression) <= known or not has_data(prometheus, query.expression)
    ]


async def wait_for_data(prometheus: Prometheus, wanted: Sequence[Query]) -> None:
    """Ask until every query has given data."""
    left = list(wanted)
    for _ in range(TRIES):
        left = await asyncio.to_thread(without_data, prometheus, left)
        if not left:
            return
        await asyncio.sleep(0.5)
    raise AssertionError("no data:\n" + "\n".join(map(str, left)))


async def be_refused(hook: int, console: int) -> None:
    """Knock where strangers knock: an unsigned delivery, a made-up link."""
    for _ in range(TRIES):
        try:
            async with ClientSession() as session:
                async with session.post(f"http://127.0.0.1:{hook}/hooks/hook", json={}) as delivery:
                    assert delivery.status == 401
                async with session.get(f"http://127.0.0.1:{console}/p/made-up") as link:
                    assert link.status >= 400
                return
        except OSError:
            await asyncio.sleep(0.5)
    raise AssertionError("the process does not answer")


@asynccontextmanager
async def configured(folder: Path, **values: object) -> AsyncIterator[Path]:
    """A configuration whose feed is served while the body runs."""
    write_tape(folder / "tape.jsonl")
    async with SourceServer() as source:
        answer = reply(FEED, content_type="application/rss+xml", x_ratelimit_remaining="12")
        source.on("/feed.xml", answer)
        source.on("/alive", reply("OK", content_type="text/plain"))
        (folder / "alive.url").write_text(source.url("/alive"), "utf-8")
        known = {"kafka": "127.0.0.1:1", "prefix": "none", "worker": 0, "connect": 0, **values}
        playbook = ROOT / "deploy" / "example" / "playbook.yaml"
        text = CONFIG.format(feed=source.url("/feed.xml"), playbook=playbook, folder=folder, **known)
        (folder / "tocsin.yaml").write_text(text, "utf-8")
        yield folder / "tocsin.yaml"


@pytest.mark.process
async def test_every_panel_of_embedded_mode_has_data_and_every_rule_is_evaluated(
    tmp_path: Path, prometheus_server: StartPrometheus
) -> None:
    port, hook = free_port(), free_port()
    rules = {"rules.yml": (PROMETHEUS / "rules.yml").read_text("utf-8")}
    prometheus = prometheus_server(scraping({"embedded": port}), rules)
    wanted = [one for one in queries() if not metrics_of(one.expression) & (KAFKA_MODE_ONLY | NOT_HERE)]
    async with configured(tmp_path, hook=hook, port=port) as config, running(config, "run"):
        await be_refused(hook, port)
        await wait_for_data(prometheus, wanted)
        groups = (await asyncio.to_thread(prometheus.api, "rules"))["groups"]
    evaluated = {rule["name"]: rule["health"] for group in groups for rule in group["rules"]}
    assert evaluated == {rule["alert"]: "ok" for rule in alerts()}


@pytest.mark.process
async def test_every_panel_of_kafka_mode_has_data(
    tmp_path: Path, prometheus_server: StartPrometheus, kafka_broker: "Broker", unique_prefix: str
) -> None:
    ports = {"route": free_port(), "worker": free_port(), "connect": free_port()}
    prometheus = prometheus_server(scraping(ports))
    wanted = [one for one in queries() if metrics_of(one.expression) & KAFKA_MODE_ONLY]
    kafka = {"kafka": kafka_broker.bootstrap, "prefix": unique_prefix}
    named = {"port": ports["route"], "worker": ports["worker"], "connect": ports["connect"]}
    async with (
        configured(tmp_path, hook=free_port(), **named, **kafka) as config,
        running(config, "route", "worker", "connect"),
    ):
        await wait_for_data(prometheus, wanted)


def test_every_query_is_asked_in_one_mode_or_has_its_reason() -> None:
    left_out = {metric for one in queries() for metric in metrics_of(one.expression)} & NOT_HERE
    assert left_out == NOT_HERE
