from typing import Any

import pytest

from monitor.clock import Clock
from monitor.records import Severity
from routing.channels.conformance import CHECKS, Check, over_http
from routing.channels.doubles.http import Reply
from routing.channels.doubles.ntfy import TOKEN, TOPIC, NtfyDouble, note_fault
from routing.channels.ntfy import NtfyChannel, NtfyTarget, build
from routing.outcome import Ambiguous, DeadTarget, Delivered, Outcome, RejectedPayload, RetryLater
from routing.page import Transition
from tests.routing.channels.pages import make_page
from tests.routing.channels.targets import clock


def channel(url: str, *, topic: str = TOPIC, time: Clock | None = None, **changes: Any) -> NtfyChannel:
    values = {"kind": "ntfy", "name": "it-phone", "topic": "env:TOPIC", "token": "env:TOKEN", "url": url}
    target = NtfyTarget.model_validate({**values, "allow_private_addresses": True, **changes})
    return build(target, clock=time or clock(), environ={"TOPIC": topic, "TOKEN": TOKEN})


@pytest.mark.parametrize("check", CHECKS)
async def test_conformance(check: Check) -> None:
    await check(over_http(NtfyDouble, lambda double: channel(double.url), secrets=(TOPIC, TOKEN)))


async def outcome_of(reply: Reply) -> Outcome:
    async with NtfyDouble() as double:
        double.script(reply)
        phone = channel(double.url)
        outcome = await phone.send(make_page())
        await phone.aclose()
    return outcome


async def note_of(*, plain: bool = False, **changes: Any) -> dict[str, Any]:
    settings = {"button": changes.pop("button", True)}
    async with NtfyDouble() as double:
        phone = channel(double.url, **settings)
        assert await phone.send(make_page(**changes), plain=plain) == Delivered("n1")
        await phone.aclose()
    return double.notifications[0]


async def test_a_notification_says_it_all_and_opens_the_personal_link() -> None:
    note = await note_of()
    assert note["title"].startswith("🔴 CRITIQUE · Affaires juridiques · Véloria")
    assert note["message"].startswith("Accusez réception avant 03")
    assert "«\u00a0Mes données de compte Véloria circulent" in note["message"]
    assert "À FAIRE MAINTENANT\nConserver la publication" in note["message"]
    assert (note["click"], note["tags"]) == (make_page().link, ["rotating_light", "legal"])
    assert note["actions"] == [
        {"action": "view", "label": "Ouvrir et accuser réception", "url": make_page().link, "clear": True}
    ]


@pytest.mark.parametrize(
    ("severity", "transition", "priority"),
    [
        ("critical", "opened", 5),
        ("warning", "raised", 4),
        ("info", "opened", 2),
        ("critical", "informed", 2),  # who is only informed is not woken
    ],
)
async def test_the_priority_is_how_urgent_it_is_to_the_reader(
    severity: Severity, transition: Transition, priority: int
) -> None:
    assert (await note_of(severity=severity, transition=transition))["priority"] == priority


async def test_the_button_is_left_out_when_it_is_not_wanted_and_when_there_is_no_link() -> None:
    assert "actions" not in await note_of(button=False)
    assert "actions" not in await note_of(plain=True)
    bare = await note_of(link="", transition="informed")
    assert "actions" not in bare
    assert "click" not in bare


async def test_no_page_ever_becomes_an_attachment() -> None:
    async with NtfyDouble() as double:
        phone = channel(double.url)
        await phone.send(make_page(person_name="漢" * 1_000, brand_name="漢" * 1_000))
        await phone.aclose()
    assert (double.attachments, len(double.notifications)) == (0, 1)


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        (Reply(200, b"{}"), Ambiguous),
        (Reply(400, b'{"code":40018,"http":400,"error":"invalid actions"}'), RejectedPayload),
        (Reply(401, b'{"code":40101,"http":401,"error":"unauthorized"}'), DeadTarget),
        (Reply(403, b'{"code":40301,"http":403,"error":"forbidden"}'), DeadTarget),
        (Reply(413), RejectedPayload),
        (Reply(507), Ambiguous),
    ],
)
async def test_each_answer_has_its_outcome(reply: Reply, expected: type) -> None:
    assert isinstance(await outcome_of(reply), expected)


async def test_a_quota_of_the_day_that_is_used_up_waits_long_enough_for_another_target() -> None:
    outcome = await outcome_of(Reply(429, b'{"code":42908,"http":429,"error":"daily quota"}'))
    assert isinstance(outcome, RetryLater)
    assert (outcome.after_s, outcome.scope) == (900.0, "account")


async def test_sixty_at_once_and_then_one_every_five_seconds() -> None:
    time = clock()
    async with NtfyDouble(clock=time) as double:
        phone = channel(double.url, time=time)
        outcomes = [await phone.send(make_page(), plain=True) for _ in range(61)]
        time.advance(5)
        outcomes.append(await phone.send(make_page(), plain=True))
        await phone.aclose()
    assert [type(outcome) for outcome in outcomes] == [*[Delivered] * 60, RetryLater, Delivered]


@pytest.mark.parametrize("topic", ["canary/topic", "canary" * 20, "canary topic", "çanary"])
def test_what_is_no_topic_is_named_but_not_repeated(topic: str) -> None:
    with pytest.raises(ValueError, match="topic") as caught:
        channel("https://ntfy.example", topic=topic)
    assert "anary" not in str(caught.value)


@pytest.mark.parametrize(
    "note", [{"priority": 6}, {"actions": [{"action": "http", "label": "x", "url": "x"}]}, {"actions": [{}]}]
)
def test_the_double_refuses_what_ntfy_refuses(note: dict[str, Any]) -> None:
    assert note_fault(note) != ""
