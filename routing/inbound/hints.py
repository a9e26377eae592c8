"""How a page says that it can be answered where it is read. Pure."""

from dataclasses import replace

from routing.inbound.words import answer_words
from routing.message import Message
from routing.page import Page
from routing.untrusted import Inert


def with_reply_hint(page: Page, message: Message) -> Message:
    """The message of a mail that a reply acknowledges: it says so."""
    if not page.answer.email:
        return message
    return replace(message, lead=(*message.lead, Inert(answer_words(page.language).mail)))
