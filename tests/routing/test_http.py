import logging
import ssl
import subprocess
from pathlib import Path

import pytest
from pydantic import SecretStr

from routing.channels.doubles import HttpDouble, Reply
from routing.http import MAX_BODY, Answer, Method, PostingClient
from routing.outcome import Ambiguous, DeadTarget, RetryLater

HEADERS = {"content-type": "application/json"}


def client(url: str, *, deadline_s: float = 5.0, private: bool = True, leads_to: str = "") -> PostingClient:
    async def resolver(host: str, port: int) -> tuple[str, ...]:
        return tuple(leads_to.split()) if leads_to else (host,)

    return PostingClient(
        SecretStr(url), allow_private_addresses=private, deadline_s=deadline_s, resolver=resolver
    )


async def post(url: str, *, deadline_s: float = 5.0, private: bool = True, leads_to: str = "") -> object:
    poster = client(url, deadline_s=deadline_s, private=private, leads_to=leads_to)
    try:
        return await poster.post(b'{"a": "\xc3\xa9"}', HEADERS)
    finally:
        await poster.aclose()


async def test_it_posts_the_very_bytes_and_gives_the_answer() -> None:
    async with HttpDouble() as double:
        double.script(Reply(201, b"made", {"X-Id": "7"}))
        answer = await post(f"{double.url}/hook?x=1")
    assert isinstance(answer, Answer)
    assert (answer.status, answer.body, answer.headers["x-id"], answer.complete) == (201, b"made", "7", True)
    request = double.received[0]
    assert (request.method, request.path, request.body) == ("POST", "/hook?x=1", b'{"a": "\xc3\xa9"}')
    assert request.headers["host"] == f"127.0.0.1:{double.port}"


async def test_redirects_are_not_followed() -> None:
    async with HttpDouble() as double:
        double.script(Reply(302, headers={"location": "http://169.254.169.254/latest/meta-data/"}))
        answer = await post(double.url)
    assert isinstance(answer, Answer)
    assert answer.status == 302
    assert len(double.received) == 1


async def test_a_target_that_hangs_is_ambiguous_within_the_deadline() -> None:
    async with HttpDouble() as double:
        double.script(Reply(fault="hang"))
        assert await post(double.url, deadline_s=0.2) == Ambiguous("no answer in time")


async def test_a_connection_cut_after_the_request_is_ambiguous() -> None:
    async with HttpDouble() as double:
        double.script(Reply(fault="reset"))
        assert isinstance(await post(double.url), Ambiguous)


async def test_a_body_cut_halfway_is_an_incomplete_answer() -> None:
    async with HttpDouble() as double:
        double.script(Reply(200, b"x" * 100, fault="reset_inside_body"))
        answer = await post(double.url)
    assert isinstance(answer, Answer)
    assert not answer.complete


async def test_a_body_that_drips_is_ended_by_the_deadline() -> None:
    async with HttpDouble() as double:
        double.script(Reply(200, b"x" * 100, fault="drip"))
        assert isinstance(await post(double.url, deadline_s=0.2), Ambiguous)


async def test_at_most_64_kib_are_read() -> None:
    async with HttpDouble() as double:
        double.script(Reply(200, b"x" * 10_000_000))
        answer = await post(double.url)
    assert isinstance(answer, Answer)
    assert len(answer.body) == MAX_BODY
    assert not answer.complete


async def test_a_refused_connection_was_surely_not_accepted() -> None:
    async with HttpDouble() as double:
        port = double.port
    assert isinstance(await post(f"http://127.0.0.1:{port}/"), RetryLater)


async def test_a_name_without_address_was_surely_not_accepted() -> None:
    async def nowhere(host: str, port: int) -> tuple[str, ...]:
        raise OSError("no such name")

    poster = PostingClient(SecretStr("https://gone.example/secret"), resolver=nowhere)
    assert await poster.post(b"{}", HEADERS) == RetryLater("OSError", 1.0)
    await poster.aclose()


@pytest.mark.parametrize(
    "leads_to",
    [
        "127.0.0.1",
        "::ffff:127.0.0.1",
        "10.0.0.7",
        "100.64.0.1",
        "169.254.169.254",
        "64:ff9b::7f00:1",
        "2002:7f00:1::",
        "fd00::1",
        "224.0.0.1",
        "203.0.113.9 127.0.0.1",
        "93.184.216.34 10.0.0.1",
    ],
)
async def test_a_public_name_must_not_lead_inside(leads_to: str) -> None:
    outcome = await post("https://hooks.example/secret", private=False, leads_to=leads_to)
    assert outcome == DeadTarget("hooks.example leads to an address that Tocsin must not talk to")


async def test_cloud_metadata_is_out_of_reach_even_where_private_addresses_are_allowed() -> None:
    outcome = await post("http://inside.example/x", leads_to="169.254.169.254")
    assert isinstance(outcome, DeadTarget)


async def test_the_connection_goes_to_the_checked_address_with_the_name_in_host() -> None:
    async with HttpDouble() as double:
        answer = await post(f"http://gateway.example:{double.port}/x", leads_to="127.0.0.1")
    assert isinstance(answer, Answer)
    assert double.received[0].headers["host"] == f"gateway.example:{double.port}"


async def test_the_next_address_is_tried_when_the_first_refuses() -> None:
    async with HttpDouble() as double:
        answer = await post(f"http://gateway.example:{double.port}/x", leads_to="127.0.0.9 127.0.0.1")
    assert isinstance(answer, Answer)


@pytest.mark.parametrize(
    "url",
    [
        "http://hooks.example/x",
        "https://user:pw@hooks.example/x",
        "https://hooks.example:22/x",
        "ftp://hooks.example/x",
        "https:///x",
        "https://hooks.example/a b",
        "https://hooks.example/\n",
        "https://hooks.example:99999/x",
        "canary-not-a-url",
    ],
)
def test_a_url_that_breaks_the_rules_is_refused_without_being_repeated(url: str) -> None:
    with pytest.raises(ValueError, match="the URL") as caught:
        client(url, private=False)
    assert url not in str(caught.value)
    assert "user:pw" not in str(caught.value)


async def test_the_url_reaches_no_log_at_any_level(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    async with HttpDouble() as double:
        poster = client(f"{double.url}/canary-secret")
        logging.getLogger("httpx").setLevel(logging.DEBUG)
        await poster.post(b"{}", HEADERS)
        assert "canary" not in repr(poster)
        await poster.aclose()
    assert "canary" not in caplog.text


@pytest.mark.parametrize("method", ["GET", "POST", "PATCH", "PUT"])
async def test_any_method_goes_to_what_lies_below_the_url(method: Method) -> None:
    async with HttpDouble() as double:
        poster = client(f"{double.url}/api")
        answer = await poster.request(method, b"", HEADERS, path="/tickets/1?fields=id")
        await poster.aclose()
    assert isinstance(answer, Answer)
    assert (double.received[0].method, double.received[0].path) == (method, "/api/tickets/1?fields=id")


async def test_one_request_may_have_a_shorter_deadline() -> None:
    async with HttpDouble() as double:
        double.script(Reply(fault="hang"))
        poster = client(double.url, deadline_s=3600.0)
        assert await poster.request("GET", b"", HEADERS, deadline_s=0.2) == Ambiguous("no answer in time")
        await poster.aclose()


@pytest.mark.parametrize("path", ["@evil.example/", ".evil.example/", ":1/", "\\@evil.example/"])
async def test_no_path_leads_to_another_host(path: str) -> None:
    poster = client("https://gateway.example", leads_to="127.0.0.1")
    assert isinstance(await poster.request("GET", b"", HEADERS, path=path), RetryLater)
    await poster.aclose()


async def test_no_proxy_of_the_environment_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    async with HttpDouble() as proxy, HttpDouble() as double:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, proxy.url)
        answer = await post(double.url)
    assert isinstance(answer, Answer)
    assert (len(double.received), proxy.received) == (1, [])


async def test_an_expired_certificate_gets_no_request(tmp_path: Path) -> None:
    server, trusting = expired(tmp_path)
    async with HttpDouble(tls=server) as double:
        poster = PostingClient(SecretStr(double.url), allow_private_addresses=True, tls=trusting)
        outcome = await poster.post(b"{}", HEADERS)
        await poster.aclose()
    assert isinstance(outcome, RetryLater)  # surely not accepted
    assert double.received == []


def expired(folder: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """A server whose certificate ended yesterday, and a client that trusts its maker."""
    key, request, names, cert = (str(folder / name) for name in ("key", "request", "names", "cert"))
    Path(names).write_text("subjectAltName=IP:127.0.0.1\n", encoding="utf-8")
    new = "openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /CN=double"
    subprocess.run([*new.split(), "-keyout", key, "-out", request], check=True, capture_output=True)
    sign = ["openssl", "x509", "-req", "-days", "-1", "-in", request, "-signkey", key, "-extfile", names]
    subprocess.run([*sign, "-out", cert], check=True, capture_output=True)
    server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    server.load_cert_chain(cert, key)
    return server, ssl.create_default_context(cafile=cert)
