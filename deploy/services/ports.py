"""Free TCP ports on the loopback address."""

import random
import socket

LOOPBACK = "127.0.0.1"
# Below the range that the kernel gives to outgoing connections (32768 and up): while a server is down, a client
# that keeps trying to reconnect could otherwise be given the server's own port, and connect to itself.
_LOWEST, _HIGHEST = 15_000, 32_000
_TRIES = 200


def is_free(port: int) -> bool:
    """Tell whether a server could listen on 127.0.0.1:`port` now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def accepts(port: int) -> bool:
    """Tell whether something accepts connections on 127.0.0.1:`port` now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.settimeout(1)
        return probe.connect_ex((LOOPBACK, port)) == 0


def free_port() -> int:
    """Return a port that nothing listens on, different from process to process so that parallel runs do not meet."""
    choose = random.SystemRandom()
    for _ in range(_TRIES):
        port = choose.randint(_LOWEST, _HIGHEST)
        if is_free(port):
            return port
    raise OSError(f"no free TCP port found between {_LOWEST} and {_HIGHEST} on {LOOPBACK}")
