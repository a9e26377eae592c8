"""Tells somebody who replied by mail what came of it, through the mail server of their own target."""

import asyncio
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

import aiosmtplib

from monitor.secret import read_secret
from routing.channels.email import DEADLINE_S, EmailTarget
from routing.person_settings import PersonSettings


def tell(person: PersonSettings, to: str, text: str, now: datetime) -> str:
    """Send a short mail; why it could not be sent, empty when it was. Never raises: the answer was taken already."""
    target = next((one for one in person.targets if isinstance(one, EmailTarget)), None)
    if target is None:
        return "no mail target"
    try:
        asyncio.run(asyncio.wait_for(_send(target, _mail(target, to, text, now)), DEADLINE_S))
    except (aiosmtplib.SMTPException, OSError, ValueError) as error:  # TimeoutError is an OSError
        return type(error).__name__
    return ""


def _mail(target: EmailTarget, to: str, text: str, now: datetime) -> EmailMessage:
    mail = EmailMessage(policy=SMTP)
    mail["From"], mail["To"], mail["Subject"] = target.sender, to, "Tocsin"
    mail["Date"] = format_datetime(now)
    mail["Auto-Submitted"] = "auto-replied"  # no program answers this one
    mail["X-Auto-Response-Suppress"] = "All"
    mail.set_content(text, cte="quoted-printable")
    return mail


async def _send(target: EmailTarget, mail: EmailMessage) -> None:
    await aiosmtplib.send(
        mail,
        hostname=target.host,
        port=target.port,
        username=target.username or None,
        password=read_secret(target.password).get_secret_value() if target.password else None,
        use_tls=target.security == "tls",
        start_tls=target.security == "starttls",
        timeout=DEADLINE_S,
    )
