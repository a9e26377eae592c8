"""A Slack incoming webhook: a secret URL that says ``ok`` in text. No threads, no message ids."""

from typing import ClassVar, Literal

import orjson
from pydantic import SecretStr

from monitor.clock import Clock
from monitor.secret import SecretRef
from routing.channels.slack import message_body, outcome_of_error
from routing.channels.target import ChannelKind, Environ, WebTarget, posting_client, read_header_secret
from routing.http import Answer, PostingClient
from routing.http_outcome import describe, outcome_of_status, retry_after_s, url_secrets
from routing.message_compose import compose_message
from routing.outcome import Ambiguous, Delivered, Outcome
from routing.page import Page


class SlackWebhookTarget(WebTarget):
    """A Slack incoming webhook: no threads, no updates."""

    kind: Literal["slack_webhook"]
    url: SecretRef


class SlackWebhookChannel:
    """Pages into the channel that an incoming webhook is bound to."""

    kind: ClassVar[str] = "slack_webhook"
    deduplicates: ClassVar[bool] = False

    def __init__(self, target: str, url: SecretStr, client: PostingClient, clock: Clock) -> None:
        self.target = target
        self._url = url
        self._client = client
        self._clock = clock

    async def send(self, page: Page, *, thread: str = "", plain: bool = False) -> Outcome:
        """``thread`` is of no use here: incoming webhooks cannot reply."""
        message = compose_message(page, self._clock.now())
        body = orjson.dumps(message_body(message, plain=plain))
        answer = await self._client.post(body, {"content-type": "application/json; charset=utf-8"})
        return self._outcome(answer) if isinstance(answer, Answer) else answer

    async def aclose(self) -> None:
        await self._client.aclose()

    def _outcome(self, answer: Answer) -> Outcome:
        now = self._clock.now()
        reason = describe(answer, url_secrets(self._url.get_secret_value()))
        word = answer.body[:100].decode("utf-8", "replace").strip()
        if 200 <= answer.status < 300:
            return Delivered() if word == "ok" else Ambiguous(reason)
        if answer.status in (400, 403, 404, 410) and word.isidentifier():
            dead = answer.status != 400
            wait_s = retry_after_s(answer.headers.get("retry-after", ""), now)
            return outcome_of_error("no_service" if dead else word, reason, wait_s)
        return outcome_of_status(answer, now, reason) or Ambiguous(reason)


def build(target: SlackWebhookTarget, *, clock: Clock, environ: Environ) -> SlackWebhookChannel:
    url = read_header_secret(target.url, "url", environ)
    client = posting_client(url, target)
    return SlackWebhookChannel(target.name, url, client, clock)


KIND = ChannelKind(SlackWebhookTarget, build)
