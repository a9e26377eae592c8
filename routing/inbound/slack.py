"""Clicks on the buttons of a page in Slack: signed by Slack, answered as the person whose member id it is."""

import asyncio
import hmac
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import parse_qs, urlsplit

import orjson
from aiohttp import web
from pydantic import SecretStr
from sqlalchemy import Connection

from monitor.records import digest
from routing.channels.slack_blocks import ACKNOWLEDGE, RESOLVE, escape
from routing.http import PostingClient
from routing.inbound.answering import Caller, count, take_answer
from routing.inbound.deliveries import once, remember
from routing.inbound.directory import by_slack
from routing.inbound.gate import Gate, Keys
from routing.inbound.tokens import opened
from routing.inbound.words import Action, both, says
from routing.links import LinkSigner
from routing.settings import RoutingSettings

log = logging.getLogger(__name__)

TOLERANCE_S = 300
_ACTIONS: Mapping[str, Action] = {ACKNOWLEDGE: "acknowledge", RESOLVE: "resolve"}
_HOSTS = ("hooks.slack.com", "hooks.slack-gov.com")
_ID, _VALUE, _STAMP = 100, 2_000, 40

Tell = Callable[[str, bytes], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class Click:
    """One press of one button of ours."""

    action_id: str
    token: str
    user: str
    at: str  # Slack's own stamp of this press
    response_url: str


def is_genuine(keys: Keys, headers: Mapping[str, str], body: bytes, now: datetime) -> bool:
    """Slack's scheme v0: the very bytes, at most five minutes old."""
    stamp, given = headers.get("X-Slack-Request-Timestamp", ""), headers.get("X-Slack-Signature", "")
    base = b"v0:" + stamp.encode("utf-8", "replace") + b":" + body
    wanted = [f"v0={hmac.new(key, base, 'sha256').hexdigest()}".encode() for key in keys]
    same = [hmac.compare_digest(one, given.encode("utf-8", "replace")) for one in wanted]
    fresh = stamp.isascii() and stamp.isdigit() and len(stamp) <= 12
    return any(same) and fresh and abs(now.timestamp() - int(stamp)) <= TOLERANCE_S


def read_click(body: bytes) -> Click | None:
    """The click in a signed body; None when it is none of our buttons. One click is one action, whatever is listed."""
    try:
        form = parse_qs(body.decode(), max_num_fields=20)
        payload = orjson.loads(form["payload"][0])
        action = next(one for one in payload["actions"] if one["action_id"] in _ACTIONS)
        made = Click(
            action["action_id"],
            str(action["value"])[:_VALUE],
            str(payload["user"]["id"])[:_ID],
            str(action["action_ts"])[:_STAMP],
            str(payload.get("response_url", ""))[:_VALUE],
        )
    except (ValueError, KeyError, TypeError, IndexError, AttributeError, StopIteration):
        return None
    return made


def is_slacks(url: str) -> bool:
    """Whether an address that Slack gave leads to Slack."""
    try:
        parts = urlsplit(url)
        return parts.scheme == "https" and parts.netloc in _HOSTS
    except ValueError:
        return False


async def post(url: str, body: bytes) -> None:
    """Post to an address of Slack's."""
    client = PostingClient(SecretStr(url))
    try:
        await client.post(body, {"content-type": "application/json; charset=utf-8"})
    finally:
        await client.aclose()


class SlackClicks:
    """``POST /hooks/slack``. The answer is written down, with what it did, before Slack hears that it arrived."""

    def __init__(
        self, gate: Gate, settings: RoutingSettings, signer: LinkSigner, keys: Keys, tell: Tell = post
    ) -> None:
        self._gate = gate
        self._settings = settings
        self._signer = signer
        self._keys = keys
        self._tell = tell
        self._telling: set[asyncio.Task[None]] = set()

    async def receive(self, request: web.Request) -> web.Response:
        body = await self._gate.body(
            request, "slack", lambda raw, now: is_genuine(self._keys, request.headers, raw, now)
        )
        if isinstance(body, web.Response):
            return body
        click = read_click(body)
        if click is None:
            count("slack", "ignored")
            return web.Response()
        signature = request.headers["X-Slack-Signature"]
        said = await self._gate.transact(
            lambda connection, now: self._take(connection, now, click, signature)
        )
        if isinstance(said, web.Response):
            return said
        if said:
            self._say(click.response_url, said)
        return web.Response()

    async def aclose(self) -> None:
        """Wait for what is being told."""
        await asyncio.gather(*self._telling, return_exceptions=True)

    def _take(self, connection: Connection, now: datetime, click: Click, signature: str) -> str:
        """What the person is told; empty for a copy."""
        if not remember(connection, "slack", signature, now):
            count("slack", "copy")
            return ""
        bound = opened(self._signer, "slack", click.token, now)
        if bound is None:
            count("slack", "expired")
            return both("expired")
        press = digest(bound.incident, click.action_id, click.user, click.at)

        def work() -> str:
            person = by_slack(self._settings, click.user)
            action = _ACTIONS[click.action_id]
            caller = Caller("slack", click.user, person)
            result = take_answer(connection, caller, action, bound, now)
            if person is None:
                count("slack", "refused")
                return both("refused")
            count("slack", result.outcome)
            return says(result, action, person.language, person.time_zone)

        said, first = once(connection, "slack click", press, now, work)
        if not first:
            count("slack", "copy")
        return said if first else ""

    def _say(self, url: str, text: str) -> None:
        """Tell the person alone, at Slack's address and nowhere else."""
        if not is_slacks(url):
            return
        body = {"response_type": "ephemeral", "replace_original": False, "text": escape(text)}
        task = asyncio.create_task(self._told(url, orjson.dumps(body)))
        self._telling.add(task)
        task.add_done_callback(self._telling.discard)

    async def _told(self, url: str, body: bytes) -> None:
        try:
            await self._tell(url, body)
        except (OSError, ValueError) as error:
            log.warning("a click was taken, but its answer could not be shown: %s", type(error).__name__)
