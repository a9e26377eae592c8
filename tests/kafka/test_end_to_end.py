"""Promise: in Kafka mode a post becomes a page, and nothing is lost on the way."""

import json
import re
import urllib.request
from collections import Counter

import pytest

from monitor.topic_table import TOPICS
from tests.kafka.posts import chatter, ids, stories
from tests.kafka.site import ROOT, Program, Site

pytestmark = [pytest.mark.kafka, pytest.mark.process, pytest.mark.timeout(300)]


def ask(program: Program, path: str) -> str:
    """What a program answers on its health port, which it names in its log."""
    found = re.search(r"http://127\.0\.0\.1:(\d+)", program.log.read_text("utf-8"))
    assert found is not None, "the program has not said where it listens"
    with urllib.request.urlopen(f"http://127.0.0.1:{found[1]}{path}", timeout=10) as answer:
        return str(answer.read().decode())


def decided(site: Site) -> Counter[str]:
    """How often each word stands on the topic of events."""
    events = [json.loads(value or b"") for _, value in site.values(site.topic("events"))]
    assert len({event["id"] for event in events}) == len(events)
    return Counter(event["entry"]["what"] for event in events)


async def test_every_post_of_a_brand_is_judged_and_each_story_pages_once(site: Site) -> None:
    worker = site.start("worker")
    router = site.start("route")
    told = stories(12, 5)
    await site.publish([*told, *chatter(300)])
    await site.settled()
    readings = Counter(one.mention.id for one in site.readings())
    assert readings == Counter(ids(told))
    counted = site.counted()
    assert sorted(counted.values()) == [5] * 12
    assert {one.story.id for one in site.findings()} == set(counted)
    assert site.rejected() == []
    assert len(site.messages()) == len(site.received()) == 12
    assert site.receiver.repeats == 0
    await site.until(lambda: decided(site)["sent"] == 12)  # each page is an event, by its incident
    assert decided(site)["opened"] == 12
    for program in (worker, router):
        assert json.loads(ask(program, "/readyz")) == {"ok": True, "because": []}
        assert json.loads(ask(program, "/livez")) == {"ok": True, "because": []}
    figures = ask(worker, "/metrics")
    assert "tocsin_mentions_read_total 360.0" in figures
    assert "tocsin_mentions_of_no_brand_total 300.0" in figures
    assert 'tocsin_consumer_lag{partition="0",stage="watch"} 0.0' in figures
    assert worker.stop() == 0
    assert router.stop() == 0
    assert not list(ROOT.glob(f"{site.prefix}*"))  # a worker writes nothing where it is started


async def test_connectors_publish_a_tape_and_end_with_it(site: Site) -> None:
    lines = [{"text": f"aurore {n} " + "mot " * n, "id": str(n), "followers": 3} for n in range(7)]
    (site.folder / "tape.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines), "utf-8")
    site.start("worker")
    connect = site.start("connect", "replay")
    await site.until(lambda: connect.process.poll() == 0)
    await site.until(lambda: len(site.readings()) == 7)
    again = site.start("connect")
    await site.until(lambda: again.process.poll() == 0)
    assert len(site.readings()) == 7  # the cursor was saved: nothing is published twice


async def test_topics_are_declared_once_and_a_differing_partition_count_is_refused(site: Site) -> None:
    first = site.start("topics", "--json")
    await site.until(lambda: first.process.poll() == 0)
    declared = [json.loads(line) for line in first.log.read_text("utf-8").splitlines()]
    assert {one["topic"].rpartition(".")[2] for one in declared} >= {topic.stage for topic in TOPICS}
    assert all(one["created"] for one in declared)
    second = site.start("topics", "--json")
    await site.until(lambda: second.process.poll() == 0)
    assert not any(json.loads(line)["created"] for line in second.log.read_text("utf-8").splitlines())
    config = site.config.read_text("utf-8").replace("partitions: 4", "partitions: 5")
    site.config.write_text(config, "utf-8")
    refused = site.start("worker")
    assert refused.process.wait(timeout=60) == 2
    said = refused.log.read_text("utf-8")
    assert said.startswith("kafka.partitions is 5, but the topic ")
    assert f"the topic {site.prefix}.findings has 4" in said


async def test_without_a_broker_every_command_says_so(site: Site) -> None:
    config = site.config.read_text("utf-8").replace(site.bootstrap, "127.0.0.1:1")
    site.config.write_text(config, "utf-8")
    for program in [site.start(command) for command in ("topics", "worker", "route", "connect")]:
        assert program.process.wait(timeout=90) == 3
        assert "no Kafka broker answers at 127.0.0.1:1" in program.log.read_text("utf-8")
    site.programs.clear()
