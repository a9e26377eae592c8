"""Counting failures by address, in bounded memory."""

from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from routing.console.attempts import Attempts, network_of

START = datetime(2026, 3, 14, 3, 0, tzinfo=UTC)


def test_an_address_waits_for_the_end_of_its_window() -> None:
    attempts = Attempts(limit=3, window=timedelta(seconds=60))
    for second in range(3):
        assert attempts.wait_s("192.0.2.1", START + timedelta(seconds=second)) == 0
        attempts.failed("192.0.2.1", START + timedelta(seconds=second))
    assert attempts.wait_s("192.0.2.1", START + timedelta(seconds=10)) == 50
    assert attempts.wait_s("192.0.2.2", START + timedelta(seconds=10)) == 0
    assert attempts.wait_s("192.0.2.1", START + timedelta(seconds=60)) == 0


def test_a_new_window_counts_anew() -> None:
    attempts = Attempts(limit=2, window=timedelta(seconds=60))
    for second in (0, 1, 61):
        attempts.failed("192.0.2.1", START + timedelta(seconds=second))
    assert attempts.wait_s("192.0.2.1", START + timedelta(seconds=62)) == 0


@settings(deadline=None)
@given(st.lists(st.ip_addresses(v=4), min_size=1, max_size=60))
def test_memory_is_bounded(addresses: list[object]) -> None:
    attempts = Attempts(max_clients=5)
    for address in addresses:
        attempts.failed(str(address), START)
    assert len(attempts) <= 5


def test_an_ipv6_subscriber_is_one_client() -> None:
    assert network_of("2001:db8:1:2::1") == network_of("2001:db8:1:2:ffff::9%eth0")
    assert network_of("2001:db8:1:2::1") != network_of("2001:db8:1:3::1")
    assert network_of("::ffff:192.0.2.1") == network_of("192.0.2.1")
    assert network_of("a unix socket") == "a unix socket"
