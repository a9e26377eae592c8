"""A Microsoft Teams channel or chat, by a Power Automate workflow that takes an Adaptive Card.

202 says that the flow was queued, not that anybody sees the card: give whoever must be woken another target first.
"""

from typing import ClassVar, Literal
from urllib.parse import urlsplit

import orjson
from pydantic import SecretStr

from monitor.clock import Clock
from monitor.secret import SecretRef
from routing.channels.target import ChannelKind, Environ, WebTarget, posting_client, read_header_secret
from routing.channels.teams_card import envelope
from routing.http import Answer, PostingClient
from routing.http_outcome import describe, outcome_of_status, url_secrets
from routing.message_compose import compose_message
from routing.outcome import Ambiguous, DeadTarget, Delivered, Outcome
from routing.page import Page

_RETIRED = (".webhook.office.com", "outlook.office.com", "outlook.office365.com")
_SWITCHED_OFF = ("WorkflowTriggerIsNotEnabled", "WorkflowNotFound", "WorkflowSuspended")


class TeamsTarget(WebTarget):
    """A Teams channel or chat, by the URL of its workflow: the whole URL, with its ``sig``, is the secret."""

    kind: Literal["teams"]
    url: SecretRef


class TeamsChannel:
    """Pages as Adaptive Cards. Workflows give no message id: no threads, no updates."""

    kind: ClassVar[str] = "teams"
    deduplicates: ClassVar[bool] = False

    def __init__(self, target: str, url: SecretStr, client: PostingClient, clock: Clock) -> None:
        self.target = target
        self._url = url
        self._client = client
        self._clock = clock

    async def send(self, page: Page, *, thread: str = "", plain: bool = False) -> Outcome:
        """``thread`` is of no use here: a workflow cannot reply."""
        message = compose_message(page, self._clock.now())
        body = orjson.dumps(envelope(message, plain=plain))
        answer = await self._client.post(body, {"content-type": "application/json"})
        return self._outcome(answer) if isinstance(answer, Answer) else answer

    async def aclose(self) -> None:
        await self._client.aclose()

    def _outcome(self, answer: Answer) -> Outcome:
        reason = describe(answer, url_secrets(self._url.get_secret_value()))
        if answer.status == 202 or (200 <= answer.status < 300 and not answer.body and answer.complete):
            return Delivered()
        if answer.status == 400 and any(word in reason for word in _SWITCHED_OFF):
            return DeadTarget(reason)
        # Old connectors answered 200 with the text of an error; a proxy answers 200 with a login page.
        return outcome_of_status(answer, self._clock.now(), reason) or Ambiguous(reason)


def build(target: TeamsTarget, *, clock: Clock, environ: Environ) -> TeamsChannel:
    url = read_header_secret(target.url, "url", environ)
    host = urlsplit(url.get_secret_value()).hostname or ""
    if host.endswith(_RETIRED):
        raise ValueError(
            "the URL is of an Office 365 connector, which Microsoft has retired: create a workflow with the trigger"
            ' "When a Teams webhook request is received" and give its URL'
        )
    client = posting_client(url, target)
    return TeamsChannel(target.name, url, client, clock)


KIND = ChannelKind(TeamsTarget, build)
