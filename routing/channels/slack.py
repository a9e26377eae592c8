"""A Slack channel, by an app's bot token: threads, errors in a 200 body, the first message marked when answered."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar, Literal

import orjson
from pydantic import SecretStr

from monitor.clock import Clock
from monitor.records import ShortText
from monitor.secret import SecretRef
from routing.channels.closing import Answered, Ending, ending_line
from routing.channels.slack_blocks import blocks, fallback_text, marked, plain_text
from routing.channels.target import ChannelKind, Environ, WebTarget, posting_client, read_header_secret
from routing.http import Answer, PostingClient
from routing.http_outcome import describe, outcome_of_status, retry_after_s
from routing.message import Message
from routing.message_compose import compose_message
from routing.outcome import Ambiguous, DeadTarget, Delivered, Outcome, RejectedPayload, RetryLater
from routing.page import Page

_LATER = frozenset({"ratelimited", "rate_limited", "service_unavailable", "team_added_to_org"})
_MAYBE_DONE = frozenset({"fatal_error", "internal_error", "request_timeout"})
_DEAD = frozenset(
    {
        "access_denied",
        "account_inactive",
        "channel_is_archived",
        "channel_not_found",
        "ekm_access_denied",
        "enterprise_is_restricted",
        "invalid_auth",
        "invalid_token",
        "is_archived",
        "missing_scope",
        "no_permission",
        "no_service",
        "not_allowed_token_type",
        "not_authed",
        "not_in_channel",
        "org_login_required",
        "team_access_not_granted",
        "token_expired",
        "token_revoked",
        "user_not_found",
    }
)


class SlackApiTarget(WebTarget):
    """A Slack channel, posted to by an app's bot token (chat.postMessage)."""

    kind: Literal["slack"]
    channel: ShortText
    token: SecretRef
    api_url: str = "https://slack.com/api"

    @property
    def private(self) -> bool:
        """A user's id, or that of a direct conversation; channels and names of any kind are shared."""
        return self.channel.startswith(("U", "D")) and self.channel.isalnum() and self.channel.isupper()


class SlackChannel:
    """Pages into one Slack channel. Later pages of an incident go into the thread of the first.

    A thread is the channel's id and the first message's time stamp: updating needs the id, not the name.
    """

    kind: ClassVar[str] = "slack"
    deduplicates: ClassVar[bool] = False

    def __init__(
        self,
        target: str,
        channel: str,
        token: SecretStr,
        client: PostingClient,
        updates: PostingClient,
        clock: Clock,
    ) -> None:
        self.target = target
        self._channel = channel
        self._token = token
        self._client = client
        self._updates = updates
        self._clock = clock

    async def send(self, page: Page, *, thread: str = "", plain: bool = False) -> Outcome:
        message = compose_message(page, self._clock.now())
        body = self._body(message, "" if plain else thread, plain, page.answer.slack)
        answer = await self._client.post(orjson.dumps(body), self._headers())
        if not isinstance(answer, Answer):
            return answer
        return self._outcome(answer, thread if "thread_ts" in body else "")

    async def acknowledged(self, answered: Answered) -> Outcome:
        """The first message says who answered, so that nobody else wonders."""
        return await self._mark(answered, "acknowledged")

    async def resolved(self, answered: Answered) -> Outcome:
        """The first message says that it is over."""
        return await self._mark(answered, "resolved")

    async def aclose(self) -> None:
        await self._client.aclose()
        await self._updates.aclose()

    async def _mark(self, answered: Answered, ending: Ending) -> Outcome:
        channel, _, stamp = answered.thread.rpartition("/")
        if not channel:
            return Delivered()  # nothing of this incident was confirmed here
        body = {
            "channel": channel,
            "ts": stamp,
            "attachments": [marked(ending_line(answered, ending), ending)],
        }
        answer = await self._updates.post(orjson.dumps(body), self._headers())
        return self._outcome(answer, answered.thread) if isinstance(answer, Answer) else answer

    def _headers(self) -> dict[str, str]:
        return {
            "authorization": f"Bearer {self._token.get_secret_value()}",
            "content-type": "application/json; charset=utf-8",
        }

    def _body(self, message: Message, thread: str, plain: bool, token: str) -> dict[str, Any]:
        body = {"channel": self._channel, **message_body(message, plain=plain, token=token)}
        if thread:
            body["thread_ts"] = thread.rpartition("/")[2]
            # A reply alone would stay folded away: what asks somebody to act shows in the channel too.
            body["reply_broadcast"] = message.transition != "informed"
        return body

    def _outcome(self, answer: Answer, thread: str) -> Outcome:
        now = self._clock.now()
        reason = describe(answer, [self._token.get_secret_value()])
        said = _json_object(answer)
        if said is not None and said.get("ok") is True and 200 <= answer.status < 300:
            message = f"{said.get('channel', '')}/{said.get('ts', '')}"
            return Delivered(message, thread or message)
        if said is not None and isinstance(said.get("error"), str) and answer.status < 500:
            return outcome_of_error(said["error"], reason, _wait_s(answer, said, now))
        if answer.status == 429:
            return RetryLater(reason, _wait_s(answer, said or {}, now))
        return outcome_of_status(answer, now, reason) or Ambiguous(reason)


def build(target: SlackApiTarget, *, clock: Clock, environ: Environ) -> SlackChannel:
    token = read_header_secret(target.token, "token", environ)
    posting, updating = (
        posting_client(SecretStr(f"{target.api_url.rstrip('/')}/{method}"), target)
        for method in ("chat.postMessage", "chat.update")
    )
    return SlackChannel(target.name, target.channel, token, posting, updating, clock)


KIND = ChannelKind(SlackApiTarget, build)


def message_body(message: Message, *, plain: bool, token: str = "") -> dict[str, Any]:
    """The part of a request that both ways into Slack share. ``token`` puts buttons under it that answer."""
    body: dict[str, Any] = {
        "text": plain_text(message) if plain else fallback_text(message),
        "parse": "none",
        "link_names": False,
        "unfurl_links": False,
        "unfurl_media": False,
    }
    if not plain:
        body["blocks"] = blocks(message, token)
    return body


def outcome_of_error(error: str, reason: str, wait_s: float) -> Outcome:
    """What one of Slack's error words means. A word that is not known counts against the content."""
    if error in _LATER:
        return RetryLater(reason, wait_s)
    if error in _MAYBE_DONE:
        return Ambiguous(reason)
    if error in _DEAD or error.startswith(("restricted_action", "action_prohibited")):
        return DeadTarget(reason)
    return RejectedPayload(reason)


def _wait_s(answer: Answer, said: Mapping[str, Any], now: datetime) -> float:
    return retry_after_s(answer.headers.get("retry-after") or str(said.get("retry_after", "")), now)


def _json_object(answer: Answer) -> dict[str, Any] | None:
    try:
        said = orjson.loads(answer.body)
    except orjson.JSONDecodeError:
        return None
    return said if isinstance(said, dict) else None
