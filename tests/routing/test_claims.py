"""What is claimed, when, and what a crash leaves behind."""

import asyncio
from datetime import timedelta

import pytest

from monitor.records import Severity
from routing.channels.testing import RecordingChannel
from routing.claims import AT_ONCE, ATTEMPT, LEASE
from routing.outcome import Delivered, Outcome
from routing.page import Page
from routing.router import POLL_S
from tests.routing.scenes import MakeScene, Scene, finding


class Held(RecordingChannel):
    """Answers only when it is let go."""

    def __init__(self, target: str) -> None:
        super().__init__(target)
        self.go = asyncio.Event()

    async def send(self, page: Page, *, thread: str = "", plain: bool = False) -> Outcome:
        self.pages.append(page)
        await self.go.wait()
        return Delivered(remote_id=page.id)


async def started(one: Scene, channel: Held, pages: int) -> None:
    """Let the router run until the channel has got so many pages."""
    while len(channel.pages) < pages:
        await one.router.step()


async def test_only_what_a_target_has_room_for_is_claimed(scene: MakeScene) -> None:
    one = scene()
    await one.router.accept([finding(first=f"bluesky:{n}", page=("comms", "legal")) for n in range(9)])
    claimed = [claimed.row for claimed in one.store.claim(one.settings)]
    assert (
        sorted(row.target for row in claimed) == ["comms-oncall-1"] * AT_ONCE + ["legal-oncall-1"] * AT_ONCE
    )
    busy = {"comms-oncall-1": [row.id for row in claimed if row.target == "comms-oncall-1"][:3]}
    assert [claimed.row.target for claimed in one.store.claim(one.settings, busy)] == ["comms-oncall-1"] + [
        "legal-oncall-1"
    ] * AT_ONCE


async def test_a_long_queue_behind_a_slow_target_gives_no_copy_and_no_mark(scene: MakeScene) -> None:
    slow = Held("comms-oncall-1")
    one = scene(slow)
    await one.router.accept([finding(first=f"bluesky:{n}") for n in range(2 * AT_ONCE)])
    await started(one, slow, AT_ONCE)
    one.clock.advance(60)
    await one.router.step()
    slow.go.set()
    await one.settle()
    assert len({page.id for page in slow.pages}) == len(slow.pages) == 2 * AT_ONCE
    assert not any(page.possible_duplicate for page in slow.pages)


async def test_a_page_that_waits_behind_a_slow_target_is_stopped_by_an_acknowledgement(
    scene: MakeScene,
) -> None:
    slow = Held("comms-oncall-1")
    one = scene(slow)
    await one.router.accept([finding(first=f"bluesky:{n}") for n in range(2 * AT_ONCE)])
    await started(one, slow, AT_ONCE)
    sent = {page.incident for page in slow.pages}
    for view in await one.router.incidents():
        if view.id not in sent:
            await one.router.acknowledge(view.id, view.cycle, "comms", "comms-oncall", "link")
    slow.go.set()
    await one.settle()
    assert {page.incident for page in slow.pages} == sent


async def test_the_most_severe_goes_first_and_of_those_the_oldest(scene: MakeScene) -> None:
    one = scene()
    order: tuple[tuple[str, Severity], ...] = (
        ("i", "info"),
        ("w", "warning"),
        ("v", "warning"),
        ("c", "critical"),
        ("d", "critical"),
    )
    for name, severity in order:
        await one.router.accept([finding(first=f"bluesky:{name}", severity=severity)])
        one.clock.advance(1)
    incidents = {view.id: view.story.first_mention[-1] for view in await one.router.incidents()}
    busy = {"comms-oncall-1": ["x"] * (AT_ONCE - 1)}
    taken: list[str] = []
    while claimed := one.store.claim(one.settings, busy):
        taken += [incidents[message.row.incident] for message in claimed]
    assert "".join(taken) == "cdwvi"


async def test_the_most_severe_of_all_targets_starts_first(scene: MakeScene) -> None:
    one = scene()
    await one.router.accept([finding(first="bluesky:1", severity="info")])
    await one.router.accept([finding(first="bluesky:2", page=("legal",), severity="critical")])
    assert [claimed.row.severity for claimed in one.store.claim(one.settings)] == ["critical", "info"]


@pytest.mark.parametrize("after_claim", [True, False])
async def test_what_a_crash_left_goes_on_within_ten_seconds(scene: MakeScene, after_claim: bool) -> None:
    one = scene()
    await one.router.accept([finding()])
    if after_claim:
        assert len(one.store.claim(one.settings)) == 1
    restarted = one.another_router()
    one.clock.advance(10 - POLL_S)
    await one.settle(restarted)
    pages = one.channels["comms-oncall-1"].pages
    assert [page.possible_duplicate for page in pages] == [after_claim]


def test_an_attempt_ends_before_its_lease() -> None:
    assert ATTEMPT + timedelta(seconds=1) <= LEASE
