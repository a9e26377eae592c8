"""Following what changes: one reader for many watchers, bounded, and ended at once when the server stops."""

import asyncio

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.clock import ManualClock
from monitor.errors import Unavailable
from routing.console.feed import SHARE, Feed, FeedFull, pause_s
from tests.routing.scenes import START

CLOCK = ManualClock(START)


class Counter:
    """Something that changes when told, and may be away for a moment."""

    def __init__(self) -> None:
        self.value = 0
        self.reads = 0
        self.away = 0

    async def read(self, topic: str) -> tuple[str, int]:
        self.reads += 1
        if self.away:
            self.away -= 1
            raise Unavailable("away")
        return topic, self.value


async def test_a_watcher_gets_the_newest_state_and_every_change() -> None:
    counter = Counter()
    feed = Feed(counter.read, CLOCK, every_s=0.001)
    watch = feed.watch("a", quiet_s=30)
    assert await anext(watch) == ("a", 0)
    counter.value = 7
    assert await anext(watch) == ("a", 7)
    await watch.aclose()
    assert feed.watchers == 0


async def test_many_watchers_cost_one_reader() -> None:
    counter = Counter()
    feed = Feed(counter.read, CLOCK, every_s=1_000)
    watches = [feed.watch("a", quiet_s=30) for _ in range(20)]
    assert [await anext(one) for one in watches] == [("a", 0)] * 20
    assert counter.reads == 1
    for one in watches:
        await one.aclose()


async def test_nothing_is_read_when_nobody_watches() -> None:
    counter = Counter()
    feed = Feed(counter.read, CLOCK, every_s=0.001)
    watch = feed.watch("a", quiet_s=30)
    await anext(watch)
    await watch.aclose()
    before = counter.reads
    for _ in range(20):
        await asyncio.sleep(0)
    assert counter.reads == before


async def test_a_quiet_topic_gives_a_sign_of_life() -> None:
    feed = Feed(Counter().read, CLOCK, every_s=1_000)
    watch = feed.watch("a", quiet_s=0.001)
    states = [await anext(watch) for _ in range(3)]
    assert None in states
    await watch.aclose()


async def test_watchers_are_bounded() -> None:
    feed = Feed(Counter().read, CLOCK, every_s=1_000, max_watchers=2)
    watches = [feed.watch(topic, quiet_s=30) for topic in "abc"]
    for one in watches[:2]:
        await anext(one)
    assert feed.full
    with pytest.raises(FeedFull):
        await anext(watches[2])
    for one in watches:
        await one.aclose()
    assert not feed.full


async def test_a_reader_that_fails_tries_again() -> None:
    counter = Counter()
    counter.away = 3
    feed = Feed(counter.read, CLOCK, every_s=0.001)
    watch = feed.watch("a", quiet_s=30)
    assert await anext(watch) == ("a", 0)
    assert counter.reads == 4
    await watch.aclose()


@settings(deadline=None)
@given(st.floats(0.01, 60), st.floats(0, 1_000))
def test_a_slow_look_is_followed_by_a_long_rest(every_s: float, took_s: float) -> None:
    pause = pause_s(every_s, took_s)
    assert pause >= every_s
    assert took_s <= (took_s + pause) * SHARE * 1.000_001


async def test_closing_ends_every_watch() -> None:
    feed = Feed(Counter().read, CLOCK, every_s=1_000)
    watch = feed.watch("a", quiet_s=1_000)
    await anext(watch)
    waiting = asyncio.create_task(anext(watch, "ended"))
    await asyncio.sleep(0)
    await feed.aclose()
    assert await waiting == "ended"
    with pytest.raises(FeedFull):
        await anext(feed.watch("a", quiet_s=1))
