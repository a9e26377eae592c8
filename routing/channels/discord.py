"""A Discord channel, by its webhook: an embed, nobody mentioned, its rate headers heeded."""

from typing import Any, ClassVar, Literal
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import orjson
from pydantic import SecretStr

from monitor.clock import Clock
from routing.channels.discord_embed import body_of
from routing.channels.secret_hook import HookTarget, SecretHook, hook_of, read_hook_url
from routing.channels.target import ChannelKind, Environ
from routing.http import Answer
from routing.http_outcome import outcome_of_status, retry_after_s
from routing.outcome import Ambiguous, Delivered, Outcome, RetryLater, RetryScope
from routing.page import Page


class DiscordTarget(HookTarget):
    """A Discord channel, by the URL of its webhook, which is a secret."""

    kind: Literal["discord"]


class DiscordChannel:
    """Pages through one webhook. Webhooks cannot reply: no threads."""

    kind: ClassVar[str] = "discord"
    deduplicates: ClassVar[bool] = False

    def __init__(self, hook: SecretHook) -> None:
        self.target = hook.target
        self._hook = hook
        self._free_at = hook.clock.monotonic()

    async def send(self, page: Page, *, thread: str = "", plain: bool = False) -> Outcome:
        """``thread`` is of no use here."""
        wait_s = self._free_at - self._hook.clock.monotonic()
        if wait_s > 0:  # Discord blocks whoever sends on into its limit
            return RetryLater("Discord's rate limit is used up for now", wait_s)
        return await self._hook.send(page, lambda message: body_of(message, plain=plain), self._outcome)

    async def aclose(self) -> None:
        await self._hook.aclose()

    def _outcome(self, answer: Answer, reason: str) -> Outcome:
        now = self._hook.clock.now()
        said = _object(answer)
        self._heed(answer)
        if answer.status == 200 and "id" in said:
            return Delivered(f"{said.get('channel_id', '')}/{said['id']}")
        if answer.status == 429:
            wait = str(said.get("retry_after") or answer.headers.get("retry-after", ""))
            shared = said.get("global") is True or answer.headers.get("x-ratelimit-scope") == "global"
            scope: RetryScope = "account" if shared or not said else "target"
            return RetryLater(reason, retry_after_s(wait, now), scope)
        return outcome_of_status(answer, now, reason) or Ambiguous(reason)

    def _heed(self, answer: Answer) -> None:
        """Remember when the bucket of this webhook has room again."""
        if answer.headers.get("x-ratelimit-remaining") == "0":
            wait_s = retry_after_s(answer.headers.get("x-ratelimit-reset-after", ""), self._hook.clock.now())
            self._free_at = self._hook.clock.monotonic() + wait_s


def _object(answer: Answer) -> dict[str, Any]:
    try:
        said = orjson.loads(answer.body)
    except orjson.JSONDecodeError:
        return {}
    return said if isinstance(said, dict) else {}


def build(target: DiscordTarget, *, clock: Clock, environ: Environ) -> DiscordChannel:
    return DiscordChannel(hook_of(target, _waiting(read_hook_url(target, environ)), clock))


def _waiting(url: SecretStr) -> SecretStr:
    """The URL with ``wait=true``: without it Discord reports no message that it did not keep."""
    try:
        parts = urlsplit(url.get_secret_value())
    except ValueError:
        return url  # the client says what is wrong with it
    query = [(name, value) for name, value in parse_qsl(parts.query) if name != "wait"]
    return SecretStr(urlunsplit(parts._replace(query=urlencode([*query, ("wait", "true")]))))


KIND = ChannelKind(DiscordTarget, build)
