"""A hundred more services through apprise, for what only informs. Never for a page that asks somebody to act.

Apprise gives no status, no message id and no wait, follows its own ideas of retrying, and shares its threads among
all targets. So each target has a worker process of its own, which is ended when an attempt takes too long.
"""

import asyncio
import importlib.util
import os
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from pathlib import Path
from typing import Any, ClassVar, Literal

import orjson
from pydantic import SecretStr

from monitor.clock import Clock
from monitor.secret import SecretRef
from routing.channels.target import ChannelKind, Environ, Target, read_header_secret
from routing.message import Message
from routing.message_compose import compose_message
from routing.message_text import full_text, short_text
from routing.outcome import Ambiguous, DeadTarget, Delivered, Outcome, RetryLater
from routing.page import Page
from routing.untrusted import truncate, utf16_size

MAX_TITLE = 200  # UTF-16 units
MAX_BODY = 1_800  # UTF-16 units: what the smallest of the usual chats takes
DEADLINE_S = 8.0
_BUSY_S = 5.0
_WORKER = Path(__file__).with_name("apprise_worker.py")
# No proxies, no secrets of other targets: what a process needs to start and to verify certificates.
_PASSED_ON = ("PATH", "PYTHONPATH", "LANG", "LC_ALL", "SSL_CERT_FILE", "SSL_CERT_DIR", "SYSTEMROOT")


class AppriseTarget(Target):
    """A service that apprise knows, by its URL, which is a secret."""

    kind: Literal["apprise"]
    url: SecretRef


class AppriseChannel:
    """Sends what informs. A page that asks somebody to act is answered with DeadTarget: the next target takes it."""

    kind: ClassVar[str] = "apprise"
    deduplicates: ClassVar[bool] = False

    def __init__(self, target: str, url: SecretStr, clock: Clock) -> None:
        self.target = target
        self._url = url
        self._clock = clock
        self._turn = asyncio.Lock()  # one notification at a time: whoever waits too long comes again later
        self._worker: Process | None = None
        self._ending: set[asyncio.Task[int]] = set()

    async def send(self, page: Page, *, thread: str = "", plain: bool = False) -> Outcome:
        """``thread`` is of no use here: apprise gives no message ids."""
        if page.severity != "info" and page.transition != "informed":
            return DeadTarget("apprise only informs: a page that asks somebody to act needs another target")
        note = note_of(compose_message(page, self._clock.now()), plain=plain)
        outcome: Outcome = RetryLater("apprise is still busy with an earlier notification", _BUSY_S)
        try:
            async with asyncio.timeout(DEADLINE_S), self._turn:
                outcome = Ambiguous("no answer of apprise in time")
                outcome = await self._ask(note)
        except TimeoutError:
            pass
        except (OSError, ValueError) as error:
            outcome = Ambiguous(f"the process of apprise ended: {type(error).__name__}")
        return outcome

    async def aclose(self) -> None:
        self._end()
        await asyncio.gather(*self._ending)

    async def _ask(self, note: dict[str, str]) -> Outcome:
        try:
            if self._worker is None or self._worker.returncode is not None:
                self._worker = await _started()
                if not (await _answer(self._worker, {"url": self._url.get_secret_value()})).get("known"):
                    self._end()
                    return DeadTarget("apprise cannot read the URL")
            sent = (await _answer(self._worker, note)).get("sent") is True
        except BaseException:
            self._end()
            raise
        # Its no may be a yes that got lost, and it does not say which.
        return Delivered() if sent else Ambiguous("apprise says that it was not sent, and no more")

    def _end(self) -> None:
        """End the worker now, whatever it is doing."""
        worker, self._worker = self._worker, None
        if worker is not None and worker.returncode is None:
            worker.kill()
            ending = asyncio.get_running_loop().create_task(worker.wait())
            self._ending.add(ending)
            ending.add_done_callback(self._ending.discard)


def note_of(message: Message, *, plain: bool) -> dict[str, str]:
    """Title and body as plain text."""
    text = short_text(message) if plain else full_text(message)
    title = truncate(f"{message.mark} {message.subject}", MAX_TITLE, utf16_size)
    return {"title": title, "body": truncate(text, MAX_BODY, utf16_size)}


async def _started() -> Process:
    environ = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    # -P: the worker's own folder has modules with the names of standard ones.
    return await asyncio.create_subprocess_exec(
        sys.executable, "-P", str(_WORKER), stdin=PIPE, stdout=PIPE, stderr=DEVNULL, env=environ
    )


async def _answer(worker: Process, line: dict[str, str]) -> dict[str, Any]:
    """What the worker says to one line. Raises OSError or ValueError when it has ended."""
    if worker.stdin is None or worker.stdout is None:
        raise OSError("the worker has no pipes")
    worker.stdin.write(orjson.dumps(line) + b"\n")
    await worker.stdin.drain()
    said = orjson.loads(await worker.stdout.readline())
    return said if isinstance(said, dict) else {}


def build(target: AppriseTarget, *, clock: Clock, environ: Environ) -> AppriseChannel:
    if importlib.util.find_spec("apprise") is None:
        raise ValueError("apprise is not installed: pip install 'tocsin[apprise]'")
    url = read_header_secret(target.url, "url", environ)
    if "redirect=" in url.get_secret_value().lower():
        raise ValueError("the URL of apprise sets redirect: take it out, redirects are never followed")
    return AppriseChannel(target.name, url, clock)


KIND = ChannelKind(AppriseTarget, build)
