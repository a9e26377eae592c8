"""A Mattermost channel, by an incoming webhook: Markdown, nobody mentioned."""

from typing import Any, ClassVar, Literal

from monitor.clock import Clock
from routing.channels.budget import within
from routing.channels.markdown import escape_markdown, quoted_lines
from routing.channels.secret_hook import HookTarget, SecretHook, hook_of, read_hook_url
from routing.channels.target import ChannelKind, Environ
from routing.http import Answer
from routing.http_outcome import outcome_of_status, retry_after_s
from routing.message import Message, Section
from routing.message_text import short_quote
from routing.outcome import Ambiguous, DeadTarget, Delivered, Outcome, RetryLater
from routing.page import Page
from routing.untrusted import truncate, utf16_size

MAX_TEXT = 16_000  # the server takes 16,383 characters
_FRAME = 1_500  # the note that something was left out, the footer, the blank lines
_QUOTE = {"said": 2_600, "now": 1_300, "statement": 3_500, "statement_other": 3_000}
_LINE = 600
_LINES = 40  # of the quote: each gains two characters
_GONE = ("web.incoming_webhook.invalid", "web.incoming_webhook.disabled", "web.incoming_webhook.channel")


class MattermostTarget(HookTarget):
    """A Mattermost channel, by the URL of an incoming webhook, which is a secret."""

    kind: Literal["mattermost"]


class MattermostChannel:
    """Pages into the channel that the webhook is bound to. It gives no message id: no threads."""

    kind: ClassVar[str] = "mattermost"
    deduplicates: ClassVar[bool] = False

    def __init__(self, hook: SecretHook) -> None:
        self.target = hook.target
        self._hook = hook

    async def send(self, page: Page, *, thread: str = "", plain: bool = False) -> Outcome:
        """``thread`` is of no use here."""
        return await self._hook.send(page, lambda message: body_of(message, plain=plain), self._outcome)

    async def aclose(self) -> None:
        await self._hook.aclose()

    def _outcome(self, answer: Answer, reason: str) -> Outcome:
        now = self._hook.clock.now()
        if answer.status == 200:
            return Delivered() if answer.body.strip() == b"ok" else Ambiguous(reason)
        if answer.status == 429:
            wait = answer.headers.get("retry-after") or answer.headers.get("x-ratelimit-reset", "")
            return RetryLater(reason, retry_after_s(wait, now))
        if answer.status >= 400 and any(word in reason for word in _GONE):
            return DeadTarget(reason)
        return outcome_of_status(answer, now, reason) or Ambiguous(reason)


def body_of(message: Message, *, plain: bool) -> dict[str, Any]:
    """The request's body: text alone, because attachments are cut by servers in their own ways."""
    text = _short(message) if plain else _whole(message)
    return {"text": text, "props": {"disable_mentions": True}}


def escape(text: str) -> str:
    """Markdown that shows the text. An @ becomes its full-width twin: the server looks for names behind escapes too."""
    return escape_markdown(text.replace("@", "＠"))


def escaped_size(text: str) -> int:
    """Length of the text once escaped, in UTF-16 units: never less than the characters that the server counts."""
    return utf16_size(escape(text))


def fit(text: str, limit: int) -> str:
    """The text escaped, cut between graphemes so that the result keeps to ``limit``."""
    return escape(truncate(text, limit, escaped_size))


def _short(message: Message) -> str:
    said = message.section("said")
    return "\n".join([_head(message), *([f"> {fit(short_quote(said), _LINE)}"] if said else [])])


def _whole(message: Message) -> str:
    groups = [[_head(message)], *([_section(section, message)] for section in message.sections)]
    parts, complete = within(groups, MAX_TEXT - _FRAME, lambda part: utf16_size(part) + 2)
    if not complete or any(_is_cut(section) for section in message.sections):
        parts.append(f"*{fit(message.shortened, 300)}*")
    return "\n\n".join([*parts, f"*{fit(message.footer, _LINE)}*"])


def _head(message: Message) -> str:
    lines = [f"#### {message.mark} {fit(message.headline, 400)}"]
    lines += [
        f"**{fit(line, 400)}**" if place == 0 else fit(line, 400) for place, line in enumerate(message.lead)
    ]
    if message.link:
        lines.append(f"**[{fit(message.link_label, 100)}]({message.link})**")
    return "\n".join(lines)


def _section(section: Section, message: Message) -> str:
    lines = [f"**{fit(section.title, 200)}**"]
    if section.quote:
        lines += [_quote(section, message), ""]  # the empty line ends the quote
    lines += [fit(f"{fact.label}{message.colon}{fact.value}", _LINE) for fact in section.facts]
    return "\n".join([*lines, *(fit(line, _LINE) for line in section.lines)]).rstrip()


def _quote(section: Section, message: Message) -> str:
    """Somebody's words as a block quote, in quotation marks where they are not ours."""
    opening, closing = message.quotes if section.key == "said" else ("", "")
    lines = section.quote.split("\n")
    shown = "\n".join([*lines[: _LINES - 1], " ".join(lines[_LINES - 1 :])]).strip()
    return quoted_lines(f"{opening}{fit(shown, _QUOTE.get(section.key, _LINE))}{closing}")


def _is_cut(section: Section) -> bool:
    return escaped_size(section.quote) > _QUOTE.get(section.key, _LINE)


def build(target: MattermostTarget, *, clock: Clock, environ: Environ) -> MattermostChannel:
    return MattermostChannel(hook_of(target, read_hook_url(target, environ), clock))


KIND = ChannelKind(MattermostTarget, build)
