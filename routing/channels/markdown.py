"""Text as Markdown that shows it character for character: for services that take nothing but Markdown."""

import re

_SPECIAL = re.compile(r"([\\`*_{}\[\]()#+\-!|>~])")  # what every Markdown takes a backslash before
_DISCORD = re.compile(r"([\\`*_{}\[\]()#+\-!|>~<@])")  # and what begins its mentions


def escape_markdown(text: str) -> str:
    """The text with a backslash before every mark that may mean something. ``@`` and ``<`` are left as they are."""
    return _SPECIAL.sub(r"\\\1", text)


def escape_discord(text: str) -> str:
    """Like ``escape_markdown``, mentions included."""
    return _DISCORD.sub(r"\\\1", text)


def quoted_lines(escaped: str) -> str:
    """Escaped text as a block quote: marked line by line, so that a post cannot pass for a part of the page."""
    return "\n".join(f"> {line}" for line in escaped.split("\n"))
