"""A message as a Discord embed, within Discord's limits by construction. Lengths are counted in UTF-16 units."""

from collections.abc import Iterable
from typing import Any

from routing.channels.budget import within
from routing.channels.markdown import escape_discord, quoted_lines
from routing.message import Message, Section
from routing.message_text import short_quote
from routing.untrusted import truncate, utf16_size

MAX_CONTENT = 2_000
MAX_NAME = 256
MAX_VALUE = 1_024
MAX_EMBEDS = 6_000  # all texts of all embeds together

_COLOUR = {"info": 0x1F6FEB, "warning": 0xB45309, "critical": 0xB91C1C}
_LEAD = 400
_SAID = 1_400
_FACT = 300
_FOOTER = 500
_LINES = 40  # of the quote: each gains two characters
_LINK = 1_000


def body_of(message: Message, *, plain: bool) -> dict[str, Any]:
    """The request's body. Nobody is mentioned, whatever the text says."""
    quiet: dict[str, Any] = {"allowed_mentions": {"parse": []}}
    if plain:
        return {**quiet, "content": _content(message)}
    return {**quiet, "content": _headline(message), "embeds": [_embed(message)]}


def escaped_size(text: str) -> int:
    """Length of the text once escaped, in UTF-16 units."""
    return utf16_size(escape_discord(text))


def fit(text: str, limit: int) -> str:
    """The text escaped, cut between graphemes so that the result keeps to ``limit``."""
    return escape_discord(truncate(text, limit, escaped_size))


def _content(message: Message) -> str:
    """The smallest message: headline, what is wanted, the beginning of the post, the link in full."""
    said = message.section("said")
    lines = [_headline(message)]
    lines += [fit(line, 250) for line in message.lead]
    if said:
        lines.append(f"> {fit(short_quote(said), 400)}")
    if link := _link(message):
        lines.append(f"{fit(message.link_label, 100)}{message.colon}<{link}>")
    return "\n".join(lines)


def _headline(message: Message) -> str:
    """Outside of the embed, because a notification shows nothing of embeds."""
    return f"**{message.mark} {fit(message.headline, 300)}**"


def _embed(message: Message) -> dict[str, Any]:
    description = _description(message)
    room = MAX_EMBEDS - utf16_size(description) - _FOOTER
    fields, complete = within(_fields(message), room, _field_size)
    cut = not complete or any(_is_cut(section) for section in message.sections)
    footer = f"{message.shortened}\n{message.footer}" if cut else message.footer
    return {
        "description": description,
        "color": _COLOUR[message.severity],
        "fields": fields,
        "footer": {"text": truncate(footer, _FOOTER, utf16_size)},
    }


def _description(message: Message) -> str:
    first, *others = message.lead
    parts = ["\n".join([f"**{fit(first, _LEAD)}**", *(fit(line, _LEAD) for line in others)])]
    if link := _link(message):
        parts.append(f"**[{fit(message.link_label, 100)}]({link})**")
    said = message.section("said")
    if said:
        parts.append(f"**{said.title}**\n{_quote(said, message)}\n{_facts(said, message, 600)}")
    return "\n\n".join(parts)


def _link(message: Message) -> str:
    return message.link if len(message.link) <= _LINK else ""


def _quote(section: Section, message: Message) -> str:
    opening, closing = message.quotes
    lines = section.quote.split("\n")
    shown = "\n".join([*lines[: _LINES - 1], " ".join(lines[_LINES - 1 :])]).strip()
    return quoted_lines(f"{opening}{fit(shown, _SAID)}{closing}")


def _facts(section: Section, message: Message, limit: int) -> str:
    facts = [truncate(f"{fact.label}{message.colon}{fact.value}", _FACT) for fact in section.facts]
    return fit("\n".join([*facts, *section.lines]), limit)


def _fields(message: Message) -> Iterable[list[dict[str, Any]]]:
    for section in message.sections:
        if section.key in ("said", "statement_other"):  # the first stands above, the other one in the mail
            continue
        quote = f"{fit(section.quote, 700)}\n" if section.quote else ""
        value = f"{quote}{_facts(section, message, MAX_VALUE - utf16_size(quote))}".strip()
        yield [
            {"name": truncate(section.title, MAX_NAME, utf16_size), "value": value or "…", "inline": False}
        ]


def _field_size(field: dict[str, Any]) -> int:
    return utf16_size(field["name"]) + utf16_size(field["value"])


def _is_cut(section: Section) -> bool:
    return escaped_size(section.quote) > (_SAID if section.key == "said" else 700)
