"""What a channel is: one file per kind, built from its own settings, sending one page to one target."""

from typing import ClassVar, Protocol

from routing.outcome import Outcome
from routing.page import Page


class Channel(Protocol):
    """Sends pages to one target (a Slack channel, a mailbox, a URL, the terminal).

    ``send`` never raises for what the other side does: every answer is one of the five outcomes. The whole
    attempt is bounded by its own deadline (8 s or less). ``thread`` is the ``Delivered.thread`` of the first
    confirmed page of the same incident to the same target, empty when there is none. ``plain`` asks for the smallest
    message that can carry the page, used once after RejectedPayload.
    """

    kind: ClassVar[str]

    @property
    def target(self) -> str:
        """The target's name in the configuration: safe for logs, unlike its URL or address."""
        ...

    @property
    def deduplicates(self) -> bool:
        """True when sending the same page id twice cannot reach a person twice."""
        ...

    async def send(self, page: Page, *, thread: str = "", plain: bool = False) -> Outcome: ...

    async def aclose(self) -> None: ...
