"""Replies by mail: a person's own words acknowledge, a program's never."""

from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.inbound.mail import Taken, take_reply
from routing.inbound.mail_reading import read_reply
from tests.routing.inbound.front import Front
from tests.routing.scenes import MakeScene

ADDRESS = "tocsin@example.com"
TOKEN = "a" * 29


def mail(to: str, text: str = "OK", *, html: str = "", **headers: str) -> bytes:
    one = EmailMessage()
    one["From"] = headers.pop("From", "Comms <Comms@example.com>")
    one["To"] = to
    one["Subject"] = headers.pop("Subject", "Re: [T-1] Véloria")
    one["Message-ID"] = headers.pop("Message_ID", "<1@example.com>")
    for name, value in headers.items():
        one[name.replace("_", "-")] = value
    one.set_content(html or text, subtype="html" if html else "plain")
    return one.as_bytes()


def take(front: Front, raw: bytes) -> Taken:
    reply = read_reply(raw, ADDRESS)
    scene = front.scene
    return scene.store.transact(
        lambda connection, now: take_reply(connection, now, reply, scene.settings, scene.signer)
    )


async def test_a_reply_acknowledges_once_as_the_person(scene: MakeScene) -> None:
    async with Front(scene()) as front:
        raw = mail(front.newest().answer.email.upper())
        assert take(front, raw).outcome == "done"
        assert take(front, raw).outcome == "copy"
        assert await front.happened("acknowledged") == [("Comms Oncall", "email")]
        assert await front.happened("answered_from") == [("Comms Oncall", "email comms@example.com")]


@pytest.mark.parametrize(
    "headers",
    [
        {"Auto_Submitted": "auto-replied"},
        {"Auto_Submitted": "auto-generated"},
        {"X_Autoreply": "yes"},
        {"Precedence": "bulk"},
        {"Precedence": "auto_reply"},
        {"Return_Path": "<>"},
        {"List_Id": "<staff.example.com>"},
        {"Subject": "Automatic reply: [T-1] Véloria"},
        {"Subject": "Réponse automatique : absente"},
    ],
)
async def test_what_a_program_wrote_acknowledges_nothing(scene: MakeScene, headers: dict[str, str]) -> None:
    async with Front(scene()) as front:
        assert take(front, mail(front.newest().answer.email, **headers)).outcome == "ignored"
        assert await front.acknowledged_by() == ""


async def test_a_bounce_acknowledges_nothing(scene: MakeScene) -> None:
    async with Front(scene()) as front:
        raw = mail(front.newest().answer.email).replace(
            b"Content-Type: text/plain", b"Content-Type: multipart/report; boundary=x; was=text/plain"
        )
        assert take(front, raw).outcome == "ignored"
        assert await front.acknowledged_by() == ""


async def test_another_mailbox_is_refused_and_written_down(scene: MakeScene) -> None:
    async with Front(scene()) as front:
        raw = mail(front.newest().answer.email, From="someone@evil.example")
        assert take(front, raw).outcome == "refused"
        assert await front.acknowledged_by() == ""
        assert await front.happened("refused") == [("someone@evil.example", "email")]


async def test_other_words_are_kept_and_their_writer_is_told(scene: MakeScene) -> None:
    async with Front(scene()) as front:
        taken = take(front, mail(front.newest().answer.email, "Who has the number?\n\nok"))
        assert taken.outcome == "noted"
        assert "n’accuse pas réception" in taken.text
        assert await front.acknowledged_by() == ""
        assert await front.happened("reply_noted") == [("Comms Oncall", "email: Who has the number?")]


async def test_an_old_or_changed_token_acknowledges_nothing(scene: MakeScene) -> None:
    async with Front(scene()) as front:
        address = front.newest().answer.email
        local, _, domain = address.partition("@")
        for place in (-1, -10, -25, -29):
            letters = list(local)
            letters[place] = "b" if letters[place] == "a" else "a"
            changed = f"{''.join(letters)}@{domain}"
            assert take(front, mail(changed, Message_ID=f"<{place}@x>")).outcome == "forged"
        front.scene.clock.advance(26 * 3_600)
        assert take(front, mail(address)).outcome == "forged"
        assert await front.acknowledged_by() == ""


@pytest.mark.parametrize(
    ("text", "yes"),
    [
        ("OK", True),
        ("Ok, merci!", True),
        ("\n\nReçu.\n> quoted", True),
        ("Je m’en occupe", True),
        ("Ack\nOn Tue somebody wrote:\n> x", True),
        ("okapi", False),
        ("No, ok?", False),
        ("> ok", False),
        ("Le mar. 3 mars 2026, Tocsin a écrit :\n> ok", False),
        ("On Tue, Tocsin wrote:\nok", False),
        ("", False),
    ],
)
def test_the_first_line_of_the_persons_own_decides(text: str, yes: bool) -> None:
    assert read_reply(mail(f"tocsin+ack.{TOKEN}@example.com", text), ADDRESS).acknowledges is yes


def test_of_html_only_what_is_not_quoted_counts() -> None:
    to = f"tocsin+ack.{TOKEN}@example.com"
    assert read_reply(mail(to, html="<div>Reçu</div><blockquote>x</blockquote>"), ADDRESS).acknowledges
    assert not read_reply(mail(to, html="<style>ok</style><blockquote>ok</blockquote>"), ADDRESS).acknowledges


def test_a_mail_to_two_tokens_has_none() -> None:
    to = f"tocsin+ack.{TOKEN}@example.com, tocsin+ack.{'b' * 29}@example.com"
    assert read_reply(mail(to), ADDRESS).token == ""
    assert read_reply(mail("other@example.com"), ADDRESS, f"tocsin+ack.{TOKEN}@example.com").token == TOKEN


@given(st.binary(max_size=2_000))
def test_no_bytes_break_the_reading(raw: bytes) -> None:
    assert read_reply(raw, ADDRESS).token == ""


@given(
    st.lists(
        st.sampled_from(
            [
                b"From: ",
                b"To: ",
                b"\n",
                b"=?utf-8?q?x",
                b"@",
                b"Content-Type: ",
                b"multipart/mixed",
                b"\n\n",
                b"text/html",
                b'; boundary="',
                b"<",
                b"\xff",
            ]
        )
    )
)
def test_no_broken_mail_breaks_the_reading(parts: list[bytes]) -> None:
    assert not read_reply(b"".join(parts), ADDRESS).token
