"""Where canaries are sent: a built-in person whose one target always says yes. No configuration can name either."""

from typing import ClassVar, Literal

from monitor.canary import CANARY
from routing.channels.target import Target
from routing.outcome import Delivered, Outcome
from routing.page import Page
from routing.person_settings import PersonSettings


class CanaryTarget(Target):
    """The target of the canaries; it stands in no configuration."""

    kind: Literal["canary"]


CANARY_PERSON = PersonSettings.model_construct(
    id=CANARY, name="Tocsin", targets=(CanaryTarget.model_construct(kind="canary", name=CANARY),)
)


class CanaryChannel:
    """Takes every page and does nothing with it: that the page came this far is what is measured."""

    kind: ClassVar[str] = "canary"
    deduplicates: ClassVar[bool] = True
    target: ClassVar[str] = CANARY

    async def send(self, page: Page, *, thread: str = "", plain: bool = False) -> Outcome:
        """Always delivered."""
        return Delivered(page.id)

    async def aclose(self) -> None:
        """Nothing is open."""
