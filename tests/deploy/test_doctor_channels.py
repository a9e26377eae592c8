"""Every channel's host is reached, TLS and login included, and nobody is sent anything."""

import ssl
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from connectors.testing import SourceServer
from deploy.doctor import Check, Probe, Said, examine
from deploy.doctor_channels import place_of, try_target
from deploy.doctor_reach import Place, days_left, reach, reached
from deploy.doctor_words import Scrub
from monitor.clock import SystemClock
from routing.channels.doubles.smtp import SmtpDouble
from routing.channels.email import EmailTarget
from routing.channels.ntfy import NtfyTarget
from routing.channels.slack_webhook import SlackWebhookTarget
from routing.channels.target import Target
from routing.channels.terminal import TerminalTarget
from tests.deploy.doctor_files import silent_server
from tests.routing.channels.certificates import certificate

CLOCK = SystemClock()
PASSWORD = "planted-smtp-password"


async def tried(
    target: Target, tls: ssl.SSLContext | None = None, timeout_s: float = 30, **environ: str
) -> Check:
    async def run() -> Said:
        return await try_target(target, CLOCK, environ, tls)

    (check,) = await examine([Probe("channel", target.name, run)], timeout_s, CLOCK, Scrub(()))
    return check


def mail(port: int, **more: object) -> EmailTarget:
    fields = {
        "to": "legal@example.com",
        "sender": "tocsin@example.com",
        "host": "127.0.0.1",
        "port": port,
        **more,
    }
    return EmailTarget.model_validate({"kind": "email", "name": "legal-mail", **fields})


def hook(*, private: bool = True) -> SlackWebhookTarget:
    return SlackWebhookTarget(
        kind="slack_webhook", name="comms-hook", url="env:HOOK", allow_private_addresses=private
    )


async def test_a_host_is_reached_without_a_request() -> None:
    async with SourceServer() as server:
        check = await tried(hook(), HOOK=server.url("/services/planted-path-secret"))
        assert (check.state, check.what) == ("ok", f"127.0.0.1:{server.port} answers")
        assert server.calls == []
    assert "planted" not in str(check)


async def test_a_refused_port_is_down() -> None:
    async with SourceServer() as server:
        port = server.port
    check = await tried(hook(), HOOK=f"http://127.0.0.1:{port}/planted")
    assert (check.state, check.fault) == ("down", "outside")
    assert "nothing listens there" in check.what
    assert "planted" not in str(check)


async def test_a_missing_secret_is_our_fault() -> None:
    check = await tried(hook())
    assert (check.state, check.fault) == ("down", "configuration")
    assert "HOOK is not set" in check.what


async def test_an_inner_address_is_not_contacted_unless_permitted() -> None:
    async with silent_server() as port:
        check = await tried(hook(private=False), HOOK=f"https://127.0.0.1:{port}/planted")
    assert (check.state, check.fault) == ("down", "configuration")
    assert "must not talk to" in check.what


async def test_a_name_without_address_is_down() -> None:
    async def nobody(_host: str, _port: int) -> tuple[str, ...]:
        raise OSError("no such name")

    said = await reach(Place("hooks.example", 443, None), CLOCK.now(), nobody)
    assert (said.state, said.what) == ("down", "hooks.example has no address")


async def test_the_next_address_is_tried_when_one_refuses() -> None:
    async def two(_host: str, _port: int) -> tuple[str, ...]:
        return "127.0.0.2", "127.0.0.1"

    async with SourceServer() as server:
        said = await reach(Place("gateway.example", server.port, None, private=True), CLOCK.now(), two)
    assert said.state == "ok"


async def test_a_certificate_about_to_end_is_a_warning(tmp_path: Path) -> None:
    server_side, client_side = certificate(tmp_path)  # of two days
    async with silent_server(ssl=server_side) as port:
        check = await tried(ntfy(port), client_side, TOPIC="planted-topic")
    assert check.state == "warning"
    assert "certificate: 1 d left" in check.what


async def test_an_expired_certificate_is_down(tmp_path: Path) -> None:
    server_side, client_side = expired(tmp_path)
    async with silent_server(ssl=server_side) as port:
        check = await tried(ntfy(port), client_side, TOPIC="planted-topic")
    assert (check.state, check.fault) == ("down", "outside")
    assert "certificate has expired" in check.what


async def test_an_unknown_authority_is_down(tmp_path: Path) -> None:
    server_side, _ = certificate(tmp_path)
    async with silent_server(ssl=server_side) as port:
        check = await tried(ntfy(port), TOPIC="planted-topic")
    assert "its certificate is not accepted" in check.what


async def test_a_server_that_never_shakes_hands_is_ended() -> None:
    async with silent_server() as port:
        check = await tried(ntfy(port), timeout_s=0.3, TOPIC="planted-topic")
    assert check.what == "no answer within 0.3 s"


def ntfy(port: int) -> NtfyTarget:
    return NtfyTarget(
        kind="ntfy",
        name="phone",
        topic="env:TOPIC",
        url=f"https://127.0.0.1:{port}",
        allow_private_addresses=True,
    )


def expired(folder: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """A server whose certificate ended yesterday, and a client that trusts its maker."""
    key, request, names, cert = (
        str(folder / name) for name in ("key.pem", "request.pem", "names", "cert.pem")
    )
    Path(names).write_text("subjectAltName=IP:127.0.0.1\n")
    new = "openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /CN=double"
    subprocess.run([*new.split(), "-keyout", key, "-out", request], check=True, capture_output=True)
    sign = ["openssl", "x509", "-req", "-days", "-1", "-in", request, "-signkey", key, "-extfile", names]
    subprocess.run([*sign, "-out", cert], check=True, capture_output=True)
    server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    server.load_cert_chain(cert, key)
    return server, ssl.create_default_context(cafile=cert)


async def test_a_mail_server_is_greeted_and_logged_in_to_and_gets_no_mail(tmp_path: Path) -> None:
    server_side, client_side = certificate(tmp_path)
    async with SmtpDouble(logins={"tocsin": PASSWORD}, tls=server_side) as server:
        target = mail(server.port, username="tocsin", password="env:SMTP")
        check = await tried(target, client_side, SMTP=PASSWORD)
        assert check.state == "warning"  # its certificate has a day left
        assert check.what.endswith("d left, logged in")
        assert server.mails == []


async def test_a_bad_login_is_told_without_the_password(tmp_path: Path) -> None:
    server_side, client_side = certificate(tmp_path)
    async with SmtpDouble(logins={"tocsin": "another"}, tls=server_side) as server:
        target = mail(server.port, username="tocsin", password="env:SMTP")
        check = await tried(target, client_side, SMTP=PASSWORD)
    assert (check.state, check.fault) == ("down", "configuration")
    assert "the login was refused (SMTP 535)" in check.what
    assert PASSWORD not in str(check)


async def test_a_mail_server_without_starttls_is_told() -> None:
    async with SmtpDouble() as server:
        check = await tried(mail(server.port))
    assert (check.state, check.fault) == ("down", "outside")
    assert "offers no STARTTLS" in check.what


async def test_a_mail_server_in_clear_is_greeted() -> None:
    async with SmtpDouble() as server:
        check = await tried(mail(server.port, security="none"))
        assert check.state == "ok"
        assert check.what.endswith("greeted")


async def test_an_expired_certificate_of_a_mail_server_is_told(tmp_path: Path) -> None:
    server_side, client_side = expired(tmp_path)
    async with SmtpDouble(tls=server_side) as server:
        check = await tried(mail(server.port), client_side)
    assert "certificate has expired" in check.what


async def test_a_mail_server_that_is_away_or_silent_is_down() -> None:
    async with silent_server() as port:
        check = await tried(mail(port), timeout_s=0.3)
        assert check.what == "no answer within 0.3 s"
    check = await tried(mail(port))
    assert "nothing listens there" in check.what


async def test_the_terminal_needs_nobody() -> None:
    assert (await tried(TerminalTarget(kind="terminal", name="here"))).state == "ok"


async def test_a_kind_of_channel_that_names_no_host_is_a_warning() -> None:
    assert (await tried(Target(kind="carrier_pigeon", name="loft"))).state == "warning"


@pytest.mark.parametrize(
    ("days", "state"), [(-1, "warning"), (0, "warning"), (13, "warning"), (14, "ok"), (90, "ok")]
)
def test_days_left_of_a_certificate(days: int, state: str) -> None:
    now = datetime(2026, 3, 14, 12, tzinfo=UTC)
    ends = now + timedelta(days=days, hours=1)
    cert = {"notAfter": ends.strftime("%b %d %H:%M:%S %Y GMT")}
    assert days_left(cert, now) == days
    assert reached(Place("a.example", 443, None), cert, now).state == state


@pytest.mark.parametrize("url", ["ftp://a.example", "https://", "nothing", "https://a.example:port"])
def test_what_is_no_web_address_is_no_place(url: str) -> None:
    assert place_of(url, ssl.create_default_context(), private=False) is None
