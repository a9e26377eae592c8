import base64
import logging

import pytest
from pydantic import SecretStr

from routing.channels.doubles.http import HttpDouble, Reply
from routing.channels.vendor_api import FORM, VendorApi, basic, json_object, keyed
from routing.http import Answer
from routing.outcome import Ambiguous, RetryLater

CANARY = "canary-7a1e"


def api(url: str) -> VendorApi:
    return VendorApi(url, basic("tocsin@veloria.example", SecretStr(CANARY)), allow_private_addresses=True)


async def test_each_request_has_its_method_path_and_credentials() -> None:
    async with HttpDouble() as double:
        vendor = api(f"{double.url}/base/")
        await vendor.get("/a?q=1", deadline_s=5)
        await vendor.search("/search", {"jql": "é"}, deadline_s=5)
        await vendor.post("/b", b"x=1", content_type=FORM, deadline_s=5)
        await vendor.patch("/c", b"{}", deadline_s=5)
        await vendor.aclose()
    assert [(one.method, one.path) for one in double.received] == [
        ("GET", "/base/a?q=1"),
        ("POST", "/base/search"),
        ("POST", "/base/b"),
        ("PATCH", "/base/c"),
    ]
    assert [one.headers["content-type"] for one in double.received][2] == FORM
    pair = base64.b64encode(f"tocsin@veloria.example:{CANARY}".encode()).decode()
    assert {one.headers["authorization"] for one in double.received} == {f"Basic {pair}"}
    assert double.received[1].body.decode() == '{"jql":"é"}'


async def test_what_only_reads_is_never_ambiguous() -> None:
    async with HttpDouble() as double:
        double.script(*[Reply(fault="reset")] * 4)
        vendor = api(double.url)
        read = [await vendor.get("/", deadline_s=5), await vendor.search("/", {}, deadline_s=5)]
        written = [await vendor.post("/", b"", deadline_s=5), await vendor.patch("/", b"", deadline_s=5)]
    assert [type(one) for one in read] == [RetryLater, RetryLater]
    assert [type(one) for one in written] == [Ambiguous, Ambiguous]


async def test_each_request_ends_at_its_own_deadline() -> None:
    async with HttpDouble() as double:
        double.script(Reply(fault="hang"))
        assert await api(double.url).post("/", b"", deadline_s=0.2) == Ambiguous("no answer in time")


async def test_no_spelling_of_the_secret_shows(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    pair = base64.b64encode(f"tocsin@veloria.example:{CANARY}".encode()).decode()
    async with HttpDouble() as double:
        double.script(Reply(401, f"{CANARY} {pair} refused".encode()))
        vendor = api(double.url)
        answer = await vendor.get("/", deadline_s=5)
    assert isinstance(answer, Answer)
    reason = vendor.reason(answer)
    assert reason == "HTTP 401 [secret] [secret] refused"
    shown = f"{caplog.text} {vendor!r} {basic('u', SecretStr(CANARY))!r} {reason}"
    assert CANARY not in shown
    assert pair not in shown


@pytest.mark.parametrize(
    "url", ["http://api.example", "https://u:p@api.example", "https://api.example:22", "x"]
)
def test_an_address_that_must_not_be_talked_to_is_refused_at_once(url: str) -> None:
    with pytest.raises(ValueError, match="the URL"):
        VendorApi(url, keyed("Bearer", SecretStr(CANARY)))


@pytest.mark.parametrize(
    ("body", "expected"),
    [(b'{"a":1}', {"a": 1}), (b"[]", None), (b"<html>", None), (b'{"a":', None), (b"", None)],
)
def test_only_a_json_object_is_an_answer(body: bytes, expected: object) -> None:
    assert json_object(Answer(200, {}, body, complete=True)) == expected


async def test_a_redirect_is_not_followed() -> None:
    async with HttpDouble() as double:
        double.script(Reply(302, headers={"location": "http://169.254.169.254/"}))
        answer = await api(double.url).get("/", deadline_s=5)
    assert isinstance(answer, Answer)
    assert (answer.status, len(double.received)) == (302, 1)
