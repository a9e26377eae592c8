"""A topic of ntfy: a notification on a phone, its priority by severity, one tap from the personal link."""

from typing import Any, ClassVar, Literal

import orjson
from pydantic import SecretStr

from monitor.clock import Clock
from monitor.records import Severity
from monitor.secret import SecretRef
from routing.channels.target import ChannelKind, Environ, WebTarget, posting_client, read_header_secret
from routing.http import Answer, PostingClient
from routing.http_outcome import describe, outcome_of_status, retry_after_s
from routing.message import Message
from routing.message_compose import compose_message
from routing.message_text import short_quote
from routing.outcome import Ambiguous, Delivered, Outcome, RetryLater
from routing.page import Page
from routing.untrusted import truncate, utf8_size

MAX_MESSAGE = 3_900  # bytes: a longer one than 4,096 silently becomes an attachment
MAX_TITLE = 240  # bytes
PRIORITY: dict[Severity, int] = {"info": 2, "warning": 4, "critical": 5}  # of 5; 3 is the usual one
_TAG: dict[Severity, str] = {"info": "information_source", "warning": "warning", "critical": "rotating_light"}
_LABEL = 60
_LINE = 400
_SECTION = 900
_DAY_IS_USED_UP, _LONG_S = 42908, 900.0


class NtfyTarget(WebTarget):
    """A topic of ntfy. On a server without accounts whoever knows the topic reads it: the topic is a secret."""

    kind: Literal["ntfy"]
    topic: SecretRef
    url: str = "https://ntfy.sh"
    token: SecretRef | None = None
    button: bool = True  # beside the tap on the notification itself


class NtfyChannel:
    """Pages to one topic. A notification cannot reply: no threads."""

    kind: ClassVar[str] = "ntfy"
    deduplicates: ClassVar[bool] = False

    def __init__(
        self,
        target: str,
        topic: SecretStr,
        token: SecretStr | None,
        client: PostingClient,
        clock: Clock,
        *,
        button: bool,
    ) -> None:
        self.target = target
        self._topic = topic
        self._token = token
        self._client = client
        self._clock = clock
        self._button = button

    async def send(self, page: Page, *, thread: str = "", plain: bool = False) -> Outcome:
        """``thread`` is of no use here."""
        message = compose_message(page, self._clock.now())
        note = notification(message, plain=plain, button=self._button)
        body = orjson.dumps({"topic": self._topic.get_secret_value(), **note})
        headers = {"content-type": "application/json"}
        if self._token:
            headers["authorization"] = f"Bearer {self._token.get_secret_value()}"
        answer = await self._client.post(body, headers)
        return self._outcome(answer) if isinstance(answer, Answer) else answer

    async def aclose(self) -> None:
        await self._client.aclose()

    def _outcome(self, answer: Answer) -> Outcome:
        now = self._clock.now()
        secrets = [self._topic, *([self._token] if self._token else [])]
        reason = describe(answer, [secret.get_secret_value() for secret in secrets])
        said = _object(answer)
        if answer.status == 200 and said.get("event", "message") == "message" and said.get("id"):
            return Delivered(str(said["id"]))
        if answer.status == 429 and said.get("code") == _DAY_IS_USED_UP:
            return RetryLater(reason, _LONG_S, "account")
        if answer.status == 429:
            return RetryLater(reason, retry_after_s(answer.headers.get("retry-after", ""), now), "account")
        return outcome_of_status(answer, now, reason) or Ambiguous(reason)


def notification(message: Message, *, plain: bool, button: bool) -> dict[str, Any]:
    """The notification without its topic. Plain text: ntfy has no markup unless it is asked for."""
    informed = message.transition == "informed"
    note: dict[str, Any] = {
        "title": truncate(f"{message.mark} {message.headline}", MAX_TITLE, utf8_size),
        "message": truncate("\n".join(_lines(message, plain=plain)), MAX_MESSAGE, utf8_size),
        "priority": PRIORITY["info" if informed else message.severity],
        "tags": [_TAG[message.severity], message.department],
    }
    if message.link:
        note["click"] = message.link
        if button and not plain:
            label = truncate(message.link_label, _LABEL)
            note["actions"] = [{"action": "view", "label": label, "url": message.link, "clear": True}]
    return note


def _lines(message: Message, *, plain: bool) -> list[str]:
    lines: list[str] = [truncate(line, _LINE, utf8_size) for line in message.lead]
    said = message.section("said")
    opening, closing = message.quotes
    if said:
        lines += ["", f"{opening}{truncate(short_quote(said), _SECTION, utf8_size)}{closing}"]
    if plain:
        return lines
    for section in (message.section("now"), message.section("growth"), message.section("statement")):
        if section:
            facts = "\n".join(f"{fact.label}{message.colon}{fact.value}" for fact in section.facts[:4])
            text = "\n".join(part for part in (section.quote, facts) if part)
            lines += ["", section.title.upper(), truncate(text, _SECTION, utf8_size)]
    return lines


def _object(answer: Answer) -> dict[str, Any]:
    try:
        said = orjson.loads(answer.body)
    except orjson.JSONDecodeError:
        return {}
    return said if isinstance(said, dict) else {}


def build(target: NtfyTarget, *, clock: Clock, environ: Environ) -> NtfyChannel:
    topic = read_header_secret(target.topic, "topic", environ)
    name = topic.get_secret_value()
    if not 1 <= len(name) <= 64 or not name.replace("-", "").replace("_", "").isalnum():
        raise ValueError("the secret of topic is no topic: letters, digits, - and _, at most 64")
    token = read_header_secret(target.token, "token", environ) if target.token else None
    url = SecretStr(f"{target.url.rstrip('/')}/")
    client = posting_client(url, target)
    return NtfyChannel(target.name, topic, token, client, clock, button=target.button)


KIND = ChannelKind(NtfyTarget, build)
