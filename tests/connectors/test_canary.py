"""The source of canaries: one in each turn, none twice after a restart, and never at its end."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from connectors.canary import CanaryConnector
from connectors.protocol import Batch
from monitor.clock import ManualClock

START = datetime(2026, 3, 14, 9, 0, 20, tzinfo=UTC)
EVERY = timedelta(minutes=1)


async def first(count: int, clock: ManualClock, since: str | None = None) -> list[Batch]:
    found: list[Batch] = []
    async for batch in CanaryConnector(EVERY, clock).batches(since):
        found.append(batch)
        if len(found) == count:
            break
    return found


async def test_the_first_comes_at_once_and_the_others_at_each_turn() -> None:
    batches = await first(4, ManualClock(START))
    times = [batch.mentions[0].created_at for batch in batches]
    assert times[0] == START
    assert times[1].replace(microsecond=0) == START.replace(minute=1, second=0)
    assert all(later - earlier == EVERY for earlier, later in pairwise(times[1:]))
    assert len({batch.mentions[0].id for batch in batches}) == 4


async def test_after_a_restart_a_turn_has_no_second_one() -> None:
    (before,) = await first(1, ManualClock(START))
    clock = ManualClock(START + timedelta(seconds=5))
    (after,) = await first(1, clock, before.cursor)
    assert after.mentions[0].created_at >= START.replace(minute=1, second=0)


async def test_two_processes_write_the_same_one_in_a_turn() -> None:
    (one,) = await first(1, ManualClock(START))
    (other,) = await first(1, ManualClock(START + timedelta(seconds=30)))
    assert one.mentions[0].version_id == other.mentions[0].version_id
