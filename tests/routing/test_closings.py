"""What whoever was paged is told of an answer, by the real channels against their doubles."""

from datetime import timedelta
from typing import Literal

import orjson
import pytest
from sqlalchemy import select

from routing.channel import Channel
from routing.channels.closing import Alert, Answered
from routing.channels.doubles.http import HttpDouble, Reply
from routing.channels.doubles.pagerduty import ROUTING_KEY, PagerDutyDouble
from routing.channels.doubles.slack import CHANNEL, TOKEN, SlackDouble
from routing.channels.pagerduty import PagerDutyTarget
from routing.channels.slack import SlackApiTarget
from routing.channels.table import build_channel
from routing.channels.target import Target
from routing.channels.testing import RecordingChannel
from routing.claims import LEASE
from routing.closings import LONGEST_PAUSE_S, MAX_ATTEMPTS, after_telling
from routing.outcome import Ambiguous, DeadTarget, Delivered, Outcome, RejectedPayload, RetryLater
from routing.router import Router
from routing.schema import closings, micros
from tests.routing.scenes import START, MakeScene, Scene, finding

FIRST = "comms-oncall-1"  # the first target of the person who is paged
ENVIRON = {"PD": ROUTING_KEY, "SLACK": TOKEN}
Told = tuple[Literal["acknowledged", "resolved"], Answered]


class Telling(RecordingChannel):
    """Also keeps what it is told of answers; ``endings`` are its outcomes, then Delivered for ever."""

    def __init__(self, target: str, pages: list[Outcome] | None = None, endings: list[Outcome] | None = None):
        super().__init__(target, pages or [])
        self._endings = list(endings or [])
        self.told: list[Told] = []

    async def acknowledged(self, answered: Answered) -> Outcome:
        return self._told(("acknowledged", answered))

    async def resolved(self, answered: Answered) -> Outcome:
        return self._told(("resolved", answered))

    def _told(self, told: Told) -> Outcome:
        self.told.append(told)
        return self._endings.pop(0) if self._endings else Delivered()

    @property
    def endings(self) -> list[str]:
        return [ending for ending, _ in self.told]


def pagerduty(double: HttpDouble) -> Target:
    return PagerDutyTarget(
        kind="pagerduty", name=FIRST, routing_key="env:PD", api_url=double.url, allow_private_addresses=True
    )


def slack(double: HttpDouble) -> Target:
    return SlackApiTarget(
        kind="slack",
        name=FIRST,
        channel=CHANNEL,
        token="env:SLACK",
        api_url=f"{double.url}/api",
        allow_private_addresses=True,
    )


def router_with(scene: Scene, target: Target) -> Router:
    channel = build_channel(target, clock=scene.clock, environ=ENVIRON)
    channels: dict[str, Channel] = {**scene.channels, FIRST: channel}
    return Router(scene.store, scene.settings, channels, scene.clock, scene.signer)


async def acknowledge(router: Router) -> str:
    view = (await router.incidents())[0]
    return (await router.acknowledge(view.id, view.cycle, "comms", "comms-oncall", "link")).outcome


async def resolve(router: Router) -> str:
    view = (await router.incidents())[0]
    return (await router.resolve(view.id, view.cycle, "comms-oncall", "link")).outcome


def states(scene: Scene) -> list[str]:
    with scene.store._database.reading() as connection:
        return list(connection.execute(select(closings.c.state).order_by(closings.c.number)).scalars())


async def test_pagerduty_is_told_once_of_each_answer(scene: MakeScene) -> None:
    one = scene()
    async with PagerDutyDouble(clock=one.clock) as double:
        router = router_with(one, pagerduty(double))
        await router.accept([finding()])
        await one.settle(router)
        for expected in ("done", "already"):
            assert await acknowledge(router) == expected
            await one.settle(router)
        ((alert,),) = double.alerts.values()
        assert (alert.state, len(double.received)) == ("acknowledged", 2)
        for expected in ("done", "already"):
            assert await resolve(router) == expected
            await one.settle(router)
    assert (alert.state, alert.notified, len(double.received)) == ("resolved", 1, 3)
    (view,) = await router.incidents()
    assert [message.state for message in view.messages] == ["sent"]


async def test_a_message_in_slack_says_who_answered_in_the_language_of_its_reader(scene: MakeScene) -> None:
    one = scene()
    async with SlackDouble() as double:
        router = router_with(one, slack(double))
        await router.accept([finding()])
        await one.settle(router)
        await acknowledge(router)
        await one.settle(router)
        acknowledged = double.shown[0].splitlines()[-1]
        await resolve(router)
        await one.settle(router)
    assert "réception accusée par Comms Oncall" in acknowledged
    assert "résolu par Comms Oncall" in double.shown[0].splitlines()[-1]
    assert (len(double.messages), len(double.received)) == (1, 3)


async def test_a_crash_between_claim_and_call_is_told_after_the_lease(scene: MakeScene) -> None:
    one = scene()
    async with PagerDutyDouble(clock=one.clock) as double:
        router = router_with(one, pagerduty(double))
        await router.accept([finding()])
        await one.settle(router)
        await resolve(router)
        assert len(one.store.claim_closings(())) == 1
        restarted = router_with(one, pagerduty(double))
        await one.settle(restarted)
        assert len(double.received) == 1
        one.clock.advance(LEASE.total_seconds())
        await one.settle(restarted)
        ((alert,),) = double.alerts.values()
    assert (alert.state, len(double.received)) == ("resolved", 2)


async def test_pagerduty_that_is_down_is_told_when_it_is_back(scene: MakeScene) -> None:
    one = scene()
    async with PagerDutyDouble(clock=one.clock) as double:
        router = router_with(one, pagerduty(double))
        await router.accept([finding()])
        await one.settle(router)
        double.script(Reply(503), Reply(fault="reset"), Reply(500))
        await resolve(router)
        for _ in range(4):
            await one.settle(router)
            one.clock.advance(10)
        ((alert,),) = double.alerts.values()
    actions = [orjson.loads(request.body)["event_action"] for request in double.received]
    assert (alert.state, actions) == ("resolved", ["trigger", *["resolve"] * 4])
    assert states(one) == ["told"]


async def test_what_is_told_waits_for_a_page_that_still_waits(scene: MakeScene) -> None:
    channel = Telling(FIRST, pages=[Delivered("1", "thread-1"), RetryLater("busy", 5.0)])
    one = scene(channel)
    person = one.settings.people[0]
    informed = one.settings.departments["legal"]
    step = informed.chain[0].model_copy(update={"people": (person.id,)})
    one.settings.departments["legal"] = informed.model_copy(update={"chain": (step,)})
    await one.router.accept([finding(page=("comms",), inform=("legal",))])
    await one.settle()
    assert await acknowledge(one.router) == "done"
    await one.settle()
    assert (len(channel.pages), channel.told) == (2, [])
    await one.after(6)
    assert len(channel.pages) == 3
    ((ending, answered),) = channel.told
    assert ending == "acknowledged"
    assert answered == Answered(
        incident=answered.incident,
        incident_label="T-1",
        cycle=0,
        department="comms",
        alerts=(Alert("warning"),),
        by="Comms Oncall",
        at=START,
        thread="thread-1",
        language="fr",
        time_zone="UTC",
    )


async def test_an_acknowledgement_concerns_its_own_department_and_a_resolution_all(scene: MakeScene) -> None:
    comms, legal, lead = Telling(FIRST), Telling("legal-oncall-1"), Telling("comms-lead-1")
    one = scene(comms, legal, lead)
    await one.router.accept([finding(page=("comms",), inform=("legal",))])
    await one.settle()
    await acknowledge(one.router)
    await one.settle()
    assert (comms.endings, legal.endings) == (["acknowledged"], [])
    await resolve(one.router)
    await one.settle()
    assert (comms.endings, legal.endings) == (["acknowledged", "resolved"], ["resolved"])
    assert legal.told[0][1].alerts == (Alert("info"),)
    assert lead.told == []  # nobody has paged the lead


async def test_a_resolution_never_overtakes_its_acknowledgement(scene: MakeScene) -> None:
    channel = Telling(FIRST, endings=[RetryLater("busy", 5.0)])
    one = scene(channel)
    await one.router.accept([finding()])
    await one.settle()
    await acknowledge(one.router)
    await one.settle()
    await resolve(one.router)
    await one.settle()
    assert channel.endings == ["acknowledged"]
    await one.after(6)
    assert channel.endings == ["acknowledged", "acknowledged", "resolved"]


async def test_an_acknowledgement_says_nothing_about_a_rise_that_came_after_it(scene: MakeScene) -> None:
    channel = Telling(FIRST, endings=[RetryLater("busy", 60.0)])
    one = scene(channel)
    await one.router.accept([finding(clause="a", severity="warning")])
    await one.settle()
    await acknowledge(one.router)
    await one.settle()
    await one.router.accept([finding(clause="b", severity="critical")])
    await one.after(61)
    assert [page.transition for page in channel.pages] == ["opened", "raised"]
    assert [answered.alerts for _, answered in channel.told] == [(Alert("warning"),)] * 2
    assert await acknowledge(one.router) == "done"
    await one.settle()
    assert channel.told[-1][1].alerts == (Alert("warning"), Alert("critical", 1))


@pytest.mark.parametrize("refusal", [RejectedPayload("message_not_found"), DeadTarget("token revoked")])
async def test_a_refusal_is_given_up_with_its_reason_and_pages_nobody(
    scene: MakeScene, refusal: RejectedPayload | DeadTarget
) -> None:
    channel = Telling(FIRST, endings=[refusal])
    one = scene(channel)
    await one.router.accept([finding()])
    await one.settle()
    await acknowledge(one.router)
    await one.after(10_000)
    assert (len(channel.told), one.paged(), states(one)) == (1, {FIRST: 1}, ["failed"])
    (view,) = await one.router.incidents()
    assert (view.history[-1].what, view.history[-1].detail) == (
        "not_told",
        f"{FIRST} acknowledged: {refusal.reason}",
    )


async def test_a_page_that_goes_out_during_the_answer_is_followed_by_it(scene: MakeScene) -> None:
    channel = Telling(FIRST)
    one = scene(channel)
    await one.router.accept([finding()])
    (claimed,) = one.store.claim(one.settings)
    assert one.store.confirm(one.settings, claimed)
    await resolve(one.router)
    await one.settle()
    assert channel.told == []
    one.store.record(one.settings, claimed, Delivered("1", "thread-1"), deduplicates=False)
    await one.settle()
    assert [(ending, answered.thread) for ending, answered in channel.told] == [("resolved", "thread-1")]


async def test_a_page_that_never_arrived_is_followed_by_nothing(scene: MakeScene) -> None:
    channel = Telling(FIRST)
    one = scene(channel)
    await one.router.accept([finding()])
    (claimed,) = one.store.claim(one.settings)
    await resolve(one.router)
    assert not one.store.confirm(one.settings, claimed)
    await one.settle()
    assert (channel.told, states(one)) == ([], ["told"])


async def test_a_channel_that_cannot_be_told_is_done_without_a_call(scene: MakeScene) -> None:
    one = scene()
    await one.router.accept([finding()])
    await one.settle()
    await resolve(one.router)
    await one.settle()
    assert (one.paged(), states(one)) == ({FIRST: 1}, ["told"])
    (view,) = await one.router.incidents()
    assert view.history[-1].what == "resolved"


async def test_two_processes_tell_a_thing_once(scene: MakeScene) -> None:
    one = scene()
    await one.router.accept([finding()])
    await one.settle()
    await resolve(one.router)
    assert [len(one.store.claim_closings(())) for _ in range(2)] == [1, 0]


async def test_a_paused_target_is_told_when_its_pause_ends(scene: MakeScene) -> None:
    channel = Telling(FIRST, pages=[Delivered("1"), RetryLater("limited", 10.0)])
    one = scene(channel)
    await one.router.accept([finding(first="bluesky:1")])
    await one.settle()
    view = (await one.router.incidents())[0]
    await one.router.accept([finding(first="bluesky:2")])
    await one.settle()
    await one.router.resolve(view.id, view.cycle, "comms-oncall", "link")
    await one.settle()
    assert channel.told == []
    await one.after(11)
    assert channel.endings == ["resolved"]


async def test_a_target_that_wants_to_be_left_alone_is_told_nothing_else_meanwhile(scene: MakeScene) -> None:
    channel = Telling(FIRST, endings=[RetryLater("limited", 10.0)])
    one = scene(channel)
    await one.router.accept([finding(first="bluesky:1"), finding(first="bluesky:2")])
    await one.settle()
    for view in await one.router.incidents():
        await one.router.resolve(view.id, view.cycle, "comms-oncall", "link")
    await one.router.accept([finding(first="bluesky:3")])
    await one.settle()
    assert (len(channel.told), len(channel.pages)) == (1, 3)
    await one.after(11)
    assert len({answered.incident for _, answered in channel.told[1:]}) == len(channel.told[1:]) == 2


@pytest.mark.parametrize("outcome", [RetryLater("busy", 0.0), Ambiguous("cut off", 0.0)])
def test_pauses_grow_and_the_attempts_end(outcome: RetryLater | Ambiguous) -> None:
    due = [after_telling(n, outcome, START).get("due_at") for n in range(1, MAX_ATTEMPTS + 1)]
    pauses = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, *[LONGEST_PAUSE_S] * (MAX_ATTEMPTS - 10)]
    assert due == [*(micros(START + timedelta(seconds=pause)) for pause in pauses), None]
    assert after_telling(MAX_ATTEMPTS, outcome, START) == {"state": "failed", "reason": outcome.reason}


def test_a_pause_is_as_long_as_the_other_side_wants() -> None:
    assert after_telling(1, RetryLater("limited", 900.0), START)["due_at"] == micros(
        START + timedelta(seconds=900)
    )


async def test_who_answered_an_exercise_is_told_as_one(scene: MakeScene) -> None:
    channel = Telling(FIRST)
    one = scene(channel)
    await one.router.accept([finding().model_copy(update={"kind": "drill"})])
    await one.settle()
    (view,) = await one.router.incidents()
    await one.router.acknowledge(view.id, view.cycle, "comms", "comms-oncall", "link")
    await one.settle()
    assert [(ending, answered.exercise) for ending, answered in channel.told] == [("acknowledged", True)]
