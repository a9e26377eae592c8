"""A message in Slack's markup: fallback text and blocks, within Slack's limits by construction.

Every text is escaped, also inside ``plain_text``; only our own headings are ``mrkdwn``, marked ``verbatim``.
Lengths are counted in UTF-16 units after escaping.
"""

from collections.abc import Iterable
from typing import Any

import orjson

from routing.channels.closing import Ending
from routing.inbound.words import answer_words
from routing.message import Message, Section
from routing.message_text import short_quote
from routing.untrusted import Inert, truncate, utf16_size

Block = dict[str, Any]

MAX_BLOCKS = 50
MAX_SECTION = 3_000
MAX_HEADER = 150
MAX_BUTTON = 75
MAX_BUTTON_URL = 3_000
ACKNOWLEDGE, RESOLVE = "tocsin_acknowledge", "tocsin_resolve"  # action ids of the buttons that answer
MAX_TEXT = 3_900
BLOCKS_BUDGET = 10_000  # an undocumented cap of all blocks together lies near 13,200 characters

# Chosen so that the first four sections always fit the budget together, however much escaping they need.
_QUOTE = {"said": 2_000, "now": 900, "statement": 2_500}
_CONTEXT = {"said": 1_000, "now": 400}
_NOTICE_ROOM = 400
_SEPARATOR = " · "
_DIVIDER: Block = {"type": "divider"}
_ENDING_MARK: dict[Ending, str] = {"acknowledged": "👀", "resolved": "✅"}
_ENDING_COLOUR: dict[Ending, str] = {"acknowledged": "#1f6feb", "resolved": "#1a7f37"}
_SMALL = frozenset({"why", "others", "next_steps"})
_LARGE_FACTS = 4  # of "growth": the numbers to see at a glance; the others follow in small
_BACKGROUND = "next_steps"  # from here on the message explains, and no longer asks


def escape(text: str) -> str:
    """Slack's three entities, ampersand first."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def escaped_size(text: str) -> int:
    """Length of the text once escaped, in UTF-16 units."""
    return utf16_size(escape(text))


def fit(text: str, limit: int) -> str:
    """The text escaped, cut between graphemes so that the result keeps to ``limit``."""
    return escape(truncate(text, limit, escaped_size))


def fallback_text(message: Message) -> str:
    """The notification and screen-reader text: headline, what is wanted, the beginning of the post."""
    said = message.section("said")
    lines = [f"{message.mark} {message.headline}", *message.lead]
    if said:
        lines.append(short_quote(said))
    return fit("\n".join(lines), MAX_TEXT)


def plain_text(message: Message) -> str:
    """The whole of a minimal message: the fallback text and the link."""
    text = fallback_text(message)
    return f"{text}\n<{escape(message.link)}|{fit(message.link_label, MAX_BUTTON)}>" if message.link else text


def blocks(message: Message, token: str = "") -> list[Block]:
    """The message as blocks, with buttons that answer when there is a ``token`` to bind them.

    A later section that would break the budget is left out, and the message says so.
    """
    kept: list[Block] = []
    used, complete = 0, True
    for group in _groups(message, token):
        size = sum(blocks_size(block) for block in group)
        if used + size > BLOCKS_BUDGET - _NOTICE_ROOM or len(kept) + len(group) >= MAX_BLOCKS:
            complete = False
            continue
        kept.extend(group)
        used += size
    if not complete or any(section.quote and _is_cut(section) for section in message.sections):
        kept.append(_context([message.shortened], 300))
    return kept


def marked(line: Inert, ending: Ending) -> Block:
    """What is hung under a message once it is answered. The message itself stays as it was."""
    text = fit(f"{_ENDING_MARK[ending]} {line}", 600)
    block = {"type": "context", "elements": [{"type": "plain_text", "text": text, "emoji": False}]}
    return {"color": _ENDING_COLOUR[ending], "fallback": text, "blocks": [block]}


def blocks_size(block: Block) -> int:
    """Length of a block as JSON, in UTF-16 units: more than Slack counts, never less."""
    return utf16_size(orjson.dumps(block).decode())


def _is_cut(section: Section) -> bool:
    return section.key in _QUOTE and escaped_size(section.quote) > _QUOTE[section.key]


def _groups(message: Message, token: str) -> Iterable[list[Block]]:
    head = [
        {"type": "header", "text": _plain(f"{message.mark} {message.headline}", MAX_HEADER)},
        _mrkdwn("\n".join(_bold_first(message.lead))),
    ]
    buttons = [*_answers(message, token), *([_button(message)] if message.link else [])]
    if buttons:
        head.append({"type": "actions", "elements": buttons})
    yield [*head, _DIVIDER]
    for section in message.sections:
        if section.key == _BACKGROUND:
            yield [_DIVIDER]
        if section.key != "statement_other":  # it stays in the mail and on the incident page
            yield _blocks_of(section, message)
    yield [_context([message.footer], 300)]


def _bold_first(lead: tuple[Inert, ...]) -> Iterable[str]:
    for place, line in enumerate(lead):
        yield f"*{fit(line, 250)}*" if place == 0 else fit(line, 250)


def _blocks_of(section: Section, message: Message) -> list[Block]:
    title = _mrkdwn(f"*{fit(section.title, 200)}*")
    facts = [f"{fact.label}{message.colon}{fact.value}" for fact in section.facts]
    if section.key in _SMALL:
        return [title, _context([*facts, *section.lines], 1_800)]
    if section.key == "receipt":
        return [title, _context([_SEPARATOR.join([*facts, *section.lines])], 600)]
    if section.key == "growth":
        title["fields"] = [
            _verbatim(f"{fit(fact.label, 100)}\n*{fit(fact.value, 400)}*")
            for fact in section.facts[:_LARGE_FACTS]
        ]
        return [title, _context([_SEPARATOR.join(facts[_LARGE_FACTS:])], 600)]
    made = [title, *_quote(section, message)]
    if section.key == "now":
        made.append(_context([_SEPARATOR.join(facts)], _CONTEXT["now"]))
    elif facts or section.lines:
        made.append(_context([*facts, *section.lines], _CONTEXT.get(section.key, 1_500)))
    return made


def _quote(section: Section, message: Message) -> Iterable[Block]:
    """Somebody's words, in quotation marks where they are not ours."""
    if not section.quote:
        return
    opening, closing = message.quotes if section.key == "said" else ("", "")
    text = fit(section.quote, _QUOTE[section.key])
    yield {
        "type": "section",
        "text": {"type": "plain_text", "text": f"{opening}{text}{closing}", "emoji": False},
    }


def _button(message: Message) -> Block:
    button: Block = {
        "type": "button",
        "action_id": "open",
        "text": _plain(message.link_label, MAX_BUTTON),
        "url": message.link[:MAX_BUTTON_URL],
    }
    if message.transition != "informed":
        button["style"] = "primary"
    return button


def _answers(message: Message, token: str) -> list[Block]:
    """Acknowledge, and resolve once more asked. Their value is the token alone: nothing of a post."""
    if not token:
        return []
    words = answer_words(message.language)
    acknowledge = {
        "type": "button",
        "action_id": ACKNOWLEDGE,
        "text": _plain(words.button_acknowledge, MAX_BUTTON),
        "value": token,
        "style": "primary",
    }
    sure = {
        "title": _plain(words.sure, 100),
        "text": _plain(words.sure_text, 300),
        "confirm": _plain(words.button_resolve, 30),
        "deny": _plain(words.cancel, 30),
    }
    resolve = {
        "type": "button",
        "action_id": RESOLVE,
        "text": _plain(words.button_resolve, MAX_BUTTON),
        "value": token,
        "confirm": sure,
    }
    return [acknowledge, resolve]


def _context(lines: Iterable[str], limit: int) -> Block:
    return {"type": "context", "elements": [_plain("\n".join(lines), limit)]}


def _plain(text: str, limit: int) -> Block:
    return {"type": "plain_text", "text": fit(text, limit) or "…", "emoji": False}


def _verbatim(escaped: str) -> Block:
    return {"type": "mrkdwn", "text": escaped, "verbatim": True}


def _mrkdwn(escaped: str) -> Block:
    return {"type": "section", "text": _verbatim(escaped)}
