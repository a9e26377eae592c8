"""Every kind of source, in one explicit table.

Convention: the module of a source exposes a ``Settings`` model with ``type: Literal["<kind>"]`` and
``name: Name = "<kind>"``, and a connector class whose constructor takes ``(settings, clock)``. It may raise
RefuseToStart (a missing secret); it neither connects nor blocks. A new source is one import, one member of
``SourceSettings`` and one line of ``SOURCES``.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import Field

from connectors.bluesky import BlueskyConnector, BlueskySettings
from connectors.feeds import FeedsConnector, FeedsSettings
from connectors.mastodon import MastodonConnector, MastodonSettings
from connectors.protocol import Connector
from connectors.replay import ReplayConnector, ReplaySettings
from connectors.webhook import WebhookConnector, WebhookSettings
from monitor.clock import Clock
from monitor.settings import Settings

SourceSettings = Annotated[
    BlueskySettings | FeedsSettings | MastodonSettings | ReplaySettings | WebhookSettings,
    Field(discriminator="type"),
]


@dataclass(frozen=True, slots=True)
class Source:
    """How a kind of source is configured and built."""

    settings: type[Settings]
    build: Callable[[Any, Clock], Connector]


SOURCES: Mapping[str, Source] = {
    "bluesky": Source(BlueskySettings, BlueskyConnector),
    "feeds": Source(FeedsSettings, FeedsConnector),
    "mastodon": Source(MastodonSettings, MastodonConnector),
    "replay": Source(ReplaySettings, ReplayConnector),
    "webhook": Source(WebhookSettings, WebhookConnector),
}


def build_connector(settings: SourceSettings, clock: Clock) -> Connector:
    """The connector of a configured source. Raises RefuseToStart when a secret is missing or wrong."""
    return SOURCES[settings.type].build(settings, clock)
