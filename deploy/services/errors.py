"""What can go wrong with a server that we run: it is not installed, or it did not do its work."""


class ServiceMissing(RuntimeError):
    """A program that the server needs is not on this machine; the message says what to install."""


class ServiceFailed(RuntimeError):
    """The server is installed but did not start, answer or stop; the message ends with its own last words."""
