"""The bodies of the agents, without a broker: bytes in, records out, state in a table."""

import json
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from monitor.batches import (
    MentionBatch,
    ReadingBatch,
    decode_findings,
    decode_readings,
    encode_batch,
)
from monitor.clock import ManualClock
from monitor.errors import Unavailable, UndecodableRecord
from monitor.match import compile_brands
from monitor.playbook import load_playbook
from monitor.protocols import BrandMatch
from monitor.read import build_stages
from monitor.records import Finding, Mention, PlaybookRef, Reading
from monitor.settings import BrandSettings
from monitor.situation import Situation, Verdict
from monitor.stream.bodies import Judgement, ReadBody, WatchBody
from monitor.topic_table import Stage
from tests.monitor.posts import NOW, post

EXAMPLE = Path(__file__).parents[3] / "deploy" / "example" / "playbook.yaml"
BRANDS = (
    BrandSettings(id="veloria", name="Véloria", queries=("veloria",)),
    BrandSettings(id="borealis", name="Boréalis", queries=("borealis",)),
)
FIRE = "La batterie de mon Véloria a pris feu dans le garage, c’est dangereux et inacceptable"


class Sent:
    """Keeps what is sent; fails from the ``fail_after``-th record on."""

    def __init__(self, fail_after: int | None = None) -> None:
        self.records: list[tuple[Stage, str, bytes]] = []
        self.fail_after = fail_after

    async def __call__(self, stage: Stage, key: str, value: bytes) -> None:
        if self.fail_after is not None and len(self.records) >= self.fail_after:
            raise Unavailable("no broker")
        self.records.append((stage, key, value))

    def readings(self) -> list[Reading]:
        return [one for _, _, value in self.records for one in decode_readings(value).items]

    def findings(self) -> list[Finding]:
        return [one for _, _, value in self.records for one in decode_findings(value).items]


def judgement() -> Judgement:
    return Judgement(build_stages(BRANDS), {brand.id: brand for brand in BRANDS}, load_playbook(EXAMPLE))


def mentions(*texts: str) -> bytes:
    posts = [post(text, id=f"example:{number}") for number, text in enumerate(texts)]
    return encode_batch(MentionBatch(source="example", mentions=tuple(posts)))


async def read(value: bytes) -> list[Reading]:
    sent = Sent()
    await ReadBody(judgement(), sent, ManualClock(NOW))(value)
    return sent.readings()


async def test_read_sends_one_record_for_each_brand_of_a_batch() -> None:
    sent = Sent()
    value = mentions("Véloria!", "rien", "Boréalis et Véloria", "Véloria?")
    assert await ReadBody(judgement(), sent, ManualClock(NOW))(value) == []
    assert [(stage, key) for stage, key, _ in sent.records] == [
        ("readings", "veloria"),
        ("readings", "borealis"),
    ]
    assert [one.mention.id for one in sent.readings()] == ["example:0", "example:2", "example:3", "example:2"]


async def test_read_returns_a_poison_item_and_judges_its_neighbours() -> None:
    batch = json.loads(mentions("Véloria un", "Véloria deux"))
    batch["mentions"][0]["created_at"] = "yesterday"
    sent = Sent()
    (bad,) = await ReadBody(judgement(), sent, ManualClock(NOW))(json.dumps(batch).encode())
    assert bad.reason == "invalid"
    assert "created_at" in bad.detail
    assert [one.mention.text for one in sent.readings()] == ["Véloria deux"]


async def test_read_refuses_what_is_no_batch() -> None:
    with pytest.raises(UndecodableRecord):
        await ReadBody(judgement(), Sent(), ManualClock(NOW))(b"nothing of ours")


def readings_record(readings: list[Reading]) -> bytes:
    return encode_batch(ReadingBatch(brand=readings[0].brand, readings=tuple(readings)))


async def test_watch_sends_findings_by_story_and_keeps_its_entries_in_the_table() -> None:
    table: dict[bytes, bytes] = {}
    sent = Sent()
    value = readings_record(await read(mentions(FIRE)))
    assert await WatchBody(judgement(), sent, table, ManualClock(NOW))(value) == []
    assert sent.findings()
    assert {key for _, key, _ in sent.records} == {one.story.id for one in sent.findings()}
    assert {key.decode().split("|")[0] for key in table} == {"veloria"}


async def test_watch_gives_the_same_findings_when_a_record_comes_again() -> None:
    table: dict[bytes, bytes] = {}
    value = readings_record(await read(mentions(FIRE)))
    first, second = Sent(), Sent()
    await WatchBody(judgement(), first, table, ManualClock(NOW))(value)
    kept = dict(table)
    await WatchBody(judgement(), second, table, ManualClock(NOW))(value)  # another worker, the same entries
    assert [one.id for one in second.findings()] == [one.id for one in first.findings()]
    assert table == kept


async def test_watch_that_cannot_send_begins_again_from_the_table() -> None:
    table: dict[bytes, bytes] = {}
    value = readings_record(await read(mentions(FIRE)))
    sent = Sent(fail_after=0)
    body = WatchBody(judgement(), sent, table, ManualClock(NOW))
    with pytest.raises(Unavailable):
        await body(value)
    assert table == {}
    sent.fail_after = None
    await body(value)
    assert sent.findings()
    assert {one.story.mentions for one in sent.findings()} == {1}


async def test_watch_reads_the_table_again_after_a_rebalance() -> None:
    table: dict[bytes, bytes] = {}
    first, second = await read(mentions(FIRE, FIRE))
    body = WatchBody(judgement(), Sent(), table, ManualClock(NOW))
    await body(readings_record([first]))
    elsewhere = WatchBody(judgement(), Sent(), table, ManualClock(NOW))
    await elsewhere(readings_record([second]))
    counted_elsewhere = dict(table)
    body.forget()
    await body(readings_record([second]))  # comes again: counted once, because the other's entries are seen
    assert table == counted_elsewhere


async def test_watch_sets_readings_of_an_unknown_brand_aside() -> None:
    (reading,) = await read(mentions("Véloria"))
    stranger = reading.model_copy(update={"brand": "nobody"})
    value = encode_batch(ReadingBatch(brand="nobody", readings=(stranger,)))
    (bad,) = await WatchBody(judgement(), Sent(), {}, ManualClock(NOW))(value)
    assert (bad.reason, bad.detail) == ("unknown_brand", "the configuration has no brand nobody")


async def test_watch_drops_the_entries_of_stories_that_ended() -> None:
    table: dict[bytes, bytes] = {}
    clock = ManualClock(NOW)
    body = WatchBody(judgement(), Sent(), table, clock)
    await body(readings_record(await read(mentions(FIRE))))
    (first,) = [key for key in table if b"story:" in key]
    clock.advance(60 * 60 * 24 * 60)
    await body(readings_record(await read(mentions("rien", "Véloria roule bien ce matin sur le pont neuf"))))
    assert first not in table


class Threads:
    """A matcher and a judge that note the threads in which they are asked."""

    def __init__(self) -> None:
        self._matcher = compile_brands(BRANDS)
        self._judge = load_playbook(EXAMPLE)
        self.seen: set[threading.Thread] = set()

    def match(self, mention: Mention) -> tuple[BrandMatch, ...]:
        self.seen.add(threading.current_thread())
        return self._matcher.match(mention)

    @property
    def ref(self) -> PlaybookRef:
        return self._judge.ref

    def judge(self, situation: Situation) -> tuple[Verdict, ...]:
        self.seen.add(threading.current_thread())
        return self._judge.judge(situation)


async def test_long_work_leaves_the_event_loop_free_to_answer() -> None:
    threads, sent = Threads(), Sent()
    judging = replace(judgement(), judge=threads)
    judging = replace(judging, stages=replace(judging.stages, matcher=threads))
    articles = [f"{FIRE} {number} " + "mot " * 9_000 for number in range(8)]
    await ReadBody(judging, sent, ManualClock(NOW))(mentions(*articles))
    await WatchBody(judging, sent, {}, ManualClock(NOW))(sent.records[0][2])
    assert threads.seen
    assert threading.main_thread() not in threads.seen


async def test_short_work_is_not_handed_to_a_thread() -> None:
    threads, sent = Threads(), Sent()
    judging = replace(judgement(), judge=threads)
    judging = replace(judging, stages=replace(judging.stages, matcher=threads))
    await ReadBody(judging, sent, ManualClock(NOW))(mentions(FIRE))
    await WatchBody(judging, sent, {}, ManualClock(NOW))(sent.records[0][2])
    assert threads.seen == {threading.main_thread()}
