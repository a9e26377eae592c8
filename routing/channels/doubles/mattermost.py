"""A Mattermost on loopback: one incoming webhook with its limit, and messages as people see them."""

import re
from typing import Any

import orjson

from routing.channels.doubles.http import HttpDouble, Received, Reply
from routing.channels.doubles.markdown import USUAL_MARKS, read_markdown

HOOK_PATH = "/hooks/canarymattermostkey"

_MAX_TEXT = 16_383
_NAME = re.compile(r"@[A-Za-z0-9][\w.-]*")  # the server looks for names wherever they stand, escaped or not


class MattermostDouble(HttpDouble):
    """Keeps each message it takes. ``live`` holds links, and mentions unless the message disables them."""

    def __init__(self) -> None:
        super().__init__()
        self.messages: list[dict[str, Any]] = []
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
        if request.path != HOOK_PATH:
            return _error("web.incoming_webhook.invalid.app_error", "Invalid webhook.")
        try:
            message = orjson.loads(request.body)
        except orjson.JSONDecodeError:
            return _error("web.incoming_webhook.parse.app_error", "Unable to parse incoming data.")
        text = message.get("text", "")
        if not text:
            return _error("web.incoming_webhook.text.app_error", "No text specified.")
        if len(text) > _MAX_TEXT:
            return _error("web.incoming_webhook.text.length.app_error", "Maximum text length exceeded.")
        self._keep(message, text)
        return Reply(200, b"ok")

    def _keep(self, message: dict[str, Any], text: str) -> None:
        self.messages.append(message)
        shown, live = read_markdown(text, USUAL_MARKS)
        self._shown.append(shown)
        self._live += live
        if message.get("props", {}).get("disable_mentions") is not True:
            self._live += _NAME.findall(shown)


def _error(identity: str, text: str) -> Reply:
    return Reply(400, orjson.dumps({"id": identity, "message": text, "status_code": 400}))
