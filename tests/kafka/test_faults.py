"""Promise: whatever fails, every post is judged once or kept aside, and nobody is paged twice for one step."""

import asyncio
import base64
import json
from collections import Counter
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from monitor.batches import MentionBatch, encode_batch
from monitor.records import Mention
from routing.channels.doubles.http import Reply
from tests.kafka.posts import chatter, ids, stories, story
from tests.kafka.site import Site

if TYPE_CHECKING:
    from deploy.kafka.broker import Broker
    from deploy.services.postgres import Postgres

pytestmark = [pytest.mark.kafka, pytest.mark.process, pytest.mark.timeout(400)]

OUTAGE_S = 60


def assert_judged_once(site: Site, told: Sequence[Mention]) -> None:
    """Every post was judged and counted in its story exactly once."""
    assert {one.mention.id for one in site.readings()} == ids(told)
    per_story = Counter(mention.id.partition("-")[0] for mention in told)
    assert sorted(site.counted().values()) == sorted(per_story.values())
    assert {one.story.id for one in site.findings()} == set(site.counted())


def assert_paged_once(site: Site, stories_told: int, *, unsure: int = 0) -> None:
    """Each story paged its person once; at most ``unsure`` messages came again, under their first id."""
    messages = site.messages()
    assert len(site.incidents()) == stories_told
    steps = Counter((one.id, one.department, one.person, one.transition, one.step) for one in messages)
    assert set(steps.values()) == {1}
    assert {one.state for one in messages} == {"sent"}
    assert len(messages) == stories_told
    assert len(site.received()) == stories_told
    assert site.receiver.repeats <= unsure


def at_least_judged(site: Site, count: int) -> bool:
    """Whether that many readings are on their topic."""
    return len(site.readings()) >= count


async def test_a_worker_killed_in_mid_batch(site: Site) -> None:
    site.start("route")
    told = stories(10, 30)
    publishing = asyncio.create_task(site.publish(told, at_once=10))
    for judged in (20, 60, 120):
        worker = site.start("worker")
        await site.until(partial(at_least_judged, site, judged))
        worker.kill()
    site.start("worker")
    await publishing
    await site.settled()
    assert_judged_once(site, told)
    assert_paged_once(site, 10)


async def test_two_workers_share_the_partitions_and_one_takes_over_from_the_other(site: Site) -> None:
    site.start("route")
    first = site.start("worker")
    told = stories(10, 20)
    await site.publish(told[:60])
    await site.until(lambda: len(site.readings()) >= 60)
    second = site.start("worker")
    await site.publish(told[60:140], at_once=10)
    await site.until(lambda: "deploy.process: worker" in second.log.read_text("utf-8"))
    first.kill()
    await site.publish(told[140:], at_once=10)
    await site.settled()
    assert_judged_once(site, told)
    assert_paged_once(site, 10)


async def test_a_worker_that_is_told_to_stop_hands_over_in_good_order(site: Site) -> None:
    site.start("route")
    first = site.start("worker")
    told = stories(6, 40)
    publishing = asyncio.create_task(site.publish(told, at_once=10))
    await site.until(lambda: len(site.readings()) >= 40)
    assert first.stop() == 0
    site.start("worker")
    await publishing
    await site.settled()
    assert_judged_once(site, told)
    assert_paged_once(site, 6)


async def test_the_broker_stopped_for_a_minute(
    tmp_path: Path, fresh_kafka_broker: "Broker", unique_prefix: str
) -> None:
    async with Site(tmp_path, fresh_kafka_broker.bootstrap, unique_prefix) as site:
        site.start("worker")
        site.start("route")
        told = stories(8, 20)
        await site.publish(told[:80])
        await site.until(lambda: len(site.readings()) >= 40)
        fresh_kafka_broker.stop()
        publishing = asyncio.create_task(site.publish(told[80:]))
        await asyncio.sleep(OUTAGE_S)  # the promise is about an outage of this length
        fresh_kafka_broker.start()
        await publishing
        await site.settled(supervised=True)
        assert_judged_once(site, told)
        assert_paged_once(site, 8)


async def test_poison_inside_a_batch_is_set_aside_alone(site: Site) -> None:
    site.start("worker")
    site.start("route")
    told = story(1, 12)
    batch = json.loads(encode_batch(MentionBatch(source="tape", mentions=tuple(told))))
    poison = {"id": "tape:poison", "text": 7}
    batch["mentions"].insert(5, poison)
    site.publish_raw("mentions", json.dumps(batch).encode())
    await site.settled()
    assert_judged_once(site, told)
    assert_paged_once(site, 1)
    (letter,) = site.rejected()
    assert (letter.stage, letter.reason, letter.topic) == ("read", "invalid", site.topic("mentions"))
    assert "text" in letter.detail
    assert json.loads(base64.b64decode(letter.original_base64)) == poison


async def test_undecodable_records_are_set_aside_on_every_topic(site: Site) -> None:
    site.start("worker")
    site.start("route")
    garbage = [b"\xff\x00 not JSON", b"[1, 2]", b'{"schema_version": 9, "mentions": []}']
    site.publish_raw("mentions", *garbage)
    site.publish_raw("readings", *garbage)
    site.publish_raw("findings", *garbage)
    told = stories(4, 5)
    await site.publish([*told, *chatter(20)])
    await site.settled()
    assert_judged_once(site, told)
    assert_paged_once(site, 4)
    letters = site.rejected()
    kept = Counter((one.stage, base64.b64decode(one.original_base64)) for one in letters)
    assert kept == Counter((stage, value) for stage in ("read", "watch", "route") for value in garbage)
    assert {one.reason for one in letters} == {"not_json", "not_a_batch", "unknown_version"}


async def test_a_record_as_large_as_a_topic_takes_is_set_aside_and_the_worker_goes_on(site: Site) -> None:
    worker = site.start("worker")
    site.start("route")
    await site.until(lambda: "health and metrics" in worker.log.read_text("utf-8"))
    garbage = [b"m" * 8_390_000, b"r" * 7_000_000, b"f" * 8_390_000]
    site.publish_raw("mentions", garbage[0])
    site.publish_raw("readings", garbage[1])
    site.publish_raw("findings", garbage[2])
    told = stories(2, 3)
    await site.publish(told)
    await site.settled()
    assert_judged_once(site, told)
    assert_paged_once(site, 2)
    kept = {one.stage: base64.b64decode(one.original_base64) for one in site.rejected()}
    assert kept == {"read": garbage[0][:8_000_000], "watch": garbage[1], "route": garbage[2][:8_000_000]}


async def test_too_many_dead_letters_stop_the_worker(
    tmp_path: Path, kafka_broker: "Broker", unique_prefix: str
) -> None:
    async with Site(tmp_path, kafka_broker.bootstrap, unique_prefix, cap=20) as site:
        worker = site.start("worker")
        await site.until(lambda: "health and metrics" in worker.log.read_text("utf-8"))
        site.publish_raw("mentions", *(b"garbage %d" % number for number in range(40)))
        assert await asyncio.to_thread(worker.process.wait, 60) == 70
        assert "rejected more records than the cap allows" in worker.log.read_text("utf-8")
        assert {base64.b64decode(one.original_base64) for one in site.rejected()} < {
            b"garbage %d" % number for number in range(40)
        }
        site.programs.clear()


async def test_a_router_killed_between_claim_and_send(site: Site) -> None:
    site.receiver.script(*[Reply(fault="hang")] * 3)
    site.start("worker")
    router = site.start("route")
    told = stories(3, 4)
    await site.publish(told)
    await site.until(
        lambda: {"sending"} == {one.state for one in site.messages()} and len(site.messages()) == 3
    )
    router.kill()
    site.start("route")
    await site.settled()
    assert_judged_once(site, told)
    assert_paged_once(site, 3, unsure=3)


async def test_two_routers_share_the_work_and_one_is_killed(
    tmp_path: Path, kafka_broker: "Broker", unique_prefix: str, postgres_url: str
) -> None:
    async with Site(tmp_path, kafka_broker.bootstrap, unique_prefix, store=postgres_url) as site:
        site.start("worker")
        first = site.start("route", "--port", "0")
        site.start("route", "--port", "0")
        told = stories(20, 4)
        publishing = asyncio.create_task(site.publish(told, at_once=4))
        await site.until(lambda: len(site.received()) >= 5)
        first.kill()
        await publishing
        await site.settled()
        assert_judged_once(site, told)
        assert_paged_once(site, 20, unsure=20)


async def test_postgresql_restarted(
    tmp_path: Path, kafka_broker: "Broker", unique_prefix: str, fresh_postgres: "Postgres"
) -> None:
    url = fresh_postgres.create_database("tocsin")
    async with Site(tmp_path, kafka_broker.bootstrap, unique_prefix, store=url) as site:
        site.start("worker")
        site.start("route")
        told = stories(10, 6)
        await site.publish(told[:20])
        await site.until(lambda: len(site.received()) >= 2)
        fresh_postgres.stop()
        await site.publish(told[20:])
        await site.until(lambda: len(site.readings()) == len(told))
        fresh_postgres.start()
        await site.settled()
        assert_judged_once(site, told)
        assert_paged_once(site, 10, unsure=10)
