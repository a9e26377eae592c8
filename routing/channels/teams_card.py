"""A message as an Adaptive Card, within the size that Teams takes.

Every text stands in a ``TextRun``: unlike a ``TextBlock`` it has no markup, so there is nothing to escape. A run
has no line breaks either: each line is a block of its own.
"""

from collections.abc import Iterable
from itertools import islice
from typing import Any

from routing.channels.budget import json_size, json_text_size, within
from routing.message import Message, Section
from routing.message_text import short_quote
from routing.untrusted import truncate

Element = dict[str, Any]

MAX_BODY = (
    18_000  # bytes of UTF-8: Teams counts 28,672 after it has expanded the card, about a fifth more than sent
)
_FRAME = 2_000  # the envelope, the note that something was left out, the footer
_STYLE = {"info": "accent", "warning": "warning", "critical": "attention"}
_QUOTE = {"said": 2_400, "now": 1_200, "statement": 3_000, "statement_other": 3_000}
_LINE = 600
_LINES = 30  # of one quote
_TITLE = 200
_TYPE = "application/vnd.microsoft.card.adaptive"


def envelope(message: Message, *, plain: bool) -> Element:
    """The whole request. Without ``attachments`` a workflow fails, so the plain form is a card too."""
    card = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "lang": message.language,
        "fallbackText": _cut(message.headline, 300),
        "msteams": {"width": "Full"},
        "body": _short(message) if plain else _whole(message),
    }
    return {
        "type": "message",
        "attachments": [{"contentType": _TYPE, "contentUrl": None, "content": card}],
    }


def _short(message: Message) -> list[Element]:
    said = message.section("said")
    quote = [_text(short_quote(said))] if said else []
    return [*_head(message), *quote]


def _whole(message: Message) -> list[Element]:
    budget = MAX_BODY - _FRAME
    kept, complete = within(_groups(message), budget, json_size)
    if not complete or any(_is_cut(section) for section in message.sections):
        kept.append(_text(message.shortened, isSubtle=True))
    return [*kept, _text(message.footer, isSubtle=True, size="Small")]


def _groups(message: Message) -> Iterable[list[Element]]:
    yield _head(message)
    for section in message.sections:
        yield _section(section, message)


def _head(message: Message) -> list[Element]:
    headline = _text(f"{message.mark} {message.headline}", size="Large", weight="Bolder")
    lead = [
        _text(line, weight="Bolder" if place == 0 else "Default") for place, line in enumerate(message.lead)
    ]
    container = {
        "type": "Container",
        "style": _STYLE[message.severity],
        "bleed": True,
        "items": [headline, *lead],
    }
    return [container, *([_button(message)] if message.link else [])]


def _button(message: Message) -> Element:
    title = truncate(message.link_label, _TITLE)
    return {
        "type": "ActionSet",
        "actions": [{"type": "Action.OpenUrl", "title": title, "url": message.link}],
    }


def _section(section: Section, message: Message) -> list[Element]:
    made = [{**_text(section.title, weight="Bolder"), "spacing": "Large", "separator": True}]
    if section.quote:
        made.append({"type": "Container", "style": "emphasis", "items": _quote(section, message)})
    made += [_fact(f"{fact.label}{message.colon}", fact.value) for fact in section.facts]
    return [*made, *(_text(line, isSubtle=True) for line in section.lines)]


def _quote(section: Section, message: Message) -> list[Element]:
    """Somebody's words, in quotation marks where they are not ours."""
    opening, closing = message.quotes if section.key == "said" else ("", "")
    cut = truncate(section.quote, _QUOTE.get(section.key, _LINE), json_text_size)
    lines = [line for line in f"{opening}{cut}{closing}".split("\n") if line.strip()]
    kept = list(islice(lines, _LINES - 1))
    rest = " ".join(lines[_LINES - 1 :])
    return [_text(line, limit=_QUOTE.get(section.key, _LINE) + 9) for line in [*kept, rest] if line]


def _is_cut(section: Section) -> bool:
    return json_text_size(section.quote) > _QUOTE.get(section.key, _LINE)


def _fact(label: str, value: str) -> Element:
    return {
        "type": "RichTextBlock",
        "spacing": "Small",
        "inlines": [_run(label, isSubtle=True), _run(_cut(value, _LINE))],
    }


def _text(text: str, *, limit: int = _LINE, **style: object) -> Element:
    """One line of text, without markup."""
    return {"type": "RichTextBlock", "spacing": "Small", "inlines": [_run(_cut(text, limit), **style)]}


def _run(text: str, **style: object) -> Element:
    return {"type": "TextRun", "text": text, **style}


def _cut(text: str, limit: int) -> str:
    return truncate(text, limit, json_text_size) or "…"
