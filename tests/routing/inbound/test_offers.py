"""What pages offer, as the channels show it: within every limit, and nothing of a post in it."""

from datetime import timedelta
from types import SimpleNamespace
from urllib.parse import parse_qs
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.clock import ManualClock
from routing.channels.conformance.sample_pages import largest_page
from routing.channels.doubles.slack import CHANNEL, TOKEN, SlackDouble, fault_of
from routing.channels.doubles.twilio import ACCOUNT, FROM, TO, TwilioDouble
from routing.channels.doubles.twilio import TOKEN as TWILIO
from routing.channels.email import parse_address
from routing.channels.email_message import build_mail
from routing.channels.slack import SlackApiTarget, message_body
from routing.channels.slack_blocks import ACKNOWLEDGE, RESOLVE
from routing.channels.sms_text import segments
from routing.channels.table import build_channel
from routing.channels.twilio_sms import TwilioSmsTarget, sms_of
from routing.channels.twilio_voice import MAX_TWIML, TwilioVoiceTarget, encoded_size, spoken_text, twiml
from routing.inbound.hints import with_reply_hint
from routing.inbound.offers import ways_to_answer
from routing.inbound.tokens import Bound, mail_token, mail_token_fits, opened, signed, sms_codes
from routing.links import LinkSigner
from routing.message_compose import compose_message
from routing.outcome import Delivered
from routing.page import ReaderLanguage, WaysToAnswer
from routing.settings import LinkSettings
from tests.routing.channels.pages import NOW, make_page
from tests.routing.inbound.front import with_inbound
from tests.routing.scenes import MakeScene

WAYS = WaysToAnswer(
    slack="token-of-the-buttons",
    sms_code="4821",
    voice_url=f"https://tocsin.example/{'p' * 178}/hooks/twilio/voice/{'v' * 180}",
    status_url="https://tocsin.example/hooks/twilio/status/s",
    email=f"tocsin+ack.{'a' * 29}@example.com",
)
ENVIRON = {"TOKEN": TOKEN, "TWILIO": TWILIO}


def signer(secret: str = "a" * 32, previous: str = "") -> LinkSigner:
    environ = {"NEW": secret, "OLD": previous}
    settings = LinkSettings(secret="env:NEW", previous_secret="env:OLD" if previous else None)
    return LinkSigner(settings, ManualClock(NOW), environ)


def bound(**changes: object) -> Bound:
    values = {"incident": "5b1d", "cycle": 1, "department": "legal", "subject": "legal-oncall"}
    return Bound(**{**values, **changes})  # type: ignore[arg-type]


CHANGED = [bound(incident="x"), bound(cycle=2), bound(department="it"), bound(subject="duty")]


@pytest.mark.parametrize("other", CHANGED)
def test_codes_and_tokens_are_bound_to_every_part(other: Bound) -> None:
    expires = NOW + timedelta(hours=1)
    token = mail_token(signer(), bound(), expires)
    assert mail_token_fits(signer(), bound(), token, NOW)
    assert not mail_token_fits(signer(), other, token, NOW)
    assert signed(signer(), "slack", bound(), expires) != signed(signer(), "slack", other, expires)


def test_a_signed_token_opens_for_its_purpose_and_time_with_either_secret() -> None:
    expires = NOW + timedelta(hours=1)
    token = signed(signer(), "voice", bound(), expires)
    assert opened(signer(), "voice", token, NOW) == bound()
    assert opened(signer("b" * 32, "a" * 32), "voice", token, NOW) == bound()
    assert opened(signer(), "slack", token, NOW) is None
    assert opened(signer(), "voice", token, expires) is None
    assert opened(signer("b" * 32), "voice", token, NOW) is None
    for place in range(len(token)):
        changed = token[:place] + ("A" if token[place] != "A" else "B") + token[place + 1 :]
        assert opened(signer(), "voice", changed, NOW) in (None, bound())


@given(st.text(max_size=60))
def test_no_text_opens(text: str) -> None:
    assert opened(signer(), "slack", text, NOW) is None
    assert not mail_token_fits(signer(), bound(), text, NOW)


def test_a_mail_token_lasts_to_the_end_of_its_hour_and_fits_an_address() -> None:
    expires = NOW + timedelta(hours=24)
    token = mail_token(signer(), bound(), expires)
    assert len(token) == 29
    assert token.isalnum()
    assert mail_token_fits(signer(), bound(), token.upper(), expires)
    assert mail_token_fits(signer("b" * 32, "a" * 32), bound(), token, expires)
    assert not mail_token_fits(signer(), bound(), token, expires + timedelta(hours=1))


def test_a_code_is_four_digits_and_its_person_own() -> None:
    codes = {sms_codes(signer(), person, "5b1d", 1)[0] for person in ("a", "b", "c", "d")}
    assert len(codes) == 4
    assert all(len(code) == 4 and code.isdigit() for code in codes)
    assert sms_codes(signer(), "a", "5b1d", 2) != sms_codes(signer(), "a", "5b1d", 1)


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("text", ["mot " * 20, "&" * 90, "<" * 90, "漢" * 90])
def test_slack_takes_the_largest_page_with_its_buttons(text: str, language: ReaderLanguage) -> None:
    page = largest_page(text, language).model_copy(update={"answer": WAYS})
    assert fault_of(message_body(compose_message(page, NOW), plain=False, token="t" * 400)) == ""


async def test_a_page_in_slack_has_buttons_that_carry_the_token_alone() -> None:
    async with SlackDouble() as double:
        target = SlackApiTarget(
            kind="slack",
            name="room",
            channel=CHANNEL,
            token="env:TOKEN",
            api_url=double.api_url,
            allow_private_addresses=True,
        )
        channel = build_channel(target, clock=ManualClock(NOW), environ=ENVIRON)
        assert isinstance(await channel.send(make_page(answer=WAYS)), Delivered)
        assert isinstance(await channel.send(make_page(id="other")), Delivered)
        await channel.aclose()
    first, second = (
        [one for block in message["blocks"] if block["type"] == "actions" for one in block["elements"]]
        for message in double.messages
    )
    assert [one["action_id"] for one in first] == [ACKNOWLEDGE, RESOLVE, "open"]
    assert [one.get("value") for one in first] == [WAYS.slack, WAYS.slack, None]
    assert "confirm" in first[1]
    assert [one["action_id"] for one in second] == ["open"]


@pytest.mark.parametrize(("language", "said"), [("fr", "Répondez 4821"), ("en", "Reply 4821 to acknowledge")])
@pytest.mark.parametrize("most", [3, 6])
def test_a_text_message_keeps_its_code_within_its_parts(
    language: ReaderLanguage, said: str, most: int
) -> None:
    for page in (make_page(language=language), largest_page("漢" * 90, language)):
        text = sms_of(page, compose_message(page, NOW), most, plain=False, code="4821")
        assert said in text
        assert segments(text) <= most


@pytest.mark.parametrize(("sender", "offered"), [(FROM, True), ("Tocsin", False)])
def test_a_sender_that_is_a_name_offers_no_code(sender: str, offered: bool) -> None:
    target = TwilioSmsTarget(
        kind="twilio_sms", name="sms", account=ACCOUNT, token="env:TWILIO", to=TO, sender=sender
    )
    channel = build_channel(target, clock=ManualClock(NOW), environ=ENVIRON)
    assert channel._takes_replies() is offered  # type: ignore[attr-defined]


async def test_messages_and_calls_name_the_addresses_that_twilio_is_to_tell() -> None:
    common = {
        "account": ACCOUNT,
        "token": "env:TWILIO",
        "to": TO,
        "sender": FROM,
        "allow_private_addresses": True,
    }
    async with TwilioDouble() as double:
        for target in (
            TwilioSmsTarget(kind="twilio_sms", name="sms", api_url=double.url, **common),
            TwilioVoiceTarget(kind="twilio_voice", name="call", api_url=double.url, **common),
        ):
            channel = build_channel(target, clock=ManualClock(NOW), environ=ENVIRON)
            assert isinstance(await channel.send(make_page(answer=WAYS)), Delivered)
            await channel.aclose()
    forms = [parse_qs(one.body.decode()) for one in double.received if one.method == "POST"]
    assert [form["StatusCallback"] for form in forms] == [[WAYS.status_url]] * 2
    assert "4821" in forms[0]["Body"][0]
    gather = ET.fromstring(forms[1]["Twiml"][0]).find("Gather")
    assert gather is not None
    assert gather.attrib == {"numDigits": "1", "timeout": "8", "action": WAYS.voice_url}


@pytest.mark.parametrize("language", ["fr", "en"])
def test_a_call_with_the_longest_address_stays_within_twilios_limit(language: ReaderLanguage) -> None:
    for text in ("é" * 90, "漢" * 90, "&" * 90):
        page = largest_page(text, language)
        said = spoken_text(compose_message(page, NOW), plain=False, url=WAYS.voice_url)
        script = twiml(said, language, "fr-CA", 3, WAYS.voice_url)
        assert encoded_size(said) <= 1_200
        assert len(script) <= MAX_TWIML
        assert "1." in said


@pytest.mark.parametrize(
    ("language", "hint"), [("fr", "répondez OK à ce courriel"), ("en", "reply OK to this mail")]
)
def test_a_mail_names_where_to_reply_and_says_so(language: ReaderLanguage, hint: str) -> None:
    for answer in (WAYS, WaysToAnswer()):
        page = make_page(language=language, answer=answer)
        message = with_reply_hint(page, compose_message(page, NOW))
        sender = parse_address("Tocsin <tocsin@example.com>", "sender")
        mail = build_mail(
            page, message, sender=sender, to="legal@example.com", now=NOW, thread="", plain=False
        )
        body = mail.get_body(("plain",))
        assert body is not None
        assert mail["Reply-To"] == (answer.email or None)
        assert (hint in body.get_content()) is bool(answer.email)


async def test_a_room_has_buttons_and_nothing_that_one_person_alone_may_use(scene: MakeScene) -> None:
    one = scene()
    row = SimpleNamespace(id="m", incident="i", person="room", target_number=0, transition="opened")
    inbound = with_inbound(one.settings).inbound
    offered = ways_to_answer(row, 0, "comms", inbound, one.signer, shared=True)
    assert offered.slack
    assert (offered.sms_code, offered.voice_url, offered.email) == ("", "", "")
    assert ways_to_answer(row, 0, "comms", inbound, one.signer, shared=False).email
