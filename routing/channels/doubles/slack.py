"""A Slack on loopback: chat.postMessage and incoming webhooks, with the documented limits and error words."""

import html
import re
from collections.abc import Iterable, Iterator
from typing import Any

import orjson

from monitor.clock import Clock
from routing.channels.doubles.http import HttpDouble, Received, Reply

TOKEN = "xoxb-double"  # noqa: S105 - the double's own, good for nothing else
CHANNEL = "#alerts"
CHANNEL_ID = "C0DOUBLE"
HOOK_PATH = "/services/T000/B000/double"

_MENTION = re.compile(r"<[!@#]")
_LIVE = re.compile(r"<([!@#][^>|]*|[^>|]*)(?:\|([^>]*))?>")  # a mention or a link, and its label
_BAD_ENTITY = re.compile(r"&(?!amp;|lt;|gt;)")
_TEXT_LIMITS = {"header": 150, "section": 3_000, "context": 3_000}
_MAX_ALL_BLOCKS = 13_200


class SlackDouble(HttpDouble):
    """Accepts what Slack accepts. ``live_mentions`` and ``bad_entities`` count what reached it unescaped.

    With a clock, each channel takes one message a second, as Slack's own limit says.
    """

    def __init__(self, *, clock: Clock | None = None) -> None:
        super().__init__()
        self.messages: list[dict[str, Any]] = []
        self.live_mentions = 0
        self.bad_entities = 0
        self._clock = clock
        self._last_at: dict[str, float] = {}
        self._by_stamp: dict[str, dict[str, Any]] = {}

    @property
    def api_url(self) -> str:
        return f"{self.url}/api"

    @property
    def hook_url(self) -> str:
        return f"{self.url}{HOOK_PATH}"

    @property
    def shown(self) -> list[str]:
        return ["\n".join(_as_read(text) for text in _texts(message)) for message in self.messages]

    @property
    def live(self) -> list[str]:
        texts = [text for message in self.messages for text in _texts(message)]
        buttons = [url for message in self.messages for url in _urls(message)]
        return [html.unescape(match[1]) for text in texts for match in _LIVE.finditer(text)] + buttons

    def answer(self, request: Received) -> Reply:
        if request.path == HOOK_PATH:
            return self._hook(request)
        methods = {"/api/chat.postMessage": self._post, "/api/chat.update": self._update}
        if request.path not in methods:
            return Reply(404, b"no_service")
        error, extra = methods[request.path](request)
        if error == "ratelimited":
            return Reply(429, orjson.dumps({"ok": False, "error": error}), {"retry-after": "1"})
        return Reply(body=orjson.dumps({"ok": not error, **({"error": error} if error else extra)}))

    def _hook(self, request: Received) -> Reply:
        body = _object(request.body)
        error = "invalid_payload" if body is None else self._fault(body)
        if body is None or error:
            return Reply(400, error.encode())
        self._keep(body)
        return Reply(body=b"ok")

    def _post(self, request: Received) -> tuple[str, dict[str, str]]:
        if request.headers.get("authorization") != f"Bearer {TOKEN}":
            return "invalid_auth", {}
        body = _object(request.body)
        if body is None:
            return "invalid_json", {}
        channel = str(body.get("channel", ""))
        if channel not in (CHANNEL, CHANNEL_ID):
            return "channel_not_found", {}
        if self._too_soon(channel):
            return "ratelimited", {}
        error = self._fault(body)
        if error:
            return error, {}
        stamp = f"{1_700_000_000 + len(self.messages)}.000100"
        self._by_stamp[stamp] = body
        self._keep(body)
        return "", {"channel": CHANNEL_ID, "ts": stamp}

    def _update(self, request: Received) -> tuple[str, dict[str, str]]:
        """As Slack does it: blocks stay when no text is given, attachments are replaced by those that are."""
        if request.headers.get("authorization") != f"Bearer {TOKEN}":
            return "invalid_auth", {}
        body = _object(request.body)
        if body is None:
            return "invalid_json", {}
        if body.get("channel") != CHANNEL_ID:
            return "channel_not_found", {}
        stamp = str(body.get("ts", ""))
        if stamp not in self._by_stamp:
            return "message_not_found", {}
        message = self._by_stamp[stamp]
        if "text" in body:
            message.pop("blocks", None)
        message.update(
            {key: value for key, value in body.items() if key in ("text", "blocks", "attachments")}
        )
        return "", {"channel": CHANNEL_ID, "ts": stamp}

    def _too_soon(self, channel: str) -> bool:
        if self._clock is None:
            return False
        now = self._clock.monotonic()
        too_soon = now - self._last_at.get(channel, now - 1) < 1
        if not too_soon:
            self._last_at[channel] = now
        return too_soon

    def _fault(self, body: dict[str, Any]) -> str:
        thread = body.get("thread_ts")
        if thread is not None and thread not in self._by_stamp:
            return "cannot_reply_to_message"
        return fault_of(body)

    def _keep(self, body: dict[str, Any]) -> None:
        self.messages.append(body)
        for text in _strings(body):
            self.live_mentions += len(_MENTION.findall(text))
            self.bad_entities += len(_BAD_ENTITY.findall(text)) if not text.startswith("http") else 0


def fault_of(body: dict[str, Any]) -> str:
    """Slack's error word for a message body, empty when it is within the limits."""
    text, blocks = body.get("text"), body.get("blocks", [])
    if not text and not blocks:
        return "no_text"
    if not isinstance(text, str) or len(text) > 40_000:
        return "msg_too_long"
    if not isinstance(blocks, list) or len(blocks) > 50:
        return "invalid_blocks"
    if sum(_units(one) for block in blocks for one in _strings(block)) > _MAX_ALL_BLOCKS:
        return "msg_blocks_too_long"
    return "" if all(_is_fine(block) for block in blocks) else "invalid_blocks"


def _is_fine(block: dict[str, Any]) -> bool:
    kind = block.get("type")
    if kind == "divider":
        return set(block) <= {"type", "block_id"}
    if kind == "actions":
        elements = block.get("elements", [])
        return 0 < len(elements) <= 25 and all(_is_fine_button(element) for element in elements)
    if kind == "context":
        elements = block.get("elements", [])
        return 0 < len(elements) <= 10 and all(_is_text(element, 3_000) for element in elements)
    if kind not in _TEXT_LIMITS or not _is_text(block.get("text"), _TEXT_LIMITS[kind]):
        return False
    if kind == "header" and block["text"]["type"] != "plain_text":
        return False
    fields = block.get("fields", [])
    return len(fields) <= 10 and all(_is_text(field, 2_000) for field in fields)


def _is_fine_button(element: dict[str, Any]) -> bool:
    fine = element.get("type") == "button" and _is_text(element.get("text"), 75)
    return fine and len(element.get("url", "")) <= 3_000 and len(element.get("action_id", "")) <= 255


def _is_text(value: object, limit: int) -> bool:
    if not isinstance(value, dict) or value.get("type") not in ("plain_text", "mrkdwn"):
        return False
    text = value.get("text")
    return isinstance(text, str) and 0 < _units(text) <= limit


def _units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def _object(data: bytes) -> dict[str, Any] | None:
    try:
        value = orjson.loads(data)
    except orjson.JSONDecodeError:
        return None
    return value if isinstance(value, dict) else None


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        parts: Iterable[object] = value.values() if isinstance(value, dict) else value
        for part in parts:
            yield from _strings(part)


def _texts(message: dict[str, Any]) -> list[str]:
    """The texts that people see: the blocks, or the plain text of a message without any."""
    if not message.get("blocks"):
        return [str(message.get("text", ""))]
    shown = [message["blocks"], message.get("attachments", [])]
    return [text for text in _values(shown, "text") if isinstance(text, str)]


def _urls(message: dict[str, Any]) -> list[str]:
    return [url for key in ("url", "image_url") for url in _values(message, key) if isinstance(url, str)]


def _as_read(text: str) -> str:
    return html.unescape(_LIVE.sub(lambda match: match[2] or match[1], text))


def _values(value: object, key: str) -> Iterator[object]:
    if isinstance(value, dict):
        if key in value:
            yield value[key]
        value = list(value.values())
    if isinstance(value, list):
        for part in value:
            yield from _values(part, key)
