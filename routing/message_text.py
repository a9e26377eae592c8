"""A message as plain text: the text part of a mail, lines of a file, what a simple receiver shows."""

from routing.message import Message, Section
from routing.untrusted import Inert, one_line, truncate

_SHORT_QUOTE = 280


def full_text(message: Message) -> str:
    """The whole message, section by section, ending in a line break."""
    blocks = [_head(message)]
    if message.link:
        blocks.append(f"{message.link_label}{message.colon.rstrip()}\n{message.link}")
    blocks.extend(_block(section, message) for section in message.sections)
    return "\n\n".join([*blocks, message.footer]) + "\n"


def short_text(message: Message) -> str:
    """The smallest text that can carry the page: headline, what is wanted, the beginning of the post, the link."""
    lines = [_head(message)]
    said = message.section("said")
    if said:
        lines.append(short_quote(said))
    if message.link:
        lines.append(message.link)
    return "\n".join(lines) + "\n"


def short_quote(section: Section) -> Inert:
    """The beginning of a section's quote on one line."""
    return truncate(one_line(section.quote), _SHORT_QUOTE)


def _head(message: Message) -> str:
    return "\n".join([f"{message.mark} {message.headline}", *message.lead])


def _block(section: Section, message: Message) -> str:
    lines = [section.title.upper()]
    if section.quote:
        # The post is marked line by line, so that it cannot pass for a part of the page. What is agreed is to copy.
        prefix = "> " if section.key == "said" else ""
        lines.extend(f"{prefix}{line}".rstrip() for line in section.quote.split("\n"))
    lines.extend(f"{fact.label}{message.colon}{fact.value}" for fact in section.facts)
    lines.extend(section.lines)
    return "\n".join(lines)
