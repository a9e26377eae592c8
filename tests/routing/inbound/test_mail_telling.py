"""The short mail to somebody who replied."""

from routing.channels.doubles.smtp import SmtpDouble
from routing.channels.email import EmailTarget
from routing.inbound.mail_telling import _mail, _send, tell
from routing.person_settings import PersonSettings
from tests.routing.channels.pages import NOW
from tests.routing.scenes import settings


def mailbox(port: int) -> EmailTarget:
    return EmailTarget(
        kind="email",
        name="mail",
        to="comms@example.com",
        sender="Tocsin <tocsin@example.com>",
        host="127.0.0.1",
        port=port,
        security="none",
    )


async def test_it_goes_to_the_writer_and_no_program_answers_it() -> None:
    async with SmtpDouble() as double:
        target = mailbox(double.port)
        await _send(target, _mail(target, "comms@example.com", "C’est noté", NOW))
    (mail,) = double.mails
    assert mail["To"] == "comms@example.com"
    assert mail["Auto-Submitted"] == "auto-replied"
    assert "C’est noté" in mail.get_content()


def test_what_cannot_be_told_is_said_and_never_raised() -> None:
    nobody = settings().people[0]
    assert tell(nobody, "comms@example.com", "x", NOW) == "no mail target"
    away = PersonSettings(id="a", name="A", targets=(mailbox(1),))
    assert tell(away, "comms@example.com", "x", NOW) != ""
