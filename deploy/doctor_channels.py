"""Probes of the channels: the host is reached, a mail server also greeted and logged in to. Nobody is sent anything."""

import ssl
from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

import aiosmtplib

from deploy.doctor import Probe, Said, down, good, warning, wrong
from deploy.doctor_reach import Place, reach, reached, refused
from deploy.settings import TocsinSettings
from monitor.clock import Clock
from monitor.secret import read_secret
from routing.channels.email import EmailTarget, parse_address
from routing.channels.target import Target, WebTarget, authorities
from routing.channels.terminal import TerminalTarget

Environ = Mapping[str, str] | None
_AUTH_REFUSED = range(530, 540)


def channel_probes(
    settings: TocsinSettings, clock: Clock, environ: Environ = None, tls: ssl.SSLContext | None = None
) -> Iterator[Probe]:
    """One probe for each target of each person. ``tls``: whom to trust, the usual authorities unless given."""

    def probe(target: Target) -> Probe:
        async def run() -> Said:
            return await try_target(target, clock, environ, tls)

        return Probe("channel", f"{target.name} ({target.kind})", run)

    for person in settings.routing.recipients:
        for target in person.targets:
            yield probe(target)


async def try_target(
    target: Target, clock: Clock, environ: Environ = None, tls: ssl.SSLContext | None = None
) -> Said:
    """Reach one target's server, without a message."""
    if isinstance(target, TerminalTarget):
        return good("prints where Tocsin runs: nothing to reach")
    if isinstance(target, EmailTarget):
        return await _try_mail(target, clock, environ, tls or ssl.create_default_context())
    address = _address(target, environ) if isinstance(target, WebTarget) else None
    if address is None:
        return warning("cannot be tried without sending", "send a page to it in a drill")
    if isinstance(address, Said):
        return address
    private = isinstance(target, WebTarget) and target.allow_private_addresses
    place = place_of(address, tls or authorities(), private=private)
    return wrong("its URL cannot be read") if place is None else await reach(place, clock.now())


def place_of(url: str, tls: ssl.SSLContext, *, private: bool) -> Place | None:
    """Where a web address leads; None for what is none."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        return None
    secure = parts.scheme == "https"
    return Place(parts.hostname, port or (443 if secure else 80), tls if secure else None, private)


def _address(target: WebTarget, environ: Environ) -> str | Said | None:
    """The URL that pages are posted to, which may be a secret."""
    address = getattr(target, "api_url", None) or getattr(target, "url", None)
    if not isinstance(address, str) or not address.startswith(("env:", "file:")):
        return address if isinstance(address, str) else None
    try:
        return read_secret(address, environ).get_secret_value()
    except ValueError as error:
        return wrong(str(error))


async def _try_mail(target: EmailTarget, clock: Clock, environ: Environ, tls: ssl.SSLContext) -> Said:
    try:
        password = read_secret(target.password, environ) if target.password else None
        domain = parse_address(target.sender, "sender").domain
    except ValueError as error:
        return wrong(str(error))
    place = Place(target.host, target.port, tls, private=True)
    client = aiosmtplib.SMTP(
        hostname=target.host,
        port=target.port,
        local_hostname=domain,
        use_tls=target.security == "tls",
        start_tls=False,
        tls_context=tls if target.security != "none" else None,
    )
    try:
        await client.connect()
        await client.ehlo()
        if target.security == "starttls":
            if not client.supports_extension("starttls"):
                return down(f"{place} offers no STARTTLS", "mend security, host or port of this target")
            await client.starttls()
            await client.ehlo()
        also = "greeted"
        if password is not None:
            if not client.supports_extension("auth"):
                return down(f"{place} offers no login", "take out username and password, or mend host")
            await client.login(target.username, password.get_secret_value())
            also = "logged in"
        certificate = client.transport.get_extra_info("peercert") if client.transport else None
        return reached(place, certificate, clock.now(), also)
    except aiosmtplib.SMTPResponseException as error:
        return _smtp_refusal(place, error)
    except (aiosmtplib.SMTPException, OSError) as error:
        return refused(place, _cause(error))
    finally:
        client.close()


def _smtp_refusal(place: Place, error: aiosmtplib.SMTPResponseException) -> Said:
    if isinstance(error, aiosmtplib.SMTPAuthenticationError) or error.code in _AUTH_REFUSED:
        what = f"{place}: the login was refused (SMTP {error.code})"
        return wrong(what, "renew username and password of this target")
    return down(
        f"{place}: SMTP {error.code}", "ask whoever runs the mail server; the page goes to the next target"
    )


def _cause(error: Exception) -> Exception:
    """What the mail library wrapped: a refused connection or a certificate is said in its own words."""
    cause = error.__cause__ or error.__context__
    return cause if isinstance(cause, OSError) else error
