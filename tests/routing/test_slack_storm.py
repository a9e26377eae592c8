"""The router and Slack together: its pace is kept, its threads are used, nothing is lost or sent twice."""

from routing.channels.doubles import SlackDouble
from routing.router import Router
from tests.routing.channels.targets import slack
from tests.routing.scenes import MakeScene, Scene, finding


async def seconds_pass(one: Scene, router: Router, seconds: int) -> None:
    for _ in range(seconds):
        await one.settle(router)
        one.clock.advance(1)


async def test_a_wave_of_incidents_keeps_to_the_pace_of_a_slack_channel_and_to_its_threads(
    scene: MakeScene,
) -> None:
    one = scene()
    async with SlackDouble(clock=one.clock) as double:
        channel = slack(double.api_url, time=one.clock)
        router = Router(
            one.store, one.settings, {**one.channels, "comms-oncall-1": channel}, one.clock, one.signer
        )
        await router.accept([finding(first=f"bluesky:{n}", severity="warning") for n in range(4)])
        await seconds_pass(one, router, 12)
        await router.accept([finding(first="bluesky:2", clause="worse", severity="critical")])
        await seconds_pass(one, router, 3)
        await channel.aclose()
    threads = [message.get("thread_ts") for message in double.messages]
    assert threads[:4] == [None] * 4
    assert len(threads) == 5
    assert threads[4] is not None
    refused = len(double.received) - len(double.messages)
    assert refused <= 2 * len(double.messages)
    assert {m.state for view in await router.incidents() for m in view.messages} == {"sent"}
