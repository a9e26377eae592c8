from datetime import timedelta
from functools import partial
from typing import Any

import orjson
import pytest

from routing.channels.closing import Alert, Closing, alert_key, alert_key_of
from routing.channels.conformance import CHECKS, Check, over_http
from routing.channels.doubles.http import Received, Reply
from routing.channels.doubles.pagerduty import PER_MINUTE, ROUTING_KEY, PagerDutyDouble, event_errors
from routing.channels.pagerduty import MAX_EVENT, PagerDutyChannel, PagerDutyTarget, build, trigger
from routing.message_compose import compose_message
from routing.outcome import Ambiguous, DeadTarget, Delivered, Outcome, RejectedPayload, RetryLater
from routing.page import Page
from tests.routing.channels.answers import make_answered
from tests.routing.channels.hostile import MARK, PAYLOADS
from tests.routing.channels.hostile_pages import hostile_page
from tests.routing.channels.pages import NOW, make_page
from tests.routing.channels.targets import clock


def channel(url: str, *, key: str = ROUTING_KEY) -> PagerDutyChannel:
    target = PagerDutyTarget(
        kind="pagerduty",
        name="legal-pagerduty",
        routing_key="env:KEY",
        api_url=url,
        allow_private_addresses=True,
    )
    return build(target, clock=clock(), environ={"KEY": key})


async def outcome_of(reply: Reply, *, plain: bool = False) -> Outcome:
    async with PagerDutyDouble() as double:
        double.script(reply)
        pager = channel(double.url)
        outcome = await pager.send(make_page(), plain=plain)
        await pager.aclose()
    return outcome


def event_of(page: Page, *, plain: bool = False) -> dict[str, Any]:
    return trigger(page, compose_message(page, NOW), ROUTING_KEY, plain=plain)


answered = partial(make_answered, at=NOW + timedelta(minutes=2))


@pytest.mark.parametrize("check", CHECKS)
async def test_conformance(check: Check) -> None:
    await check(over_http(PagerDutyDouble, lambda double: channel(double.url), secrets=(ROUTING_KEY,)))


async def test_a_page_opens_an_alert_and_its_repeat_calls_nobody() -> None:
    async with PagerDutyDouble() as double:
        pager = channel(double.url)
        outcomes = [await pager.send(make_page()), await pager.send(make_page(possible_duplicate=True))]
        await pager.aclose()
    key = alert_key_of(make_page())
    assert outcomes == [Delivered(key), Delivered(key)]
    assert pager.deduplicates
    (alert,) = double.alerts[key]
    assert (alert.severity, alert.state, alert.notified, len(alert.events)) == ("critical", "triggered", 1, 2)
    assert alert.summary == (
        "🔴 CRITIQUE · Affaires juridiques · Véloria · Fuite de données alléguée (Incident T-42)"
    )
    assert alert.events[0]["links"] == [
        {"href": make_page().link, "text": "Ouvrir et accuser réception"},
    ]


def test_the_details_follow_the_order_of_the_page() -> None:
    details = event_of(make_page())["payload"]["custom_details"]
    assert list(details)[:4] == ["Incident T-42", "Ce qui se dit", "À faire maintenant", "Ampleur"]
    assert details["Ce qui se dit"].startswith("> Mes données de compte Véloria")


def test_an_english_reader_gets_english() -> None:
    event = event_of(make_page(language="en"))
    assert event["payload"]["summary"].startswith("🔴 CRITICAL · Legal · Véloria")
    assert "What is being said" in str(event["payload"]["custom_details"])


def test_a_rise_in_severity_is_an_alert_of_its_own_and_a_retry_is_not() -> None:
    keys = {
        alert_key_of(page)
        for page in (
            make_page(),
            make_page(id="other", transition="escalated", step=1),
            make_page(severity="warning"),
            make_page(cycle=2),
            make_page(department="it"),
            make_page(transition="informed"),
        )
    }
    assert len(keys) == 5
    assert max(map(len, keys)) <= 255


def test_who_is_only_informed_is_not_woken() -> None:
    assert event_of(make_page(transition="informed"))["payload"]["severity"] == "info"


async def test_an_answer_in_tocsin_stops_the_calls_and_a_resolution_closes_every_alert() -> None:
    async with PagerDutyDouble() as double:
        pager = channel(double.url)
        await pager.send(make_page(severity="warning"))
        await pager.send(make_page(transition="raised", round=1))
        both = answered(alerts=(Alert("warning"), Alert("critical", 1)))
        assert await pager.acknowledged(both) == Delivered()
        states = [alerts[0].state for alerts in double.alerts.values()]
        assert await pager.resolved(both) == Delivered()
        await pager.aclose()
    assert states == ["acknowledged", "acknowledged"]
    assert [alerts[0].state for alerts in double.alerts.values()] == ["resolved", "resolved"]
    assert double.dropped == 0


async def test_an_ending_without_an_alert_is_taken_and_dropped() -> None:
    async with PagerDutyDouble() as double:
        pager = channel(double.url)
        assert await pager.resolved(answered()) == Delivered()
        await pager.aclose()
    assert (double.dropped, double.alerts[alert_key_of(make_page())]) == (1, [])


async def test_a_trigger_after_the_resolution_opens_a_new_alert() -> None:
    async with PagerDutyDouble() as double:
        pager = channel(double.url)
        await pager.send(make_page())
        await pager.resolved(answered())
        await pager.send(make_page())
        await pager.aclose()
    assert [one.state for one in double.alerts[alert_key_of(make_page())]] == ["resolved", "triggered"]


async def test_an_ending_that_did_not_pass_says_so() -> None:
    async with PagerDutyDouble() as double:
        double.script(Reply(503))
        pager = channel(double.url)
        assert isinstance(await pager.acknowledged(answered()), RetryLater)
        await pager.aclose()


def test_it_can_close_what_it_opened() -> None:
    assert isinstance(channel("http://127.0.0.1:1"), Closing)


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        (Reply(400, b'{"status":"invalid event","errors":["\'payload.summary\' is too long"]}'), RejectedPayload),
        (Reply(400, b"not json"), RejectedPayload),
        (Reply(400, b'{"errors":["Invalid routing key"]}'), DeadTarget),
        (Reply(400, b'{"errors":["Length of \'routing_key\' is incorrect"]}'), DeadTarget),
        (Reply(403), DeadTarget),
        (Reply(404), DeadTarget),
        (Reply(413), RejectedPayload),
        (Reply(302, headers={"location": "http://169.254.169.254/"}), RejectedPayload),
        (Reply(500), Ambiguous),
        (Reply(502), Ambiguous),
        (Reply(503), RetryLater),
        (Reply(200, b"<html>sign in</html>"), Ambiguous),
        (Reply(202, b"<html>proxy</html>"), Ambiguous),
        (Reply(202, b'{"status":"success"}', fault="reset_inside_body"), Ambiguous),
        (Reply(202, b"x" * 10_000_000), Ambiguous),
        (Reply(fault="reset"), Ambiguous),
    ],
)  # fmt: skip
async def test_each_answer_has_its_outcome(reply: Reply, expected: type) -> None:
    assert isinstance(await outcome_of(reply), expected)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [({}, 30.0), ({"Retry-After": "7"}, 7.0), ({"Retry-After": "2.5"}, 2.5), ({"Retry-After": "soon"}, 1.0)],
)
async def test_too_many_events_wait_as_long_as_pagerduty_advises(
    headers: dict[str, str], seconds: float
) -> None:
    outcome = await outcome_of(Reply(429, headers=headers))
    assert isinstance(outcome, RetryLater)
    assert (outcome.after_s, outcome.scope) == (seconds, "token")


async def test_the_double_takes_120_events_a_minute() -> None:
    time = clock()
    async with PagerDutyDouble(clock=time) as double:
        pager = channel(double.url)
        event = Received("POST", "/v2/enqueue", {}, orjson.dumps(event_of(make_page())))
        statuses = {double.answer(event).status for _ in range(PER_MINUTE)}
        assert statuses == {202}
        assert isinstance(await pager.send(make_page()), RetryLater)
        time.advance(60)
        assert isinstance(await pager.send(make_page()), Delivered)
        await pager.aclose()


async def test_a_key_that_pagerduty_does_not_know_is_a_dead_target_and_is_not_shown() -> None:
    wrong = "canary" + "0" * 26
    async with PagerDutyDouble() as double:
        pager = channel(double.url, key=wrong)
        outcome = await pager.send(make_page())
        double.script(Reply(500, f"no such key {wrong}".encode()))
        echoed = await pager.send(make_page())
        await pager.aclose()
    assert isinstance(outcome, DeadTarget)
    assert "canary" not in repr((outcome, echoed, pager))


@pytest.mark.parametrize("key", ["", "canary", "canary" + "0" * 27, "canary\n" + "0" * 25])
def test_a_bad_key_is_named_but_not_repeated(key: str) -> None:
    with pytest.raises(ValueError, match=r"routing_key|KEY is not set") as caught:
        channel("https://events.pagerduty.com", key=key)
    assert "canary" not in str(caught.value)


@pytest.mark.parametrize("payload", PAYLOADS)
def test_a_hostile_post_is_a_valid_event_and_stays_text(payload: str) -> None:
    for plain in (False, True):
        event = event_of(hostile_page(payload), plain=plain)
        body = orjson.dumps(event)
        assert event_errors(body) == []
        assert len(body) <= MAX_EVENT
        text = body.decode()
        assert MARK in text
        assert "https://evil" not in text
        assert "\\u001b" not in text
        assert [one["href"] for one in event["links"]] == [make_page().link]


def test_names_that_say_nothing_still_make_a_valid_event() -> None:
    page = make_page(brand_name="\u200b", incident_label="x" * 1_000, link="", person_name="é" * 1_000)
    event = event_of(page)
    assert event_errors(orjson.dumps(event)) == []
    assert "links" not in event


def test_the_key_holds_nothing_of_a_post() -> None:
    assert alert_key("<!channel>\n", 1, "legal", Alert("info")).removeprefix("tocsin-").isalnum()


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"routing_key": "x"}, "Length of 'routing_key'"),
        ({"event_action": "page"}, "'event_action'"),
        ({"dedup_key": "x" * 256}, "'dedup_key'"),
        ({"payload": {"source": "x", "severity": "info", "summary": "x" * 1_025}}, "summary"),
        ({"payload": {"source": "", "severity": "info", "summary": "x"}}, "source"),
        ({"payload": {"source": "x", "severity": "fatal", "summary": "x"}}, "severity"),
        ({"images": ["x" * 530_000]}, "too large"),
    ],
)
def test_the_double_refuses_what_pagerduty_refuses(change: dict[str, Any], error: str) -> None:
    (found,) = event_errors(orjson.dumps({**event_of(make_page()), **change}))
    assert error in found
