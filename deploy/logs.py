"""Log lines on stderr: time, level, module, message. Libraries that print URLs or payloads are kept quiet."""

import logging
import sys

QUIET = ("httpx", "httpcore", "aiokafka", "kafka", "faust", "mode", "websockets", "aiohttp.access", "asyncio")


def set_up_logs(level: str = "INFO") -> None:
    """One handler on stderr. Call once, first thing in a process."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)-7s %(name)s: %(message)s"))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
