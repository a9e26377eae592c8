"""Ending a process at once, when going on would lose something."""

import logging
import os
import threading
from contextlib import suppress
from typing import NoReturn, Protocol

log = logging.getLogger(__name__)

EXIT_STOPPED = 70
LAST_WORDS_S = 5.0


class End(Protocol):
    """Ends the process at once; never returns."""

    def __call__(self, why: str) -> NoReturn: ...


def end_process(why: str) -> NoReturn:
    """Leave now, without the shutdown that would commit offsets of unfinished records. Exit code 70."""
    # Whoever reads our log may have stopped reading: saying why must not keep us.
    leave = threading.Timer(LAST_WORDS_S, os._exit, [EXIT_STOPPED])
    leave.daemon = True
    with suppress(RuntimeError):  # no thread to be had: leave all the same
        leave.start()
    log.critical("stopping: %s", why)
    logging.shutdown()
    os._exit(EXIT_STOPPED)
