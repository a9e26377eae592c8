"""A Microsoft Teams channel or chat, by a Power Automate workflow that takes an Adaptive Card.

202 says that the flow was queued, not that anybody sees the card: give whoever must be woken another target first.
"""

from typing import ClassVar, Literal
from urllib.parse import urlsplit

from monitor.clock import Clock
from routing.channels.secret_hook import HookTarget, SecretHook, hook_of, read_hook_url
from routing.channels.target import ChannelKind, Environ
from routing.channels.teams_card import envelope
from routing.http import Answer
from routing.http_outcome import outcome_of_status
from routing.outcome import Ambiguous, DeadTarget, Delivered, Outcome
from routing.page import Page

_RETIRED = (".webhook.office.com", "outlook.office.com", "outlook.office365.com")
_SWITCHED_OFF = ("WorkflowTriggerIsNotEnabled", "WorkflowNotFound", "WorkflowSuspended")


class TeamsTarget(HookTarget):
    """A Teams channel or chat, by the URL of its workflow: the whole URL, with its ``sig``, is the secret."""

    kind: Literal["teams"]


class TeamsChannel:
    """Pages as Adaptive Cards. Workflows give no message id: no threads, no updates."""

    kind: ClassVar[str] = "teams"
    deduplicates: ClassVar[bool] = False

    def __init__(self, hook: SecretHook) -> None:
        self.target = hook.target
        self._hook = hook

    async def send(self, page: Page, *, thread: str = "", plain: bool = False) -> Outcome:
        """``thread`` is of no use here: a workflow cannot reply."""
        return await self._hook.send(page, lambda message: envelope(message, plain=plain), self._outcome)

    async def aclose(self) -> None:
        await self._hook.aclose()

    def _outcome(self, answer: Answer, reason: str) -> Outcome:
        if answer.status == 202 or (200 <= answer.status < 300 and not answer.body and answer.complete):
            return Delivered()
        if answer.status == 400 and any(word in reason for word in _SWITCHED_OFF):
            return DeadTarget(reason)
        # Old connectors answered 200 with the text of an error; a proxy answers 200 with a login page.
        return outcome_of_status(answer, self._hook.clock.now(), reason) or Ambiguous(reason)


def build(target: TeamsTarget, *, clock: Clock, environ: Environ) -> TeamsChannel:
    url = read_hook_url(target, environ)
    host = urlsplit(url.get_secret_value()).hostname or ""
    if host.endswith(_RETIRED):
        raise ValueError(
            "the URL is of an Office 365 connector, which Microsoft has retired: create a workflow with the trigger"
            ' "When a Teams webhook request is received" and give its URL'
        )
    return TeamsChannel(hook_of(target, url, clock))


KIND = ChannelKind(TeamsTarget, build)
