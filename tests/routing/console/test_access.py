"""Who may see the console, and which requests come from our own page."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import SecretStr

from monitor.errors import ConfigErrors
from routing.console.access import PASSWORD, Entry, console_password, entry, from_own_page, origin_of


@pytest.mark.parametrize(
    ("peer", "host", "expected"),
    [
        ("127.0.0.1", "127.0.0.1:8080", "open"),
        ("127.0.0.1", "localhost", "open"),
        ("::1", "[::1]:8080", "open"),
        ("::ffff:127.0.0.1", "localhost:8080", "open"),
        ("127.0.0.1", "rebound.example", "this_machine_only"),
        ("127.0.0.1", "localhost.evil.example", "this_machine_only"),
        ("127.0.0.1", "", "this_machine_only"),
        ("127.0.0.1", "[::1", "this_machine_only"),
        ("10.0.0.9", "127.0.0.1", "this_machine_only"),
        ("fe80::1%eth0", "localhost", "this_machine_only"),
        (None, "localhost", "this_machine_only"),
        ("not an address", "localhost", "this_machine_only"),
    ],
)
def test_without_a_password_only_this_machine(peer: str | None, host: str, expected: Entry) -> None:
    assert entry(None, peer=peer, host=host, authorization="") == expected


@settings(deadline=None)
@given(st.text(max_size=200))
def test_no_password_but_the_right_one_opens(authorization: str) -> None:
    found = entry(
        SecretStr("a-long-random-password"), peer="127.0.0.1", host="localhost", authorization=authorization
    )
    assert found == ("wants_password" if not authorization else "wrong_password")


def test_a_password_may_hold_any_character() -> None:
    right = "mot de passe: très long"
    header = "Basic bnVsbDptb3QgZGUgcGFzc2U6IHRyw6hzIGxvbmc="
    assert entry(SecretStr(right), peer="10.0.0.9", host="x", authorization=header) == "open"


def test_the_password_comes_from_the_environment() -> None:
    assert console_password({}) is None
    assert console_password({PASSWORD: ""}) is None
    long = console_password({PASSWORD: "x" * 12})
    assert long is not None
    assert "xxx" not in repr(long)
    with pytest.raises(ConfigErrors, match="shorter than 12") as refused:
        console_password({PASSWORD: "hunter2"})
    assert "hunter2" not in str(refused.value)


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"Sec-Fetch-Site": "same-origin", "Origin": "https://anything.example"}, True),
        ({"Sec-Fetch-Site": "cross-site", "Origin": "https://tocsin.example"}, False),
        ({"Origin": "https://tocsin.example"}, True),
        ({"Origin": "https://tocsin.example.evil.example"}, False),
        ({"Origin": "http://10.0.0.7:8080", "Host": "10.0.0.7:8080"}, True),
        ({"Origin": "http://10.0.0.8:8080", "Host": "10.0.0.7:8080"}, False),
        ({"Origin": "null"}, True),
        ({}, True),
    ],
)
def test_a_change_comes_from_our_own_page(headers: dict[str, str], expected: bool) -> None:
    assert from_own_page(headers, own_origin="https://tocsin.example") is expected


def test_an_origin_has_no_path() -> None:
    assert origin_of("https://tocsin.example/behind/a/path") == "https://tocsin.example"
