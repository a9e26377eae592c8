import orjson
import pytest

from routing.channels.conformance import CHECKS, Check, Expected, Trouble, over_http
from routing.channels.doubles import Reply, WebhookDouble
from routing.channels.standard_webhooks import is_genuine
from routing.channels.webhook import MAX_BODY, body_of
from routing.message_compose import compose_message
from routing.outcome import Ambiguous, DeadTarget, Delivered, Outcome, RejectedPayload, RetryLater
from tests.routing.channels.hostile import PAYLOADS
from tests.routing.channels.hostile_pages import hostile_page
from tests.routing.channels.pages import NOW, make_page
from tests.routing.channels.targets import KEY, OLD_KEY, clock, webhook


@pytest.mark.parametrize("check", CHECKS)
async def test_conformance(check: Check) -> None:
    by_status_alone: dict[Trouble, Expected] = dict.fromkeys(("garbage", "flood", "cut_inside"), (Delivered,))
    await check(
        over_http(
            lambda: WebhookDouble(KEY, clock()),
            lambda double: webhook(f"{double.url}/canary-path"),
            secrets=("canary-path",),
            expected=by_status_alone,
        )
    )


async def outcome_of(reply: Reply) -> Outcome:
    async with WebhookDouble(KEY, clock()) as double:
        double.script(reply)
        channel = webhook(double.url)
        outcome = await channel.send(make_page())
        await channel.aclose()
    return outcome


async def test_a_page_arrives_signed() -> None:
    async with WebhookDouble(KEY, clock()) as double:
        channel = webhook(f"{double.url}/pages")
        outcome = await channel.send(make_page())
        await channel.aclose()
    assert outcome == Delivered("0f3c9a7be2d14c55")
    event = double.events[0]
    assert event["type"] == "page.opened"
    data = event["data"]
    assert (data["severity"], data["department"], data["clause"]) == ("critical", "legal", "data-leak-claim")
    assert (data["post"]["followers"], data["story"]["reach"]) == (48_213, 182_450)
    assert data["text"].startswith("🔴 CRITIQUE")
    assert data["link"].startswith("https://tocsin.example/p/")


async def test_a_retry_has_the_same_id_and_body_but_its_own_time() -> None:
    time = clock()
    async with WebhookDouble(KEY, time) as double:
        channel = webhook(double.url, time=time)
        await channel.send(make_page())
        time.advance(30)
        again = await channel.send(make_page())
        await channel.aclose()
    first, second = double.received
    assert isinstance(again, Delivered)
    assert (len(double.events), double.repeats) == (1, 1)
    assert first.body == second.body
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert int(second.headers["webhook-timestamp"]) - int(first.headers["webhook-timestamp"]) == 30


@pytest.mark.parametrize("key", [KEY, OLD_KEY])
async def test_while_rotating_both_secrets_sign(key: bytes) -> None:
    async with WebhookDouble(key, clock()) as double:
        channel = webhook(double.url, rotating=True)
        outcome = await channel.send(make_page())
        await channel.aclose()
    assert isinstance(outcome, Delivered)


async def test_a_receiver_with_another_key_makes_the_target_dead() -> None:
    async with WebhookDouble(OLD_KEY, clock()) as double:
        channel = webhook(double.url)
        outcome = await channel.send(make_page())
        await channel.aclose()
    assert isinstance(outcome, DeadTarget)
    request = double.received[0]
    assert is_genuine(KEY, request.headers, request.body, NOW.timestamp())


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        (Reply(200), Delivered),
        (Reply(202, b"x" * 10_000_000), Delivered),
        (Reply(200, b"x" * 100, fault="reset_inside_body"), Delivered),
        (Reply(301), RejectedPayload),
        (Reply(400), RejectedPayload),
        (Reply(401), DeadTarget),
        (Reply(404), DeadTarget),
        (Reply(410), DeadTarget),
        (Reply(413), RejectedPayload),
        (Reply(429, headers={"Retry-After": "9"}), RetryLater),
        (Reply(500), Ambiguous),
        (Reply(502), Ambiguous),
        (Reply(503), RetryLater),
        (Reply(fault="reset"), Ambiguous),
    ],
)
async def test_each_answer_has_its_outcome(reply: Reply, expected: type) -> None:
    assert isinstance(await outcome_of(reply), expected)


def test_it_says_that_repeats_cannot_reach_a_person_twice() -> None:
    assert webhook("http://127.0.0.1:1/").deduplicates


@pytest.mark.parametrize("payload", PAYLOADS)
def test_hostile_posts_stay_within_the_size_and_come_back_as_text(payload: str) -> None:
    page = hostile_page(payload)
    body = body_of(page, compose_message(page, NOW), plain=False)
    assert len(body) <= MAX_BODY
    post = orjson.loads(body)["data"]["post"]
    assert len(post["excerpt"]) <= 1_000
    assert "https://evil" not in body.decode()
    assert "\x1b" not in post["excerpt"]


def test_the_plain_body_leaves_the_post_out_but_for_its_first_line() -> None:
    page = make_page()
    data = orjson.loads(body_of(page, compose_message(page, NOW), plain=True))["data"]
    assert "post" not in data
    assert data["incident"] == page.incident
    assert data["link"] == page.link
