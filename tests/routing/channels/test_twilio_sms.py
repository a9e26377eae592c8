from typing import Any
from urllib.parse import parse_qs

import orjson
import pytest

from routing.channels.conformance import CHECKS, Check, over_http
from routing.channels.conformance.checks import hostile_posts_stay_text
from routing.channels.doubles.http import Reply
from routing.channels.doubles.twilio import ACCOUNT, FROM, TO, TOKEN, TwilioDouble, failed
from routing.channels.sms_text import is_gsm, segments
from routing.channels.twilio_sms import TwilioSmsChannel, TwilioSmsTarget, build, mark_of, sms_of
from routing.message_compose import compose_message
from routing.outcome import Ambiguous, DeadTarget, Delivered, Outcome, RejectedPayload, RetryLater
from routing.page import Page
from tests.routing.channels.hostile import MARK, PAYLOADS
from tests.routing.channels.hostile_pages import hostile_page
from tests.routing.channels.pages import NOW, make_page
from tests.routing.channels.targets import clock

FIRST = f"SM{1:032x}"


def settings(url: str, **changes: Any) -> TwilioSmsTarget:
    values: dict[str, Any] = {
        "kind": "twilio_sms",
        "name": "legal-sms",
        "account": ACCOUNT,
        "token": "env:TOKEN",
        "to": TO,
        "sender": FROM,
        "api_url": url,
        "allow_private_addresses": True,
    }
    return TwilioSmsTarget(**{**values, **changes})


def channel(url: str, *, token: str = TOKEN, **changes: Any) -> TwilioSmsChannel:
    return build(settings(url, **changes), clock=clock(), environ={"TOKEN": token})


async def outcome_of(reply: Reply, **double_settings: Any) -> Outcome:
    async with TwilioDouble(**double_settings) as double:
        double.script(reply)
        sms = channel(double.url)
        outcome = await sms.send(make_page())
        await sms.aclose()
    return outcome


def text_of(page: Page, *, most: int = 6, plain: bool = False) -> str:
    return sms_of(page, compose_message(page, NOW), most, plain=plain)


# A text message says nothing of what the post says, so the check that looks for it there has its own form below.
@pytest.mark.parametrize("check", [one for one in CHECKS if one is not hostile_posts_stay_text])
async def test_conformance(check: Check) -> None:
    await check(over_http(TwilioDouble, lambda double: channel(double.url), secrets=(TOKEN,)))


@pytest.mark.parametrize("payload", PAYLOADS)
def test_nothing_of_a_post_is_in_a_text_message(payload: str) -> None:
    for language in ("fr", "en"):
        for plain in (False, True):
            page = hostile_page(payload, "fr" if language == "fr" else "en")
            assert MARK not in text_of(page, plain=plain)
            assert text_of(page, plain=plain) == text_of(make_page(language=page.language), plain=plain)


async def test_a_page_is_delivered_when_twilio_has_queued_it() -> None:
    async with TwilioDouble() as double:
        sms = channel(double.url)
        assert await sms.send(make_page()) == Delivered(FIRST)
        await sms.aclose()
    form = parse_qs(double.received[0].body.decode())
    assert (form["To"], form["From"], form["ValidityPeriod"]) == ([TO], [FROM], ["3600"])
    assert form["Body"] == [text_of(make_page())]


def test_a_french_page_is_cheap_reads_well_and_ends_in_the_link() -> None:
    text = text_of(make_page())
    assert text == (
        "CRITIQUE - Affaires juridiques - Véloria - Fuite de données alléguée\n"
        "Accusez réception avant 03 h 17 HNE; ensuite, l'étape 2 de 3 sera alertée.\n"
        "Incident T-42 - Pour Juridique de garde, étape 1 de 3\n"
        f"{mark_of(make_page())}\n"
        "https://tocsin.example/p/eyJ0IjoiVC00MiJ9.c2lnbmF0dXJl"
    )
    assert is_gsm(text)
    assert segments(text) == 2


def test_an_accent_outside_the_alphabet_is_kept_at_the_price_of_more_parts() -> None:
    text = text_of(make_page(possible_duplicate=True))
    assert "peut-être" in text
    assert not is_gsm(text)
    assert segments(text) <= 6


def test_an_english_reader_gets_english() -> None:
    assert text_of(make_page(language="en")).startswith("CRITICAL - Legal - Véloria - Alleged data leak\nAck")


def test_the_plain_form_is_the_headline_and_the_link() -> None:
    assert text_of(make_page(), plain=True).count("\n") == 2


@pytest.mark.parametrize("most", [3, 6, 10])
@pytest.mark.parametrize("brand", ["Véloria", "ç" * 500, "x" * 1_000, "👩🏽‍🚀" * 100])
@pytest.mark.parametrize(
    "link", ["", "https://tocsin.example/p/" + "a" * 250, "https://x.example/" + "a" * 3_900]
)
def test_it_keeps_to_its_parts_whatever_the_names(most: int, brand: str, link: str) -> None:
    page = make_page(brand_name=brand, link=link)
    for plain in (False, True):
        text = text_of(page, most=most, plain=plain)
        assert segments(text) <= most
        assert len(text) <= 1_600
        assert mark_of(page) in text
        assert len(link) > 1_000 or text.endswith(link or mark_of(page))


async def test_a_number_that_has_opted_out_is_a_dead_target() -> None:
    async with TwilioDouble(opted_out=[TO]) as double:
        sms = channel(double.url)
        outcome = await sms.send(make_page())
        await sms.aclose()
    assert isinstance(outcome, DeadTarget)
    assert "unsubscribed" in outcome.reason


async def test_a_message_whose_answer_was_lost_is_not_sent_twice() -> None:
    async with TwilioDouble(drops=1) as double:
        sms = channel(double.url)
        lost = await sms.send(make_page())
        again = await sms.send(make_page(possible_duplicate=True))
        other = await sms.send(make_page(id="another", possible_duplicate=True))
        await sms.aclose()
    assert isinstance(lost, Ambiguous)
    assert again == Delivered(FIRST)
    assert isinstance(other, Delivered)
    assert len(double.messages) == 2
    assert not sms.deduplicates


@pytest.mark.parametrize("status", ["failed", "undelivered", "canceled"])
async def test_one_that_has_failed_since_is_sent_again(status: str) -> None:
    async with TwilioDouble() as double:
        sms = channel(double.url)
        await sms.send(make_page())
        double.messages[0]["status"] = status
        await sms.send(make_page(possible_duplicate=True))
        await sms.aclose()
    assert len(double.messages) == 2


@pytest.mark.parametrize(
    "reply", [Reply(500), Reply(200, b"<html>"), Reply(200, b'{"messages":[7]}'), Reply(fault="reset")]
)
async def test_when_the_messages_cannot_be_listed_a_repeat_is_better_than_silence(reply: Reply) -> None:
    async with TwilioDouble() as double:
        double.script(reply)
        sms = channel(double.url)
        assert await sms.send(make_page(possible_duplicate=True)) == Delivered(FIRST)
        await sms.aclose()


async def test_it_looks_at_the_number_and_day_alone() -> None:
    async with TwilioDouble() as double:
        sms = channel(double.url)
        await sms.send(make_page(possible_duplicate=True))
        await sms.aclose()
    path = double.received[0].path
    assert path.endswith("/Messages.json?To=%2B15145550100&DateSent%3E=2026-11-24&PageSize=20")


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        (failed(400, 21610, "no"), DeadTarget),
        (failed(400, 21617, "too long"), RejectedPayload),
        (failed(429, 20429, "too many"), RetryLater),
        (Reply(201, orjson.dumps({"sid": FIRST, "status": "accepted"})), Delivered),
        (Reply(201, orjson.dumps({"sid": ""})), Ambiguous),
        (Reply(201, orjson.dumps({"sid": "../x"})), Ambiguous),
        (Reply(201, b"[]"), Ambiguous),
        (Reply(200, orjson.dumps({"sid": FIRST})), Ambiguous),
        (Reply(201, b'{"sid":"SM1"}', fault="reset_inside_body"), Ambiguous),
    ],
)  # fmt: skip
async def test_each_answer_has_its_outcome(reply: Reply, expected: type) -> None:
    assert isinstance(await outcome_of(reply), expected)


@pytest.mark.parametrize(
    ("status", "code", "expected", "looks"),
    [
        ("failed", 30003, DeadTarget("taken, then failed with Twilio's error 30003"), 1),
        ("undelivered", 30007, RejectedPayload("taken, then failed with Twilio's error 30007"), 1),
        ("failed", 30001, RetryLater("taken, then failed with Twilio's error 30001", 60.0), 1),
        ("canceled", None, RejectedPayload("taken, then failed"), 1),
        ("delivered", None, Delivered(FIRST), 1),
        ("sent", None, Delivered(FIRST), 1),
        ("queued", None, Delivered(FIRST), 2),
        ("sending", None, Delivered(FIRST), 2),
    ],
)
async def test_what_fails_at_once_is_found_out(status: str, code: int, expected: Outcome, looks: int) -> None:
    async with TwilioDouble(status=status, error_code=code) as double:
        sms = channel(double.url)
        assert await sms.send(make_page()) == expected
        await sms.aclose()
    assert double.looks == looks


@pytest.mark.parametrize("look", [Reply(500), Reply(404), Reply(200, b"<html>"), Reply(fault="reset")])
async def test_a_look_that_fails_takes_nothing_back(look: Reply) -> None:
    taken = Reply(201, orjson.dumps({"sid": FIRST, "status": "queued"}))
    async with TwilioDouble() as double:
        double.script(taken, look, look)
        sms = channel(double.url)
        assert await sms.send(make_page()) == Delivered(FIRST)
        await sms.aclose()


@pytest.mark.parametrize("status", [200, 201])
async def test_an_answer_that_repeats_our_text_is_no_reason_to_show_the_link(status: int) -> None:
    outcome = await outcome_of(Reply(status, orjson.dumps({"body": make_page().link})))
    assert isinstance(outcome, Ambiguous)
    assert "tocsin.example" not in outcome.reason


async def test_a_messaging_service_stands_for_the_sender() -> None:
    service = "MG" + "1" * 32
    async with TwilioDouble() as double:
        sms = channel(double.url, sender="", messaging_service=service)
        assert isinstance(await sms.send(make_page()), Delivered)
        await sms.aclose()
    form = parse_qs(double.received[0].body.decode())
    assert form["MessagingServiceSid"] == [service]
    assert "From" not in form


async def test_neither_token_nor_number_is_in_a_reason() -> None:
    async with TwilioDouble() as double:
        sms = channel(double.url, token="canary-token")
        refused = await sms.send(make_page())
        double.script(
            failed(400, 21211, f"The 'To' number {TO} is not a valid phone number, {TO[1:]} neither")
        )
        number = await sms.send(make_page())
        await sms.aclose()
    assert isinstance(refused, DeadTarget)
    assert isinstance(number, DeadTarget)
    assert "canary" not in repr((refused, number, sms))
    assert TO[1:] not in repr((refused, number, sms))


@pytest.mark.parametrize(
    "changes",
    [
        {"to": "514-555-0100"},
        {"to": "+1514555010x"},
        {"sender": ""},
        {"messaging_service": "MG" + "1" * 32},
        {"sender": "", "messaging_service": "x"},
        {"account": "AC1"},
        {"api_key": "x"},
        {"max_segments": 11},
        {"max_segments": 2},
    ],
)
def test_a_setting_that_cannot_work_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="TwilioSmsTarget"):
        settings("https://api.twilio.com", **changes)


async def test_an_api_key_signs_in_instead_of_the_account() -> None:
    async with TwilioDouble() as double:
        sms = channel(double.url, api_key="SK" + "2" * 32)
        outcome = await sms.send(make_page())
        await sms.aclose()
    assert isinstance(outcome, DeadTarget)  # the double knows the account's token alone
    assert double.received[0].path == f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json"
