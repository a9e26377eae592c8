"""Mail by SMTP: one recipient, one mail, verified encryption, an outcome for every way it can end."""

import asyncio
import ssl
from email.errors import HeaderParseError
from email.headerregistry import Address
from email.policy import SMTP
from typing import Annotated, ClassVar, Literal

import aiosmtplib
from pydantic import Field, SecretStr

from monitor.clock import Clock
from monitor.records import ShortText
from monitor.secret import SecretRef, read_secret
from routing.channels.email_message import build_mail, message_id
from routing.channels.target import ChannelKind, Environ, Target
from routing.inbound.hints import with_reply_hint
from routing.message_compose import compose_message
from routing.outcome import Ambiguous, DeadTarget, Delivered, Outcome, RejectedPayload, RetryLater
from routing.page import Page
from routing.untrusted import clean, one_line, truncate

DEADLINE_S = 8.0
_CONNECT_S = 4.0
_GREYLISTED_S = 60.0
_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_TOO_LARGE = 552


class EmailTarget(Target):
    """A mailbox, by SMTP."""

    kind: Literal["email"]
    to: ShortText
    sender: ShortText
    host: str
    port: Annotated[int, Field(ge=1, le=65_535)] = 587
    security: Literal["starttls", "tls", "none"] = "starttls"
    username: str = ""
    password: SecretRef | None = None

    @property
    def private(self) -> bool:
        return True


class EmailChannel:
    """Pages to one mailbox. Raises ValueError for addresses or security settings that cannot work."""

    kind: ClassVar[str] = "email"
    deduplicates: ClassVar[bool] = False

    def __init__(
        self,
        settings: EmailTarget,
        password: SecretStr | None,
        clock: Clock,
        *,
        deadline_s: float = DEADLINE_S,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.target = settings.name
        self._settings = settings
        self._sender = parse_address(settings.sender, "sender")
        self._to = parse_address(settings.to, "to").addr_spec
        self._password = password
        self._clock = clock
        self._deadline_s = deadline_s
        self._tls = tls or ssl.create_default_context()
        if settings.security == "none" and password is not None and settings.host not in _LOOPBACK:
            raise ValueError("a password would travel in clear: set security to starttls or tls")

    async def send(self, page: Page, *, thread: str = "", plain: bool = False) -> Outcome:
        now = self._clock.now()
        mail = build_mail(
            page,
            with_reply_hint(page, compose_message(page, now)),
            sender=self._sender,
            to=self._to,
            now=now,
            thread=thread,
            plain=plain,
        )
        identity = message_id(page, self._sender.domain, self._to)
        session = _Session(self._client())
        try:
            async with asyncio.timeout(self._deadline_s):
                await session.open(starttls=self._settings.security == "starttls")
                if self._password:
                    await session.login(self._settings.username, self._password)
                await session.deliver(self._sender.addr_spec, self._to, mail.as_bytes(policy=SMTP))
        except TimeoutError:
            return session.failed("no answer in time")
        except aiosmtplib.SMTPResponseException as error:
            return self._refused(error)
        except aiosmtplib.SMTPNotSupported as error:
            return DeadTarget(str(error.message))
        except (aiosmtplib.SMTPException, OSError) as error:
            return session.failed(type(error).__name__)
        finally:
            session.close()
        return Delivered(identity, identity)

    async def aclose(self) -> None:
        """Nothing is kept open between mails."""

    def _client(self) -> aiosmtplib.SMTP:
        settings = self._settings
        return aiosmtplib.SMTP(
            hostname=settings.host,
            port=settings.port,
            local_hostname=self._sender.domain,
            timeout=min(_CONNECT_S, self._deadline_s),
            use_tls=settings.security == "tls",
            start_tls=False,  # the session does it, so that a server without it is told apart from a failure
            tls_context=self._tls if settings.security != "none" else None,
        )

    def _refused(self, error: aiosmtplib.SMTPResponseException) -> Outcome:
        text = str(error.message)
        if self._password:
            text = text.replace(self._password.get_secret_value(), "[secret]")
        reason = f"SMTP {error.code} {truncate(one_line(clean(text)), 300)}"
        if not 500 <= error.code < 600:
            return RetryLater(reason, _GREYLISTED_S)
        # Any other permanent refusal is about the mailbox or our account there.
        about_content = isinstance(error, aiosmtplib.SMTPDataError) or error.code == _TOO_LARGE
        return RejectedPayload(reason) if about_content else DeadTarget(reason)


def build(target: EmailTarget, *, clock: Clock, environ: Environ) -> EmailChannel:
    password = read_secret(target.password, environ) if target.password else None
    return EmailChannel(target, password, clock)


KIND = ChannelKind(EmailTarget, build)


class _Session:
    """One SMTP conversation. Until the content goes out, nothing can have been accepted."""

    def __init__(self, client: aiosmtplib.SMTP) -> None:
        self._client = client
        self._content_sent = False

    async def open(self, *, starttls: bool) -> None:
        await self._client.connect()
        await self._client.ehlo()
        if starttls:
            self._demand("starttls", "the mail server offers no STARTTLS: mend security, host or port")
            await self._client.starttls()

    async def login(self, username: str, password: SecretStr) -> None:
        await self._client.ehlo()
        self._demand("auth", "the mail server offers no login: take out username and password, or mend host")
        await self._client.login(username, password.get_secret_value())

    async def deliver(self, sender: str, to: str, content: bytes) -> None:
        await self._client.mail(sender)
        await self._client.rcpt(to)
        self._content_sent = True
        await self._client.data(content, timeout=None)

    def _demand(self, extension: str, otherwise: str) -> None:
        if not self._client.supports_extension(extension):
            raise aiosmtplib.SMTPNotSupported(otherwise)

    def failed(self, reason: str) -> Outcome:
        return Ambiguous(reason) if self._content_sent else RetryLater(reason, 1.0)

    def close(self) -> None:
        """Hangs up without a farewell: a server slow to say goodbye must not hold the next page."""
        self._client.close()


def parse_address(text: str, field: str) -> Address:
    """``name@host`` or ``Name <name@host>``. Raises ValueError that names the field."""
    name, _, rest = text.rpartition("<")
    spec = rest.removesuffix(">").strip()
    try:
        address = Address(name.strip().strip('"'), addr_spec=spec)
    except (ValueError, IndexError, HeaderParseError):
        raise ValueError(f"{field}: {text!r} is no mail address; write name@example.com") from None
    if not address.username or not address.domain or not spec.isascii():
        raise ValueError(f"{field}: {text!r} is no mail address; write name@example.com")
    return address
