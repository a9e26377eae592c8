import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.addresses import is_public_address


@pytest.mark.parametrize(
    "address", ["1.1.1.1", "8.8.8.8", "2606:4700:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"]
)
def test_addresses_of_the_public_internet_are_public(address: str) -> None:
    assert is_public_address(address)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",  # noqa: S104 - an address to judge, nothing is bound
        "255.255.255.255",
        "224.0.0.1",
        "::",
        "::1",
        "fe80::1%eth0",
        "fc00::1",
        "ff02::1",
        "::ffff:127.0.0.1",
        "::ffff:169.254.169.254",
        "64:ff9b::7f00:1",
        "2002:7f00:1::",
        "2002:a9fe:a9fe::",
        "",
        "localhost",
        "127.1",
        "0x7f000001",
        "2130706433",
        "1.1.1.1.",
        "１.1.1.1",
    ],
)
def test_everything_else_is_not(address: str) -> None:
    assert not is_public_address(address)


@given(st.ip_addresses(v=4))
def test_an_embedded_ipv4_address_is_judged_like_itself(address: ipaddress.IPv4Address) -> None:
    assert is_public_address(f"::ffff:{address}") <= is_public_address(str(address))
    assert is_public_address(f"64:ff9b::{address}") <= is_public_address(str(address))


@given(st.text(max_size=40))
def test_no_text_breaks_it(text: str) -> None:
    assert is_public_address(text) in {True, False}
