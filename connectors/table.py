"""The sources that Tocsin knows, one line each: a settings model and the class that is built from it."""

from collections.abc import Callable
from typing import Annotated, Any

from pydantic import Field

from connectors.bluesky import BlueskyConnector, BlueskySettings
from connectors.feeds import FeedsConnector, FeedsSettings
from connectors.protocol import Connector
from connectors.replay import ReplayConnector, ReplaySettings
from connectors.webhook import WebhookConnector, WebhookSettings
from monitor.clock import Clock

SourceSettings = Annotated[
    BlueskySettings | FeedsSettings | ReplaySettings | WebhookSettings, Field(discriminator="type")
]

SOURCES: dict[type[Any], Callable[..., Connector]] = {
    BlueskySettings: BlueskyConnector,
    FeedsSettings: FeedsConnector,
    ReplaySettings: ReplayConnector,
    WebhookSettings: WebhookConnector,
}


def build_connector(settings: Any, clock: Clock) -> Connector:
    """The connector of one configured source. Raises RefuseToStart when a secret is missing."""
    return SOURCES[type(settings)](settings, clock)
