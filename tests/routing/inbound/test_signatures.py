"""Every scheme against the same faults: each is answered alike, and none does anything."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import orjson
import pytest
from aiohttp.test_utils import TestClient, TestServer
from sqlalchemy import Connection, update

from routing.channels.closing import alert_key_of
from routing.channels.doubles.callers import (
    SignedCall,
    pagerduty_call,
    pagerduty_event,
    slack_call,
    slack_click,
    twilio_call,
)
from routing.channels.slack_blocks import ACKNOWLEDGE
from routing.console.app import build_console
from routing.schema import incidents
from tests.routing.inbound.front import PHONE, PUBLIC, Front
from tests.routing.scenes import MakeScene

Make = Callable[[Front, str], tuple[str, SignedCall]]


def slack(front: Front, secret: str) -> tuple[str, SignedCall]:
    payload = slack_click(ACKNOWLEDGE, front.newest().answer.slack, "U0COMMS")
    return "/hooks/slack", slack_call(secret, payload, front.now())


def pagerduty(front: Front, secret: str) -> tuple[str, SignedCall]:
    event = pagerduty_event("incident.acknowledged", alert_key_of(front.newest()), "PCOMMS1")
    return "/hooks/pagerduty", pagerduty_call((secret,), event)


def sms(front: Front, secret: str) -> tuple[str, SignedCall]:
    form = {"From": PHONE, "Body": f"ok {front.newest().answer.sms_code}", "MessageSid": "SM1"}
    return "/hooks/twilio/sms", twilio_call(secret, f"{PUBLIC}/hooks/twilio/sms", form)


def voice(front: Front, secret: str) -> tuple[str, SignedCall]:
    url = front.newest().answer.voice_url
    form = {"CallSid": "CA1", "Digits": "1", "To": PHONE}
    return url.removeprefix(PUBLIC), twilio_call(secret, url, form)


@dataclass(frozen=True)
class Scheme:
    make: Make
    secret: str
    header: str


SCHEMES = {
    "slack": Scheme(slack, "slack-secret", "X-Slack-Signature"),
    "pagerduty": Scheme(pagerduty, "pd-secret", "X-PagerDuty-Signature"),
    "sms": Scheme(sms, "twilio-token", "X-Twilio-Signature"),
    "voice": Scheme(voice, "twilio-token", "X-Twilio-Signature"),
}


def next_cycle(connection: Connection, incident: str) -> None:
    """As if the incident had been opened again."""
    connection.execute(
        update(incidents).where(incidents.c.id == incident).values(cycle=incidents.c.cycle + 1)
    )


def flipped(call: SignedCall) -> SignedCall:
    place = len(call.body) // 2
    body = call.body[:place] + bytes([call.body[place] ^ 1]) + call.body[place + 1 :]
    return replace(call, body=body)


def without(header: str) -> Callable[[SignedCall], SignedCall]:
    return lambda call: replace(
        call, headers={name: value for name, value in call.headers.items() if name != header}
    )


def written_again(call: SignedCall) -> SignedCall:
    """The same values in other bytes."""
    if call.body.startswith(b"{"):
        return replace(call, body=orjson.dumps(orjson.loads(call.body), option=orjson.OPT_INDENT_2))
    return replace(call, body=call.body + b"&extra=1")


@pytest.mark.parametrize("name", SCHEMES)
@pytest.mark.parametrize("secret", ["", "older-secret"])
async def test_what_is_signed_acknowledges_also_with_the_secret_before(
    scene: MakeScene, name: str, secret: str
) -> None:
    async with Front(scene()) as front:
        path, call = SCHEMES[name].make(front, secret or SCHEMES[name].secret)
        assert (await front.send(path, call))[0] == 200
        assert await front.acknowledged_by() == "Comms Oncall"


@pytest.mark.parametrize("name", SCHEMES)
async def test_every_fault_is_answered_alike_and_changes_nothing(scene: MakeScene, name: str) -> None:
    async with Front(scene()) as front:
        scheme = SCHEMES[name]
        path, call = scheme.make(front, scheme.secret)
        faults = [
            scheme.make(front, "a-wrong-secret")[1],
            flipped(call),
            without(scheme.header)(call),
            written_again(call),
            replace(call, headers={**call.headers, scheme.header: "é" * 10}),
            replace(call, body=b"x" * 1_000_001),
            replace(call, body=b"\xff" + call.body),
        ]
        answers = [await front.send(path, one) for one in faults]
        assert set(answers) == {(401, "not signed as agreed\n")}
        assert await front.acknowledged_by() == ""


@pytest.mark.parametrize("name", SCHEMES)
async def test_a_replayed_call_does_nothing_more_and_hears_the_same(scene: MakeScene, name: str) -> None:
    async with Front(scene()) as front:
        scheme = SCHEMES[name]
        path, call = scheme.make(front, scheme.secret)
        first, again = await front.send(path, call), await front.send(path, call)
        assert first == again
        assert len(await front.happened("acknowledged")) == 1
        assert await front.happened("acknowledged_again") == []


@pytest.mark.parametrize("seconds", [-301, 301])
async def test_a_click_is_good_for_five_minutes(scene: MakeScene, seconds: int) -> None:
    async with Front(scene()) as front:
        payload = slack_click(ACKNOWLEDGE, front.newest().answer.slack, "U0COMMS")
        call = slack_call("slack-secret", payload, front.now() + seconds)
        assert (await front.send("/hooks/slack", call))[0] == 401
        call = slack_call("slack-secret", payload, front.now() + (299 if seconds > 0 else -299))
        assert (await front.send("/hooks/slack", call))[0] == 200


async def test_bad_signatures_are_limited_and_a_good_one_still_passes(scene: MakeScene) -> None:
    async with Front(scene()) as front:
        path, call = slack(front, "slack-secret")
        wrong = [(await front.send(path, flipped(call)))[0] for _ in range(22)]
        assert wrong[:20] == [401] * 20
        assert wrong[20:] == [429, 429]
        assert (await front.send(path, call))[0] == 200
        assert await front.acknowledged_by() == "Comms Oncall"


@pytest.mark.parametrize("name", ["slack", "sms", "voice", "pagerduty"])
async def test_an_answer_to_an_old_cycle_does_not_answer_the_new_one(scene: MakeScene, name: str) -> None:
    async with Front(scene()) as front:
        path, call = SCHEMES[name].make(front, SCHEMES[name].secret)
        incident = (await front.view()).id
        front.scene.store.transact(lambda connection, _: next_cycle(connection, incident))
        assert (await front.send(path, call))[0] == 200
        assert await front.acknowledged_by() == ""
        assert len(await front.happened("ack_of_old_cycle")) == 1


@pytest.mark.parametrize("name", SCHEMES)
@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "PUT"])
async def test_whoever_only_looks_changes_nothing(scene: MakeScene, name: str, method: str) -> None:
    """Mail scanners and link previews follow whatever address they find."""
    async with Front(scene()) as front:
        path, call = SCHEMES[name].make(front, SCHEMES[name].secret)
        answer = await front.client.request(method, path, headers=call.headers)
        assert answer.status == 405
        assert await front.acknowledged_by() == ""


async def test_the_console_serves_the_routes_and_lets_a_large_body_be_refused_by_them(
    scene: MakeScene,
) -> None:
    async with Front(scene()) as front:
        one = front.scene
        app = build_console(front.router, one.signer, one.settings, one.clock, hooks=front.hooks, environ={})
        async with TestClient(TestServer(app)) as client:
            path, call = slack(front, "slack-secret")
            large = await client.post(path, data=b"x" * 50_000, headers=dict(call.headers))
            assert large.status == 401
            answer = await client.post(path, data=call.body, headers=dict(call.headers))
            assert answer.status == 200
        assert await front.acknowledged_by() == "Comms Oncall"


async def test_what_is_acknowledged_there_and_told_to_pagerduty_does_not_come_round(
    scene: MakeScene,
) -> None:
    """An acknowledgement goes out as an event of our integration; what comes back of it names no user."""
    async with Front(scene()) as front:
        path, call = pagerduty(front, "pd-secret")
        await front.send(path, call)
        key = alert_key_of(front.newest())
        for number in range(3):
            echo = pagerduty_event(
                "incident.acknowledged",
                key,
                "",
                event=f"echo-{number}",
                agent="inbound_integration_reference",
            )
            await front.send(path, pagerduty_call(("pd-secret",), echo))
        assert len(await front.happened("acknowledged")) == 1
        assert await front.happened("acknowledged_again") == []
