"""A mail server on loopback. It needs the development dependency ``aiosmtpd``, imported only when it starts."""

import asyncio
import logging
import ssl
import warnings
from collections.abc import Callable, Mapping
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from html.parser import HTMLParser
from typing import Any, Self

from monitor.errors import MissingDependency

_FOLLOWED = ("href", "src", "srcset", "background", "action")


class SmtpDouble:
    """Keeps every mail it accepted, in ``mails``.

    ``defer_once`` names recipients answered 451 the first time and 250 later; ``refuse`` gives a recipient a
    permanent answer such as ``550 no such user``; ``refuse_content`` answers the content itself;
    ``hang_up_after_content`` keeps the mail and cuts the connection before saying so. ``logins`` holds the
    names and passwords that are good; with any, AUTH is required (in clear too: this is loopback).
    """

    def __init__(
        self,
        *,
        defer_once: tuple[str, ...] = (),
        refuse: Mapping[str, str] | None = None,
        refuse_content: str = "",
        hang_up_after_content: bool = False,
        logins: Mapping[str, str] | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.mails: list[EmailMessage] = []
        self.shown: list[str] = []  # the subject and every part of each mail, as a mail program shows it
        self.live: list[str] = []  # whatever a mail program would follow or fetch
        self._defer = set(defer_once)
        self._refuse = dict(refuse or {})
        self._refuse_content = refuse_content
        self._hang_up = hang_up_after_content
        self._logins = dict(logins or {})
        self._tls = tls
        logging.getLogger("mail.log").setLevel(
            logging.WARNING
        )  # the log of the other side is not ours to read
        self._server: asyncio.Server | None = None
        self._port = 0
        self._conversations: list[Any] = []

    @property
    def port(self) -> int:
        """The port it listens or listened on."""
        if not self._port:
            raise RuntimeError("the double was not started: use it with 'async with'")
        return self._port

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(self._conversation_factory(loop), "127.0.0.1", 0)
        self._port = int(self._server.sockets[0].getsockname()[1])
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._server is not None:
            self._server.close()
        for conversation in self._conversations:
            if conversation.transport is not None:
                conversation.transport.abort()
        await asyncio.sleep(0)

    async def handle_RCPT(  # noqa: N802 - the name is aiosmtpd's
        self, server: Any, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        if address in self._defer:
            self._defer.remove(address)
            return "451 4.7.1 greylisted, try again later"
        if address in self._refuse:
            return self._refuse[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        if self._refuse_content:
            return self._refuse_content
        mail = BytesParser(policy=policy.default).parsebytes(envelope.content)
        self.mails.append(mail)
        parts = [_read(part) for part in mail.walk() if not part.is_multipart()]
        self.shown.append("\n".join([str(mail["Subject"]), *(part.text for part in parts)]))
        self.live += [address for part in parts for address in part.addresses]
        if self._hang_up:
            server.transport.abort()
        return "250 OK"

    def _conversation_factory(self, loop: asyncio.AbstractEventLoop) -> Callable[[], Any]:
        try:
            from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword
        except ImportError:
            raise MissingDependency(
                "SmtpDouble needs aiosmtpd: pip install 'tocsin[dev]' or aiosmtpd alone"
            ) from None

        logging.getLogger("mail.log").setLevel(logging.ERROR)  # the log of the other side is not ours to read

        def authenticate(_server: Any, _session: Any, _envelope: Any, _mechanism: str, data: Any) -> Any:
            known = isinstance(data, LoginPassword) and self._logins.get(data.login.decode())
            return AuthResult(success=bool(known) and known == data.password.decode(), handled=False)

        def converse() -> Any:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # it warns of logins without TLS: this is loopback
                conversation = SMTP(
                    self,
                    hostname="mail.example",
                    loop=loop,
                    tls_context=self._tls,
                    auth_required=bool(self._logins),
                    auth_require_tls=False,
                    authenticator=authenticate,
                )
            self._conversations.append(conversation)
            return conversation

        return converse


class _Reader(HTMLParser):
    """Collects the text of an HTML part and the addresses in it."""

    def __init__(self) -> None:
        super().__init__()
        self.text = ""
        self.addresses: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._hidden += tag in ("style", "script")
        self.addresses += [value for name, value in attrs if name in _FOLLOWED and value]

    def handle_endtag(self, tag: str) -> None:
        self._hidden -= tag in ("style", "script")

    def handle_data(self, data: str) -> None:
        self.text += "" if self._hidden else data


def _read(part: EmailMessage) -> _Reader:
    reader = _Reader()
    content = str(part.get_content()).replace("\r\n", "\n")
    if part.get_content_subtype() == "html":
        reader.feed(content)
        reader.close()
    else:
        reader.text = content
    return reader
