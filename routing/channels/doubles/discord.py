"""A Discord on loopback: one webhook with its limits, its rate headers, and messages as people see them."""

from collections import deque
from typing import Any
from urllib.parse import parse_qs, urlsplit

import orjson

from monitor.clock import Clock
from routing.channels.doubles.http import HttpDouble, Received, Reply
from routing.channels.doubles.markdown import read_markdown

TOKEN = "canary-discord-token"  # noqa: S105 - the double's own, good for nothing else
HOOK_PATH = f"/api/webhooks/1180000000000000001/{TOKEN}"

_PER_BUCKET, _BUCKET_S = 5, 2.0
_EMBED = {"title": 256, "description": 4_096}


class DiscordDouble(HttpDouble):
    """Keeps each message it takes. With a clock, five messages in two seconds, as the headers announce."""

    def __init__(self, *, clock: Clock | None = None) -> None:
        super().__init__()
        self.messages: list[dict[str, Any]] = []
        self._clock = clock
        self._times: deque[float] = deque()
        self._shown: list[str] = []
        self._live: list[str] = []

    @property
    def hook_url(self) -> str:
        return f"{self.url}{HOOK_PATH}"

    @property
    def shown(self) -> list[str]:
        return self._shown

    @property
    def live(self) -> list[str]:
        return self._live

    def answer(self, request: Received) -> Reply:
        parts = urlsplit(request.path)
        if parts.path != HOOK_PATH:
            return Reply(404, b'{"message": "Unknown Webhook", "code": 10015}')
        headers, wait_s = self._rate()
        if wait_s:
            body = {"message": "You are being rate limited.", "retry_after": wait_s, "global": False}
            return Reply(429, orjson.dumps(body), {**headers, "retry-after": str(int(wait_s) + 1)})
        fault = message_fault(request.body)
        waits = parse_qs(parts.query).get("wait") == ["true"]
        if fault:
            error = orjson.dumps({"message": "Invalid Form Body", "code": 50035, "errors": fault})
            return Reply(400, error, headers) if waits else Reply(204, headers=headers)
        self._keep(orjson.loads(request.body))
        if not waits:
            return Reply(204, headers=headers)
        body = {"id": str(len(self.messages)), "channel_id": "1180000000000000002"}
        return Reply(200, orjson.dumps(body), headers)

    def _rate(self) -> tuple[dict[str, str], float]:
        """The headers of an answer, and how long to wait when the bucket is empty."""
        if self._clock is None:
            return {}, 0.0
        now = self._clock.monotonic()
        while self._times and now - self._times[0] >= _BUCKET_S:
            self._times.popleft()
        reset = round(_BUCKET_S - (now - self._times[0]), 3) if self._times else _BUCKET_S
        if len(self._times) >= _PER_BUCKET:
            return {"x-ratelimit-remaining": "0", "x-ratelimit-reset-after": str(reset)}, reset
        self._times.append(now)
        left = _PER_BUCKET - len(self._times)
        return {"x-ratelimit-remaining": str(left), "x-ratelimit-reset-after": str(reset)}, 0.0

    def _keep(self, message: dict[str, Any]) -> None:
        self.messages.append(message)
        marked, plain, live = _parts(message)
        for text in marked:
            shown, alive = read_markdown(text)
            plain.append(shown)
            live += (
                alive if message.get("allowed_mentions") == {"parse": []} else [*alive, "mentions allowed"]
            )
        self._shown.append("\n".join(plain))
        self._live += live


def _parts(message: dict[str, Any]) -> tuple[list[str], list[str], list[str]]:
    """Texts with markup, texts without, and addresses outside of texts."""
    marked, plain, live = [message.get("content", "")], [], []
    for embed in message.get("embeds", []):
        plain += [embed.get("title", ""), *(field["name"] for field in embed.get("fields", []))]
        plain.append(embed.get("footer", {}).get("text", ""))
        marked += [embed.get("description", ""), *(field["value"] for field in embed.get("fields", []))]
        live += [embed[key] for key in ("url",) if key in embed]
        live += [embed[key]["url"] for key in ("image", "thumbnail") if key in embed]
    return marked, plain, live


def message_fault(body: bytes) -> str:
    """What Discord finds wrong with a message, empty when it takes it."""
    try:
        message = orjson.loads(body)
    except orjson.JSONDecodeError:
        return "not JSON"
    content, embeds = message.get("content", ""), message.get("embeds", [])
    if not content and not embeds:
        return "an empty message"
    if _units(content) > 2_000 or len(embeds) > 10:
        return "content or embeds too long"
    if sum(_embed_units(embed) for embed in embeds) > 6_000:
        return "all embeds together too long"
    return next((fault for fault in map(_embed_fault, embeds) if fault), "")


def _embed_fault(embed: dict[str, Any]) -> str:
    if any(_units(embed.get(name, "")) > most for name, most in _EMBED.items()):
        return "title or description too long"
    fields = embed.get("fields", [])
    if len(fields) > 25 or _units(embed.get("footer", {}).get("text", "")) > 2_048:
        return "too many fields, or the footer is too long"
    fine = all(0 < _units(field["name"]) <= 256 and 0 < _units(field["value"]) <= 1_024 for field in fields)
    return "" if fine else "a field is empty or too long"


def _embed_units(embed: dict[str, Any]) -> int:
    texts = [embed.get("title", ""), embed.get("description", ""), embed.get("footer", {}).get("text", "")]
    fields = embed.get("fields", [])
    return sum(map(_units, [*texts, *(f["name"] for f in fields), *(f["value"] for f in fields)]))


def _units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2
