"""Free ports on the loopback address."""

import socket

from deploy.services.ports import accepts, free_port, is_free


def test_a_port_is_free_until_something_listens_there() -> None:
    port = free_port()
    assert is_free(port)
    assert not accepts(port)
    with socket.create_server(("127.0.0.1", port)):
        assert not is_free(port)
        assert accepts(port)


def test_ports_are_below_those_of_outgoing_connections() -> None:
    assert all(15_000 <= free_port() <= 32_000 for _ in range(50))
