from typing import Any
from urllib.parse import parse_qs, quote
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.channels.conformance import CHECKS, Check, over_http
from routing.channels.conformance.checks import (
    a_page_says_what_is_wanted_in_both_languages,
    hostile_posts_stay_text,
)
from routing.channels.doubles.http import Reply
from routing.channels.doubles.twilio import (
    ACCOUNT,
    FROM,
    TO,
    TOKEN,
    TwilioDouble,
    failed,
    spoken,
    twiml_fault,
)
from routing.channels.twilio_voice import (
    SAID_TIMES,
    TwilioVoiceChannel,
    TwilioVoiceTarget,
    build,
    spoken_text,
    twiml,
)
from routing.message_compose import compose_message
from routing.outcome import Ambiguous, DeadTarget, Delivered, Outcome, RejectedPayload, RetryLater
from routing.page import Page, ReaderLanguage
from routing.untrusted import Inert, clean
from tests.routing.channels.hostile import MARK, PAYLOADS
from tests.routing.channels.hostile_pages import hostile_page
from tests.routing.channels.pages import NOW, make_page
from tests.routing.channels.targets import clock

# A voice can neither give a link nor say what a post says: these two have their own form below.
UNSPOKEN = (a_page_says_what_is_wanted_in_both_languages, hostile_posts_stay_text)


def settings(url: str, **changes: Any) -> TwilioVoiceTarget:
    values: dict[str, Any] = {
        "kind": "twilio_voice",
        "name": "legal-phone",
        "account": ACCOUNT,
        "token": "env:TOKEN",
        "to": TO,
        "sender": FROM,
        "api_url": url,
        "allow_private_addresses": True,
    }
    return TwilioVoiceTarget(**{**values, **changes})


def channel(url: str, *, token: str = TOKEN, **changes: Any) -> TwilioVoiceChannel:
    return build(settings(url, **changes), clock=clock(), environ={"TOKEN": token})


async def outcome_of(reply: Reply) -> Outcome:
    async with TwilioDouble() as double:
        double.script(reply)
        phone = channel(double.url)
        outcome = await phone.send(make_page())
        await phone.aclose()
    return outcome


def said(page: Page, *, plain: bool = False) -> Inert:
    return spoken_text(compose_message(page, NOW), plain=plain)


@pytest.mark.parametrize("check", [one for one in CHECKS if one not in UNSPOKEN])
async def test_conformance(check: Check) -> None:
    await check(over_http(TwilioDouble, lambda double: channel(double.url), secrets=(TOKEN,)))


async def test_a_page_is_a_call_that_says_what_is_wanted_twice() -> None:
    async with TwilioDouble() as double:
        phone = channel(double.url)
        assert await phone.send(make_page()) == Delivered(f"CA{1:032x}")
        await phone.aclose()
    form = parse_qs(double.received[0].body.decode())
    assert (form["To"], form["From"]) == ([TO], [FROM])
    response = ET.fromstring(form["Twiml"][0])
    assert [one.tag for one in response] == ["Pause", "Say", "Pause", "Say", "Say"]
    assert {one.get("language") for one in response.iter("Say")} == {"fr-CA"}
    assert [one.text for one in response.iter("Say")][1] == "Je répète."


def test_it_speaks_in_sentences() -> None:
    assert said(make_page()).replace("\u00a0", " ") == (
        "Tocsin. CRITIQUE. Affaires juridiques. Véloria. Fuite de données alléguée. "
        "Accusez réception avant 03 h 17 HNE; ensuite, l’étape 2 de 3 sera alertée. "
        "Incident T-42. Pour Juridique de garde, étape 1 de 3. "
        "Pour accuser réception, ouvrez le lien de votre message ou la console de Tocsin."
    )


def test_an_english_reader_is_spoken_to_in_english() -> None:
    text = said(make_page(language="en"))
    assert text.startswith("Tocsin. CRITICAL. Legal. Véloria. Alleged data leak. Acknowledge before")
    assert text.endswith("To acknowledge, open the link in your message or the Tocsin console.")


@pytest.mark.parametrize("language", ["fr", "en"])
def test_who_is_only_informed_is_not_asked_to_answer(language: ReaderLanguage) -> None:
    text = said(make_page(language=language, transition="informed"))
    assert "console" not in text
    assert ("rien à faire" if language == "fr" else "nothing for you to do") in text


def test_the_plain_form_says_what_is_wrong_and_where_to_answer() -> None:
    assert said(make_page(), plain=True) == (
        "Tocsin. CRITIQUE. Affaires juridiques. Véloria. Fuite de données alléguée. "
        "Pour accuser réception, ouvrez le lien de votre message ou la console de Tocsin."
    )


async def test_the_accent_can_be_chosen() -> None:
    async with TwilioDouble() as double:
        phone = channel(double.url, french="fr-FR", english="en-GB", times=1)
        await phone.send(make_page())
        await phone.send(make_page(language="en"))
        await phone.aclose()
    accents = [ET.fromstring(call["twiml"]).findall("Say")[0].get("language") for call in double.calls]
    assert accents == ["fr-FR", "en-GB"]


@pytest.mark.parametrize("payload", PAYLOADS)
def test_nothing_of_a_post_is_spoken(payload: str) -> None:
    assert MARK not in said(hostile_page(payload))
    assert said(hostile_page(payload)) == said(make_page())


@pytest.mark.parametrize("payload", [one for one in PAYLOADS if len(one) <= 1_000])
def test_a_name_cannot_become_an_instruction(payload: str) -> None:
    page = make_page(brand_name=payload, person_name=payload, incident_label=payload[:900])
    made = twiml(said(page), "fr", "fr-CA", SAID_TIMES)
    assert twiml_fault(made) == ""
    assert MARK in spoken(made)
    assert len(list(ET.fromstring(made))) == 3 * SAID_TIMES - 1


@given(st.text(min_size=1, max_size=1_000))
def test_whatever_the_names_the_instructions_are_valid_and_short_enough(name: str) -> None:
    page = make_page(brand_name=name, person_name=name, incident_label=name)
    made = twiml(said(page), "fr", "fr-CA", SAID_TIMES)
    assert twiml_fault(made) == ""
    assert len(quote(made, safe="")) <= 4_500
    assert said(page) == clean(said(page))


async def test_a_call_that_may_have_been_made_is_made_once_more_and_says_so() -> None:
    async with TwilioDouble(drops=1) as double:
        phone = channel(double.url)
        lost = await phone.send(make_page())
        again = await phone.send(make_page(possible_duplicate=True))
        await phone.aclose()
    assert isinstance(lost, Ambiguous)
    assert isinstance(again, Delivered)
    assert "Doublon possible" in double.shown[1]
    assert not phone.deduplicates


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        (failed(400, 21211, "no number"), DeadTarget),
        (failed(400, 21215, "not allowed"), DeadTarget),
        (failed(400, 21216, "not allowed"), DeadTarget),
        (failed(400, 12100, "Document parse failure"), RejectedPayload),
        (failed(429, 20429, "too many"), RetryLater),
        (failed(400, 10004, "too many calls at once"), RetryLater),
        (Reply(201, b'{"sid":""}'), Ambiguous),
        (Reply(201, b"[]"), Ambiguous),
        (Reply(200, b'{"sid":"CA1"}'), Ambiguous),
        (Reply(201, b'{"sid":"CA1"}', fault="reset_inside_body"), Ambiguous),
    ],
)
async def test_each_answer_has_its_outcome(reply: Reply, expected: type) -> None:
    assert isinstance(await outcome_of(reply), expected)


@pytest.mark.parametrize(
    ("status", "expected"),
    [("failed", DeadTarget), ("ringing", Delivered), ("in-progress", Delivered), ("busy", Delivered)],
)
async def test_a_number_that_does_not_exist_is_found_out(status: str, expected: type) -> None:
    async with TwilioDouble(status=status) as double:
        phone = channel(double.url)
        assert isinstance(await phone.send(make_page()), expected)
        await phone.aclose()


@pytest.mark.parametrize(
    "changes", [{"to": "5145550100"}, {"sender": "Tocsin"}, {"times": 0}, {"times": 4}, {"french": "fr"}]
)
def test_a_setting_that_cannot_work_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="TwilioVoiceTarget"):
        settings("https://api.twilio.com", **changes)


@pytest.mark.parametrize("twiml_text", ["<Response><Dial>1</Dial></Response>", "<Response>", "x" * 4_001, ""])
def test_the_double_refuses_what_is_no_speech(twiml_text: str) -> None:
    assert twiml_fault(twiml_text)
