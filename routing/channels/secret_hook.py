"""What chats share that take a message as JSON at one secret URL: what is written and judged is each one's own."""

from collections.abc import Callable, Mapping
from typing import Any

import orjson
from pydantic import SecretStr

from monitor.clock import Clock
from monitor.secret import SecretRef
from routing.channels.target import Environ, WebTarget, posting_client, read_header_secret
from routing.http import Answer, PostingClient
from routing.http_outcome import describe, url_secrets
from routing.message import Message
from routing.message_compose import compose_message
from routing.outcome import Outcome
from routing.page import Page

JSON = "application/json"

Write = Callable[[Message], Mapping[str, Any]]
Judge = Callable[[Answer, str], Outcome]  # the answer, and a reason that may be shown


class HookTarget(WebTarget):
    """A target whose URL, as a whole, is the secret."""

    url: SecretRef


class SecretHook:
    """Posts one message for each page. No reason that it gives shows any telling part of the URL."""

    def __init__(
        self,
        target: str,
        url: SecretStr,
        client: PostingClient,
        clock: Clock,
        content_type: str = JSON,
    ) -> None:
        self.target = target
        self.clock = clock
        self._url = url
        self._client = client
        self._content_type = content_type

    async def send(self, page: Page, write: Write, judge: Judge) -> Outcome:
        """Posts what ``write`` makes of the page; ``judge`` says what the answer means, when there is one."""
        body = orjson.dumps(write(compose_message(page, self.clock.now())))
        answer = await self._client.post(body, {"content-type": self._content_type})
        if not isinstance(answer, Answer):
            return answer
        return judge(answer, describe(answer, url_secrets(self._url.get_secret_value())))

    async def aclose(self) -> None:
        await self._client.aclose()


def read_hook_url(target: HookTarget, environ: Environ) -> SecretStr:
    """The URL of a target. Raises ValueError that names the field and not the secret."""
    return read_header_secret(target.url, "url", environ)


def hook_of(target: HookTarget, url: SecretStr, clock: Clock, content_type: str = JSON) -> SecretHook:
    """The hook of a target at ``url``. Raises ValueError for a URL that it must not talk to."""
    return SecretHook(target.name, url, posting_client(url, target), clock, content_type)
