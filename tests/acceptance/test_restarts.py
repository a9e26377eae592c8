"""Rows about processes that end in the middle of something."""

import pytest

from routing.channels.testing import RecordingChannel
from routing.router import Router
from tests.routing.scenes import MakeScene, Scene, finding


def restarted(one: Scene) -> tuple[Router, RecordingChannel]:
    """A new process on the same database, with a channel of its own to the first target."""
    channel = RecordingChannel("comms-oncall-1")
    channels = {**one.channels, "comms-oncall-1": channel}
    return Router(one.store, one.settings, channels, one.clock, one.signer), channel


async def begun(one: Scene, point: str) -> int:
    """Leaves the first page as a killed process would; tells how many copies the target has."""
    await one.router.accept([finding(severity="critical")])
    if point == "queued":
        return 0
    if point == "claimed":
        assert len(one.store.claim(one.settings)) == 1
        return 0
    hung = one.channels["comms-oncall-1"]
    for _ in range(200):
        await one.router.step()
        if hung.pages:
            break
    return len(hung.pages)


@pytest.mark.parametrize(("point", "arrived"), [("queued", 0), ("claimed", 0), ("sent", 1)])
async def test_a_kill_at_any_point_costs_one_marked_copy_at_most(
    scene: MakeScene, point: str, arrived: int
) -> None:
    """Rows 4, 6 and 7: marin-community/marin#7709, grafana/grafana#131904, grafana/grafana#68162.

    Within ten seconds of the kill the page goes out again, and says so where it may have arrived.
    """
    one = scene(RecordingChannel("comms-oncall-1", hang=True))
    assert await begun(one, point) == arrived
    router, channel = restarted(one)
    one.clock.advance(10)
    await one.settle(router)
    assert [page.possible_duplicate for page in channel.pages] == [point != "queued"]
    for _ in range(3):
        one.clock.advance(60)
        await one.settle(router)
    assert len(channel.pages) == 1


async def test_the_loser_of_two_processes_is_fenced_before_it_sends(scene: MakeScene) -> None:
    """Row 1: prometheus/alertmanager#1005 and #4008, replicas that sent the same notification twice."""
    one = scene()
    await one.router.accept([finding(severity="critical")])
    (slow,) = one.store.claim(one.settings)
    one.clock.advance(10)
    router, channel = restarted(one)
    await one.settle(router)
    assert len(channel.pages) == 1
    assert one.store.confirm(one.settings, slow) is None  # so the slow one composes and sends nothing
