"""What PagerDuty tells of an alert of ours."""

from routing.channels.closing import alert_key_of
from routing.channels.doubles.callers import pagerduty_call, pagerduty_event
from tests.routing.inbound.front import Front
from tests.routing.scenes import MakeScene


async def send(front: Front, kind: str = "acknowledged", **changes: str) -> int:
    key = changes.pop("key", None) or alert_key_of(front.newest())
    event = pagerduty_event(f"incident.{kind}", key, changes.pop("user", "PCOMMS1"), **changes)
    return (await front.send("/hooks/pagerduty", pagerduty_call(("pd-secret",), event)))[0]


async def test_an_acknowledgement_there_is_one_here_as_the_same_person(scene: MakeScene) -> None:
    async with Front(scene()) as front:
        assert await send(front) == 200
        assert await front.happened("acknowledged") == [("Comms Oncall", "pagerduty")]
        assert await front.happened("answered_from") == [("Comms Oncall", "pagerduty PCOMMS1")]


async def test_a_resolution_there_closes_the_incident(scene: MakeScene) -> None:
    async with Front(scene()) as front:
        assert await send(front, "resolved") == 200
        assert (await front.view()).resolved_by == "Comms Oncall"


async def test_an_echo_of_our_own_answer_does_nothing(scene: MakeScene) -> None:
    async with Front(scene()) as front:
        assert await send(front, agent="inbound_integration_reference") == 200
        assert await front.acknowledged_by() == ""
        assert await front.happened("refused") == []


async def test_somebody_unknown_is_refused_and_written_down(scene: MakeScene) -> None:
    async with Front(scene()) as front:
        assert await send(front, user="PSTRANGER") == 200
        assert await front.acknowledged_by() == ""
        assert await front.happened("refused") == [("PSTRANGER", "pagerduty")]


async def test_events_of_other_alerts_and_other_kinds_are_taken_and_ignored(scene: MakeScene) -> None:
    async with Front(scene()) as front:
        assert await send(front, key="somebody-elses") == 200
        assert await send(front, key="tocsin-0000") == 200
        assert await send(front, "annotated", event="3") == 200
        for strange in ({}, {"event": None}, {"event": {"id": 1, "agent": 5}}):
            call = pagerduty_call(("pd-secret",), strange)
            assert (await front.send("/hooks/pagerduty", call))[0] == 200
        assert await front.acknowledged_by() == ""


async def test_an_event_that_comes_again_two_days_later_is_a_copy(scene: MakeScene) -> None:
    async with Front(scene()) as front:
        key = alert_key_of(front.newest())
        await send(front, key=key)
        front.scene.clock.advance(47 * 3_600)
        await send(front, key=key)
        assert len(await front.happened("acknowledged")) == 1
        assert await front.happened("acknowledged_again") == []


async def test_one_of_several_signatures_is_enough(scene: MakeScene) -> None:
    async with Front(scene()) as front:
        event = pagerduty_event("incident.acknowledged", alert_key_of(front.newest()), "PCOMMS1")
        call = pagerduty_call(("a-new-secret", "older-secret"), event)
        assert (await front.send("/hooks/pagerduty", call))[0] == 200
        assert await front.acknowledged_by() == "Comms Oncall"
