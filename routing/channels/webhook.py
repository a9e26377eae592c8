"""A signed webhook (Standard Webhooks): the page as JSON, described in docs/webhook.md."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, ClassVar, Literal

import orjson
from pydantic import SecretStr

from monitor.clock import Clock
from monitor.records import Mention, digest
from monitor.secret import SecretRef, read_secret
from routing.channels.standard_webhooks import decode_secret, signed_headers
from routing.channels.target import ChannelKind, Environ, WebTarget, posting_client, read_header_secret
from routing.http import Answer, PostingClient
from routing.http_outcome import describe, outcome_of_status, url_secrets
from routing.message import Message
from routing.message_compose import compose_message
from routing.message_text import full_text, short_text
from routing.outcome import Delivered, Outcome
from routing.page import Page
from routing.untrusted import Untrusted, defang, inert, inert_line, truncate, utf8_size

MAX_BODY = 18_000  # bytes; the specification asks to stay below 20 KB
_EXCERPT = 1_000
_TEXT_BYTES = 9_000


class WebhookTarget(WebTarget):
    """A signed webhook (Standard Webhooks)."""

    kind: Literal["webhook"]
    url: SecretRef
    secret: SecretRef
    previous_secret: SecretRef | None = None  # both sign while a secret is being rotated


class WebhookChannel:
    """Pages to a receiver of your own. The page's id lets it drop repeats, so resending is always safe."""

    kind: ClassVar[str] = "webhook"
    deduplicates: ClassVar[bool] = True

    def __init__(
        self,
        target: str,
        url: SecretStr,
        keys: Sequence[bytes],
        client: PostingClient,
        clock: Clock,
    ) -> None:
        self.target = target
        self._url = url
        self._keys = tuple(keys)
        self._client = client
        self._clock = clock

    async def send(self, page: Page, *, thread: str = "", plain: bool = False) -> Outcome:
        """``thread`` is of no use here: the body names the incident."""
        now = self._clock.now()
        message = compose_message(page, page.receipt.queued_at)  # the same bytes on every retry
        body = body_of(page, message, plain=plain)
        webhook_id = page.id if "." not in page.id and page.id.isascii() else digest(page.id)
        headers = signed_headers(self._keys, webhook_id, int(now.timestamp()), body)
        answer = await self._client.post(body, {**headers, "content-type": "application/json"})
        if not isinstance(answer, Answer):
            return answer
        reason = describe(answer, url_secrets(self._url.get_secret_value()))
        return outcome_of_status(answer, now, reason) or Delivered(webhook_id)

    async def aclose(self) -> None:
        await self._client.aclose()


def build(target: WebhookTarget, *, clock: Clock, environ: Environ) -> WebhookChannel:
    url = read_header_secret(target.url, "url", environ)
    secrets = [target.secret, *([target.previous_secret] if target.previous_secret else [])]
    keys = [decode_secret(read_secret(secret, environ).get_secret_value()) for secret in secrets]
    client = posting_client(url, target)
    return WebhookChannel(target.name, url, keys, client, clock)


KIND = ChannelKind(WebhookTarget, build)


def body_of(page: Page, message: Message, *, plain: bool) -> bytes:
    """The body to sign and post, at most 18,000 bytes of UTF-8."""
    text = short_text(message) if plain else full_text(message)
    data = _incident(page, message)
    if not plain:
        data |= {"post": _post(page.reading.mention, page), "story": _story(page), "receipt": _receipt(page)}
    event = {"type": f"page.{page.transition}", "timestamp": _time(page.receipt.queued_at), "data": data}
    data["text"] = truncate(text, _TEXT_BYTES, utf8_size)
    body = orjson.dumps(event)
    while len(body) > MAX_BODY and data["text"]:
        over = len(body) - MAX_BODY
        data["text"] = truncate(data["text"], max(0, utf8_size(data["text"]) - over - 200), utf8_size)
        body = orjson.dumps(event)
    return body


def _incident(page: Page, message: Message) -> dict[str, Any]:
    return {
        "page": page.id,
        "incident": page.incident,
        "incident_label": page.incident_label,
        "cycle": page.cycle,
        "sequence": page.sequence,
        "transition": page.transition,
        "department": page.department,
        "severity": page.severity,
        "brand": page.brand,
        "person": page.person,
        "language": page.language,
        "headline": message.headline,
        "clause": page.clause.id,
        "playbook": {"version": page.playbook.version, "sha256": page.playbook.sha256},
        "measure": page.clause.ladder[min(page.ladder_step, len(page.clause.ladder) - 1)].measure,
        "step": page.step,
        "steps": page.steps,
        "escalates_at": _time(page.escalates_at) if page.escalates_at else None,
        "link": message.link,
        "possible_duplicate": page.possible_duplicate,
    }


def _post(mention: Mention, page: Page) -> dict[str, Any]:
    author = mention.author
    return {
        "id": inert_line(Untrusted(mention.id), 300),
        "source": mention.source,
        "url_defanged": defang(Untrusted(mention.url or "")),
        "author": inert_line(Untrusted(author.handle or author.name), 200),
        "followers": author.followers,
        "excerpt": inert(Untrusted(mention.full_text), _EXCERPT),
        "language": page.reading.language,
        "sentiment": page.reading.sentiment.label,
        "sentiment_uncertain": page.reading.sentiment.abstain,
        "topics": [inert_line(Untrusted(hit.topic), 100) for hit in page.reading.topics[:20]],
    }


def _story(page: Page) -> dict[str, Any]:
    story = page.story
    return {
        "id": story.id,
        "mentions": story.mentions,
        "authors": story.authors,
        "reach": story.reach,
        "authors_of_unknown_reach": story.authors_of_unknown_reach,
        "mentions_last_5_min": story.mentions_last_5_min,
        "mentions_last_60_min": story.mentions_last_60_min,
        "negative_share": story.negative_share,
    }


def _receipt(page: Page) -> dict[str, Any]:
    receipt = page.receipt
    return {
        "created_at": _time(receipt.created_at),
        "fetched_at": _time(receipt.fetched_at),
        "read_at": _time(receipt.read_at),
        "found_at": _time(receipt.found_at),
        "queued_at": _time(receipt.queued_at),
    }


def _time(value: datetime) -> str:
    return value.isoformat()
