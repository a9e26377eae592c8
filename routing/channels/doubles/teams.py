"""A Teams workflow on loopback: it says yes before it looks, and keeps what fails afterwards in its run history."""

from collections.abc import Iterator
from typing import Any

import orjson

from routing.channels.doubles.http import HttpDouble, Received, Reply
from routing.channels.doubles.live_text import addresses_in

HOOK_PATH = "/workflows/double/triggers/manual/paths/invoke?api-version=1&sig=canary-signature"

_MAX_CARD = 28_672  # bytes, counted after Teams has expanded the card
_EXPANDS = 1.2
_TYPE = "application/vnd.microsoft.card.adaptive"
_MARKUP = frozenset("\\`*_[]()#>~|<")
_LINKED = ("http:", "https:", "ftp:", "www.")  # what a Teams client might make a link of by itself
_KINDS = frozenset({"Container", "RichTextBlock", "TextRun", "TextBlock", "ActionSet", "Action.OpenUrl"})


class TeamsDouble(HttpDouble):
    """Answers 202 to whatever a workflow queues. ``cards`` were posted, ``failed_runs`` say why the others were not."""

    def __init__(self) -> None:
        super().__init__()
        self.cards: list[dict[str, Any]] = []
        self.failed_runs: list[str] = []
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
            return Reply(401, b'{"error":{"code":"DirectApiInvalidAuthorizationScheme"}}')
        fault = self._run(request.body)
        if fault:
            self.failed_runs.append(fault)
        return Reply(202)

    def _run(self, body: bytes) -> str:
        try:
            message = orjson.loads(body)
            attachments = message["attachments"]
        except (orjson.JSONDecodeError, KeyError, TypeError):
            return "'attachments' is of type 'Null'"
        if len(body) * _EXPANDS > _MAX_CARD:
            return f"{int(len(body) * _EXPANDS)} of {_MAX_CARD} bytes"
        if len(attachments) != 1 or attachments[0].get("contentType") != _TYPE:
            return "no adaptive card"
        card = attachments[0]["content"]
        fault = card_fault(card)
        if not fault:
            self.cards.append(card)
            self._shown.append("\n".join(_texts(card)))
            self._live += list(_links(card))
        return fault


def card_fault(card: dict[str, Any]) -> str:
    """Why Teams would not show a card, empty when it would."""
    if card.get("type") != "AdaptiveCard" or card.get("version") not in ("1.0", "1.1", "1.2", "1.3", "1.4"):
        return "not a card of a version that Teams knows"
    for element in _elements(card.get("body")):
        if element.get("type") not in _KINDS:
            return f"unknown element {element.get('type')}"
        if element["type"] in ("TextRun", "TextBlock") and not element.get("text"):
            return "a text is empty"
        if element["type"] == "TextRun" and "\n" in element["text"]:
            return "a line break in a run is lost"
    return ""


def _elements(value: object) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        if "type" in value:
            yield value
        value = [value.get(key) for key in ("items", "inlines", "actions")]
    if isinstance(value, list):
        for part in value:
            yield from _elements(part)


def _texts(card: dict[str, Any]) -> Iterator[str]:
    for element in _elements(card["body"]):
        if element["type"] == "RichTextBlock":
            yield "".join(run["text"] for run in element["inlines"])
        elif element["type"] in ("TextBlock", "Action.OpenUrl"):
            yield element.get("text") or element["title"]


def _links(card: dict[str, Any]) -> Iterator[str]:
    """What can be clicked: actions, addresses that Teams finds in texts, and whatever markup a TextBlock has."""
    for element in _elements(card["body"]):
        if element["type"] == "Action.OpenUrl":
            yield element["url"]
        elif element["type"] == "TextBlock":
            yield from (mark for mark in element["text"] if mark in _MARKUP)
        elif element["type"] == "TextRun":
            yield from (one for one in addresses_in(element["text"]) if one.lower().startswith(_LINKED))
            if "<at>" in element["text"] and card.get("msteams", {}).get("entities"):
                yield "<at>"
