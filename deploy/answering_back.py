"""The ways in which services may answer, put together from the configuration."""

from deploy.places import placed
from deploy.settings import TocsinSettings
from monitor.clock import Clock
from monitor.errors import ConfigErrors
from routing.inbound.hooks import Hooks, read_keys
from routing.links import LinkSigner
from routing.store import Store


def check_inbound(settings: TocsinSettings) -> None:
    """Read every secret of the services that may answer. Raises ConfigErrors with the place of each missing one."""
    try:
        read_keys(settings.routing)
    except ConfigErrors as error:
        raise ConfigErrors(placed(settings, error.problems)) from None


def build_hooks(settings: TocsinSettings, store: Store, signer: LinkSigner, clock: Clock) -> Hooks:
    """The routes that services call. Raises ConfigErrors."""
    check_inbound(settings)
    return Hooks(store, settings.routing, signer, clock)
