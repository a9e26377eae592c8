"""A message as the text of a ticket or alert: cut by whole sections, inert also in a spreadsheet export."""

from dataclasses import replace

from routing.message import Message, Section
from routing.message_text import full_text
from routing.untrusted import Inert, Size, truncate, utf16_size

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def fitted_text(message: Message, limit: int, size: Size = utf16_size) -> Inert:
    """The whole message when it fits; otherwise its last sections go first, and it says that it is shortened."""
    text = full_text(message).rstrip()
    kept = [section for section in message.sections if section.key != "statement_other"]
    while size(text) > limit and kept:
        text = full_text(replace(message, sections=tuple(kept), footer=message.shortened)).rstrip()
        kept.pop()
    return truncate(text, limit, size)


def section_text(section: Section, colon: str) -> str:
    """One section without its title. Each line of the post is marked, so that it cannot pass for ours."""
    prefix = "> " if section.key == "said" else ""
    lines = [f"{prefix}{line}".rstrip() for line in section.quote.split("\n")] if section.quote else []
    lines += [f"{fact.label}{colon}{fact.value}" for fact in section.facts]
    return "\n".join([*lines, *section.lines])


def cell(text: str, limit: int, size: Size = utf16_size) -> str:
    """The text as one field's value: a spreadsheet that opens an export of it must not take it for a formula."""
    return truncate(f"'{text}" if text.startswith(_FORMULA) else text, limit, size)


def without_tags(text: str) -> str:
    """The text with brackets that no browser takes for a tag: for fields that a service shows as HTML or may."""
    return text.replace("<", "‹").replace(">", "›")
