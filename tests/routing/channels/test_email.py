from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from routing.channel import Channel
from routing.channels.conformance import CHECKS, EXPECTED, Check, Conformance, Double, Trouble
from routing.channels.doubles import HttpDouble, Reply, SmtpDouble
from routing.channels.email import EmailChannel, parse_address
from routing.outcome import Ambiguous, DeadTarget, Delivered, Outcome, RejectedPayload, RetryLater
from tests.routing.channels.certificates import certificate
from tests.routing.channels.pages import make_page
from tests.routing.channels.targets import clock, email, email_target

TO = "legal-oncall@veloria.example"
PASSWORD = "canary-password"
TROUBLES: dict[Trouble, dict[str, Any]] = {
    "none": {},
    "refused": {"refuse_content": "554 5.7.1 looks like spam"},
    "unauthorised": {"logins": {"tocsin": "another"}},
    "gone": {"refuse": {TO: "550 5.1.1 no such user"}},
    "busy": {"defer_once": (TO,)},
    "cut": {"hang_up_after_content": True},
    "echo": {"refuse_content": f"554 you are {PASSWORD}"},
}


@asynccontextmanager
async def opened(trouble: Trouble) -> AsyncIterator[tuple[Channel, Double]]:
    if trouble == "silent":
        async with HttpDouble() as silent:  # it waits for an HTTP request, so it never greets
            yield email(silent.port), silent
        return
    settings: dict[str, Any] = {"logins": {"tocsin": PASSWORD}, **TROUBLES[trouble]}
    async with SmtpDouble(**settings) as double:
        yield email(double.port, username="tocsin", password="env:MAIL_PASSWORD"), double


@pytest.mark.parametrize("check", CHECKS)
async def test_conformance(check: Check) -> None:
    expected = {trouble: EXPECTED[trouble] for trouble in (*TROUBLES, "silent") if trouble in EXPECTED}
    await check(Conformance(opened, expected, (PASSWORD,)))


async def outcome_of(**double_settings: Any) -> Outcome:
    async with SmtpDouble(**double_settings) as double:
        return await email(double.port).send(make_page())


async def test_a_mail_is_delivered_to_its_one_recipient() -> None:
    async with SmtpDouble() as double:
        outcome = await email(double.port).send(make_page())
    assert isinstance(outcome, Delivered)
    mail = double.mails[0]
    assert mail["To"] == TO
    assert outcome == Delivered(str(mail["Message-ID"]), str(mail["Message-ID"]))


async def test_the_next_mail_answers_the_one_before() -> None:
    async with SmtpDouble() as double:
        channel = email(double.port)
        first = await channel.send(make_page())
        assert isinstance(first, Delivered)
        await channel.send(make_page(id="another", sequence=4), thread=first.thread)
    assert double.mails[1]["In-Reply-To"] == double.mails[0]["Message-ID"]


async def test_greylisting_is_later_then_accepted_with_the_same_id() -> None:
    async with SmtpDouble(defer_once=(TO,)) as double:
        channel = email(double.port)
        first = await channel.send(make_page())
        second = await channel.send(make_page())
    assert isinstance(first, RetryLater)
    assert first.after_s >= 60
    assert isinstance(second, Delivered)
    assert len(double.mails) == 1


async def test_one_recipient_refused_does_not_touch_the_other() -> None:
    async with SmtpDouble(refuse={"gone@veloria.example": "550 5.1.1 no such user"}) as double:
        gone = await email(double.port, to="gone@veloria.example").send(make_page())
        here = await email(double.port).send(make_page())
    assert isinstance(gone, DeadTarget)
    assert "550" in gone.reason
    assert isinstance(here, Delivered)


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("554 5.7.1 looks like spam", RejectedPayload),
        ("552 5.3.4 too big", RejectedPayload),
        ("451 4.3.0 try later", RetryLater),
        ("421 4.3.2 closing", RetryLater),
    ],
)
async def test_an_answer_to_the_content_has_its_outcome(answer: str, expected: type) -> None:
    assert isinstance(await outcome_of(refuse_content=answer), expected)


async def test_a_connection_lost_after_the_last_dot_is_ambiguous_and_resent_with_the_same_id() -> None:
    async with SmtpDouble(hang_up_after_content=True) as double:
        channel = email(double.port)
        outcomes = [await channel.send(make_page()) for _ in range(2)]
    assert [type(outcome) for outcome in outcomes] == [Ambiguous, Ambiguous]
    assert double.mails[0]["Message-ID"] == double.mails[1]["Message-ID"]


async def test_a_refused_connection_was_surely_not_accepted() -> None:
    async with SmtpDouble() as double:
        port = double.port
    assert isinstance(await email(port).send(make_page()), RetryLater)


async def test_a_server_that_says_nothing_is_left_within_the_deadline() -> None:
    async with HttpDouble() as silent:  # it waits for an HTTP request, so it never greets
        silent.script(Reply(fault="hang"))
        channel = EmailChannel(email_target(silent.port), None, clock(), deadline_s=0.2)
        assert isinstance(await channel.send(make_page()), RetryLater)


async def test_a_login_that_is_good_and_one_that_is_not() -> None:
    logins = {"tocsin": "canary-password"}
    async with SmtpDouble(logins=logins) as double:
        good = await email(double.port, username="tocsin", password="env:MAIL_PASSWORD").send(make_page())
        bad = await email(double.port, username="other", password="env:MAIL_PASSWORD").send(make_page())
    assert isinstance(good, Delivered)
    assert isinstance(bad, DeadTarget)
    assert "canary" not in bad.reason


async def test_starttls_is_verified(tmp_path: Path) -> None:
    server, trusting = certificate(tmp_path)
    async with SmtpDouble(tls=server) as double:
        target = email_target(double.port, security="starttls")
        known = await EmailChannel(target, None, clock(), tls=trusting).send(make_page())
        unknown = await EmailChannel(target, None, clock()).send(make_page())
    assert isinstance(known, Delivered)
    assert isinstance(unknown, RetryLater)
    assert len(double.mails) == 1


async def test_a_server_without_starttls_gets_no_mail() -> None:
    async with SmtpDouble() as double:
        outcome = await email(double.port, security="starttls").send(make_page())
    assert isinstance(outcome, DeadTarget)
    assert double.mails == []


def test_a_password_never_travels_in_clear_to_another_machine() -> None:
    target = email_target(25, host="mail.example", password="env:MAIL_PASSWORD")
    with pytest.raises(ValueError, match="in clear"):
        EmailChannel(target, SecretStr("canary"), clock())


@pytest.mark.parametrize(
    "text", ["", "nobody", "a@", "@b", "a b@c.example", "é@c.example", "a@c\r\nBcc: d@e"]
)
def test_what_is_no_address_is_named_with_its_field(text: str) -> None:
    with pytest.raises(ValueError, match="sender"):
        parse_address(text, "sender")


def test_an_address_may_have_a_name() -> None:
    address = parse_address('"Tocsin, veille" <tocsin@veloria.example>', "sender")
    assert (address.display_name, address.addr_spec) == ("Tocsin, veille", "tocsin@veloria.example")
