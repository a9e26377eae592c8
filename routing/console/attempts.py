"""Counts what a client address got wrong, within bounded memory. Pure: the time is an argument."""

import ipaddress
from collections import OrderedDict
from datetime import datetime, timedelta


class Attempts:
    """At most ``limit`` failures per address and window; then the address has to wait for the window's end.

    The oldest addresses are forgotten when more than ``max_clients`` are remembered, so that a flood of addresses
    costs no memory. IPv6 addresses count by /64, because one subscriber has a whole one.
    """

    def __init__(
        self, limit: int = 20, window: timedelta = timedelta(minutes=1), max_clients: int = 10_000
    ) -> None:
        self._limit = limit
        self._window = window
        self._max_clients = max_clients
        self._failures: OrderedDict[str, tuple[datetime, int]] = OrderedDict()

    def failed(self, client: str, now: datetime) -> None:
        """Count one failure of an address."""
        key = network_of(client)
        since, count = self._failures.pop(key, (now, 0))
        if now - since >= self._window:
            since, count = now, 0
        self._failures[key] = (since, count + 1)
        if len(self._failures) > self._max_clients:
            self._failures.popitem(last=False)

    def wait_s(self, client: str, now: datetime) -> float:
        """Seconds until an address may be wrong again; 0 when it may now."""
        since, count = self._failures.get(network_of(client), (now, 0))
        left = (since + self._window - now).total_seconds()
        return left if count >= self._limit and left > 0 else 0.0

    def __len__(self) -> int:
        return len(self._failures)


def network_of(client: str) -> str:
    """What counts as one client: an IPv4 address, or an IPv6 /64."""
    try:
        address = ipaddress.ip_address(client.partition("%")[0])
    except ValueError:
        return client[:100]
    if isinstance(address, ipaddress.IPv4Address):
        return str(address)
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(ipaddress.ip_network((int(address), 64), strict=False))
