from functools import partial
from typing import Any

import orjson
import pytest

from routing.channels.closing import Closing, alert_key_of
from routing.channels.conformance import CHECKS, Check, over_http
from routing.channels.doubles.http import Reply
from routing.channels.doubles.jira_service_management import KEY, JiraServiceManagementDouble, body_errors
from routing.channels.jira_service_management import (
    JiraServiceManagementChannel,
    JiraServiceManagementTarget,
    alert_of,
    build,
)
from routing.message_compose import compose_message
from routing.outcome import Ambiguous, DeadTarget, Delivered, Outcome, RejectedPayload, RetryLater
from routing.page import Page
from tests.routing.channels.answers import make_answered
from tests.routing.channels.hostile import MARK, PAYLOADS
from tests.routing.channels.hostile_pages import hostile_page
from tests.routing.channels.pages import NOW, make_page
from tests.routing.channels.targets import clock

ACCEPTED = Reply(202, b'{"result":"Request will be processed","requestId":"request-1"}')


def channel(url: str, *, key: str = KEY, team: str = "") -> JiraServiceManagementChannel:
    target = JiraServiceManagementTarget(
        kind="jira_service_management",
        name="it-jsm",
        key="env:KEY",
        team=team,
        api_url=url,
        allow_private_addresses=True,
    )
    return build(target, clock=clock(), environ={"KEY": key})


async def outcome_of(*replies: Reply) -> Outcome:
    async with JiraServiceManagementDouble() as double:
        double.script(*replies)
        service = channel(double.url)
        outcome = await service.send(make_page())
        await service.aclose()
    return outcome


def alert(page: Page, *, team: str = "", plain: bool = False) -> dict[str, Any]:
    return alert_of(page, compose_message(page, NOW), team, plain=plain)


answered = partial(make_answered, by="TI de garde", language="fr", time_zone="America/Montreal")


@pytest.mark.parametrize("check", CHECKS)
async def test_conformance(check: Check) -> None:
    await check(over_http(JiraServiceManagementDouble, lambda double: channel(double.url), secrets=(KEY,)))


async def test_a_page_is_delivered_when_the_alert_is_there() -> None:
    async with JiraServiceManagementDouble(slow=2) as double:
        service = channel(double.url)
        outcome = await service.send(make_page())
        await service.aclose()
    assert outcome == Delivered(f"alert-{alert_key_of(make_page())[-8:]}")
    assert [one.method for one in double.received] == ["POST", "GET", "GET", "GET"]
    ((kept,),) = double.alerts.values()
    assert (kept.body["priority"], kept.body["alias"]) == ("P1", alert_key_of(make_page()))
    assert kept.body["message"].startswith("🔴 CRITIQUE · Affaires juridiques · Véloria")


async def test_a_repeat_is_folded_into_the_open_alert() -> None:
    async with JiraServiceManagementDouble() as double:
        service = channel(double.url)
        await service.send(make_page())
        await service.send(make_page(possible_duplicate=True))
        await service.aclose()
    ((kept,),) = double.alerts.values()
    assert (kept.count, kept.notified, service.deduplicates) == (2, 1, True)


async def test_what_is_accepted_but_not_there_yet_is_ambiguous() -> None:
    async with JiraServiceManagementDouble(slow=99) as double:
        service = channel(double.url)
        outcome = await service.send(make_page())
        await service.aclose()
    assert outcome == Ambiguous("accepted, but the alert is not there yet", 5.0)


async def test_what_is_accepted_and_fails_afterwards_is_rejected() -> None:
    async with JiraServiceManagementDouble(fails="Team does not exist") as double:
        service = channel(double.url)
        outcome = await service.send(make_page())
        await service.aclose()
    assert isinstance(outcome, RejectedPayload)
    assert "Team does not exist" in outcome.reason


@pytest.mark.parametrize("status", [401, 403])
async def test_a_key_that_may_not_look_is_told_what_to_mend(status: int) -> None:
    outcome = await outcome_of(ACCEPTED, Reply(status))
    assert isinstance(outcome, DeadTarget)
    assert "give it read access" in outcome.reason


async def test_a_look_that_fails_is_taken_again() -> None:
    done = Reply(200, b'{"data":{"success":true,"isSuccess":true,"alertId":"a1"}}')
    looks = [Reply(500), Reply(fault="reset"), Reply(200, b"<html>"), done]
    assert await outcome_of(ACCEPTED, *looks) == Delivered("a1")


async def test_a_request_id_cannot_lead_elsewhere() -> None:
    async with JiraServiceManagementDouble() as double:
        double.script(Reply(202, b'{"requestId":"../../other?x=1#y"}'))
        service = channel(double.url)
        await service.send(make_page())
        await service.aclose()
    assert double.received[1].path == "/alerts/requests/..%2F..%2Fother%3Fx%3D1%23y"


async def test_an_answer_in_tocsin_is_told_and_a_resolution_closes() -> None:
    async with JiraServiceManagementDouble() as double:
        service = channel(double.url)
        await service.send(make_page())
        ((kept,),) = double.alerts.values()
        outcomes = [await service.acknowledged(answered())]
        assert kept.state == "acknowledged"
        outcomes.append(await service.resolved(answered()))
        await service.aclose()
    assert [type(one) for one in outcomes] == [Delivered, Delivered]
    assert kept.state == "closed"
    assert isinstance(service, Closing)
    assert double.notes[0]["user"] == "TI de garde"
    assert double.notes[1]["note"].startswith("Incident T-42\u00a0: résolu par TI de garde à 03")


async def test_an_ending_without_an_alert_says_so() -> None:
    async with JiraServiceManagementDouble() as double:
        service = channel(double.url)
        outcome = await service.resolved(answered())
        await service.aclose()
    assert isinstance(outcome, RejectedPayload)
    assert "does not exist" in outcome.reason


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        (Reply(400), RejectedPayload),
        (Reply(422, b'{"errors":{"message":"is too long"}}'), RejectedPayload),
        (Reply(401), DeadTarget),
        (Reply(403), DeadTarget),
        (Reply(404), DeadTarget),
        (Reply(302, headers={"location": "http://169.254.169.254/"}), RejectedPayload),
        (Reply(500), Ambiguous),
        (Reply(502), Ambiguous),
        (Reply(503), RetryLater),
        (Reply(200, b"<html>"), Ambiguous),
        (Reply(202, b"{}"), Ambiguous),
        (Reply(202, b'{"requestId":""}'), Ambiguous),
        (Reply(202, b'{"requestId":7}'), Ambiguous),
        (Reply(202, b"x" * 10_000_000), Ambiguous),
        (Reply(202, b'{"requestId":"request-1"}', fault="reset_inside_body"), Ambiguous),
        (Reply(fault="reset"), Ambiguous),
    ],
)
async def test_each_answer_has_its_outcome(reply: Reply, expected: type) -> None:
    assert isinstance(await outcome_of(reply), expected)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"X-RateLimit-State": "THROTTLED", "X-RateLimit-Period-In-Sec": "60"}, 60.0),
        ({"Retry-After": "9", "X-RateLimit-Period-In-Sec": "60"}, 9.0),
        ({}, 1.0),
    ],
)
async def test_a_throttled_account_says_how_long_to_wait(headers: dict[str, str], seconds: float) -> None:
    outcome = await outcome_of(Reply(429, headers=headers))
    assert isinstance(outcome, RetryLater)
    assert (outcome.after_s, outcome.scope) == (seconds, "account")


def test_priority_follows_the_severity_and_who_is_informed_is_not_woken() -> None:
    pages = [make_page(severity="info"), make_page(severity="warning"), make_page(transition="informed")]
    assert [alert(page)["priority"] for page in pages] == ["P5", "P3", "P5"]


def test_a_team_is_the_responder() -> None:
    assert alert(make_page(), team="Veille")["responders"] == [{"type": "team", "name": "Veille"}]
    assert "responders" not in alert(make_page())


@pytest.mark.parametrize("payload", PAYLOADS)
def test_a_hostile_post_is_a_valid_alert_and_stays_text(payload: str) -> None:
    for plain in (False, True):
        body = alert(hostile_page(payload), plain=plain)
        assert body_errors(body, creates=True) == {}
        text = orjson.dumps(body).decode()
        assert MARK in text
        assert "https://evil" not in text
        assert "<" not in text
        assert ">" not in text


def test_long_names_stay_within_the_limits() -> None:
    page = make_page(brand_name="=" + "é" * 999, incident_label="<b>" * 300, person_name="漢" * 1_000)
    body = alert(page)
    assert body_errors(body, creates=True) == {}
    assert body["entity"].startswith("'=")


async def test_a_refused_key_is_not_shown() -> None:
    async with JiraServiceManagementDouble() as double:
        service = channel(double.url, key="canary-key")
        double.script(Reply(401, b"GenieKey canary-key is not an integration's"))
        outcome = await service.send(make_page())
        await service.aclose()
    assert isinstance(outcome, DeadTarget)
    assert "canary" not in repr((outcome, service))
