from datetime import timedelta

import pytest

from monitor.fired import Fired
from monitor.records import Author, Thread
from monitor.stories import StoryBook, mention_key
from monitor.watch import BrandState, watch_readings
from monitor.watch_state import MAX_MENTIONS, decode_story
from tests.monitor.a_reading import BRAND, START, a_mention, a_reading
from tests.monitor.playbooks import VELORIA, FixedJudge, a_clause, always


def test_a_story_comes_back_as_it_was() -> None:
    book = StoryBook(BRAND)
    for number in range(11):
        story, _ = book.join(
            a_reading(a_mention(number, f"a b c d {number} f", thread=Thread(quote_of="replay:0"))), START
        )
        book.remember(story, mention_key(f"replay:{number}"), negative=number % 3 == 0)
        story.mentions += 1
        story.reach.add(number * 1_000, number or None)
        story.rate.add(START + timedelta(minutes=number))
    story.sources["replay"] = None
    story.unjudged[5] = story.versions[6] = None
    story.fired.remember(3, (Fired(clause="safety", level=0),), story.snapshot(START), START)
    again = decode_story(story.encoded())
    assert again is not None
    assert again.encoded() == story.encoded()
    assert again.snapshot(START) == story.snapshot(START)
    assert list(again.seen.items()) == list(story.seen.items())
    assert again.fired == story.fired
    assert [one.data for one in again.signatures] == [one.data for one in story.signatures]


@pytest.mark.parametrize("data", [b"", b"{}", b"[]", b'{"schema_version":2}', b"\xff"])
def test_bytes_of_another_making_give_no_story(data: bytes) -> None:
    assert decode_story(data) is None


def test_damaged_parts_give_no_story() -> None:
    story, _ = StoryBook(BRAND).join(a_reading(a_mention(1)), START)
    data = story.encoded()
    assert decode_story(data) is not None
    assert decode_story(data.replace(b'"seen":""', b'"seen":"AAAA"')) is None
    assert decode_story(data.replace(b'"signatures":[["', b'"signatures":[["AAAA')) is None


def test_signatures_of_another_algorithm_are_left_out() -> None:
    story, _ = StoryBook(BRAND).join(a_reading(a_mention(1)), START)
    again = decode_story(story.encoded().replace(b'"signature_version":"', b'"signature_version":"older-'))
    assert again is not None
    assert again.signatures == []


def test_the_largest_stored_story_stays_below_64_kb() -> None:
    clauses = [always(a_clause(f"a-clause-with-a-rather-long-name-{number}")) for number in range(20)]
    state = BrandState(VELORIA)
    data: bytes | None = None
    for number in range(MAX_MENTIONS + 200):
        words = " ".join(f"é{number}x{place}" for place in range(6))
        mention = a_mention(
            number,
            words,
            url="https://a.example/" + "é" * 3_900,
            author=Author(handle=f"a{number}", followers=10 ** (number // 400 + 2)),
            links=tuple(f"https://a.example/{number}/{link}" for link in range(10)),
            thread=Thread(quote_of="replay:" + "é" * 900),
            second=number * 2,
        )
        judge = FixedJudge(*clauses[: number // 40 + 1])
        outcome = watch_readings(state, [a_reading(mention)], judge, START + timedelta(seconds=number * 2))
        (data,) = [entry for key, entry in outcome.changed.items() if key != "series"]
    assert data is not None
    assert len(data) < 64 * 1024
