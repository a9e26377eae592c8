"""Secrets planted in every target: none may show, whatever goes wrong."""

import logging
import traceback

import pytest

from routing.channel import Channel
from routing.channels.doubles import HttpDouble, Reply, SmtpDouble
from tests.routing.channels.pages import make_page
from tests.routing.channels.targets import email, slack, slack_webhook, webhook

CANARY = "canary-4f1d"


def assert_silent(caplog: pytest.LogCaptureFixture, channel: Channel, outcome: object) -> None:
    assert CANARY not in caplog.text
    assert CANARY not in repr(outcome)
    assert CANARY not in repr(channel)
    assert CANARY not in "".join(traceback.format_stack())


REPLIES = [
    Reply(200, b"ok"),
    Reply(200, b'{"ok":true,"ts":"1.2","channel":"C"}'),
    Reply(403, f"bad token {CANARY} at /services/T/{CANARY}".encode()),
    Reply(429, headers={"retry-after": "1"}),
    Reply(500, CANARY.encode() * 100),
    Reply(302, headers={"location": f"https://hooks.example/{CANARY}"}),
    Reply(fault="reset"),
]


@pytest.mark.parametrize("reply", REPLIES, ids=lambda reply: f"{reply.status}{reply.fault}")
@pytest.mark.parametrize("kind", ["slack", "slack_webhook", "webhook"])
async def test_no_secret_of_a_web_channel_shows(
    kind: str, reply: Reply, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    for name in ("httpx", "httpcore"):
        logging.getLogger(name).setLevel(logging.DEBUG)
    async with HttpDouble() as double:
        double.script(reply)
        channel = {
            "slack": lambda: slack(double.url, token=CANARY),
            "slack_webhook": lambda: slack_webhook(f"{double.url}/services/T/{CANARY}"),
            "webhook": lambda: webhook(f"{double.url}/{CANARY}"),
        }[kind]()
        outcome = await channel.send(make_page())
        assert len(double.received) == 1
        await channel.aclose()
    assert_silent(caplog, channel, outcome)


async def test_no_password_of_a_mail_channel_shows(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    async with SmtpDouble(logins={"tocsin": "another"}) as double:
        channel = email(double.port, username="tocsin", password="env:MAIL_PASSWORD")
        outcome = await channel.send(make_page())
    ours = [record.getMessage() for record in caplog.records if not record.name.startswith("mail")]
    assert "canary-password" not in "\n".join([*ours, repr(outcome), repr(channel)])
