"""A Slack incoming webhook: a secret URL that says ``ok`` in text. No threads, no message ids."""

from typing import ClassVar, Literal

from monitor.clock import Clock
from routing.channels.secret_hook import HookTarget, SecretHook, hook_of, read_hook_url
from routing.channels.slack import message_body, outcome_of_error
from routing.channels.target import ChannelKind, Environ
from routing.http import Answer
from routing.http_outcome import outcome_of_status, retry_after_s
from routing.outcome import Ambiguous, Delivered, Outcome
from routing.page import Page

CHARSET = "application/json; charset=utf-8"


class SlackWebhookTarget(HookTarget):
    """A Slack incoming webhook: no threads, no updates."""

    kind: Literal["slack_webhook"]


class SlackWebhookChannel:
    """Pages into the channel that an incoming webhook is bound to."""

    kind: ClassVar[str] = "slack_webhook"
    deduplicates: ClassVar[bool] = False

    def __init__(self, hook: SecretHook) -> None:
        self.target = hook.target
        self._hook = hook

    async def send(self, page: Page, *, thread: str = "", plain: bool = False) -> Outcome:
        """``thread`` is of no use here: incoming webhooks cannot reply."""
        return await self._hook.send(page, lambda message: message_body(message, plain=plain), self._outcome)

    async def aclose(self) -> None:
        await self._hook.aclose()

    def _outcome(self, answer: Answer, reason: str) -> Outcome:
        now = self._hook.clock.now()
        word = answer.body[:100].decode("utf-8", "replace").strip()
        if 200 <= answer.status < 300:
            return Delivered() if word == "ok" else Ambiguous(reason)
        if answer.status in (400, 403, 404, 410) and word.isidentifier():
            dead = answer.status != 400
            wait_s = retry_after_s(answer.headers.get("retry-after", ""), now)
            return outcome_of_error("no_service" if dead else word, reason, wait_s)
        return outcome_of_status(answer, now, reason) or Ambiguous(reason)


def build(target: SlackWebhookTarget, *, clock: Clock, environ: Environ) -> SlackWebhookChannel:
    return SlackWebhookChannel(hook_of(target, read_hook_url(target, environ), clock, CHARSET))


KIND = ChannelKind(SlackWebhookTarget, build)
