"""How the parts are put together: the router with its channels, the judges, the connectors."""

from dataclasses import dataclass
from pathlib import Path

from deploy.measured_store import MeasuredStore
from deploy.metric_series import start_routing_series
from deploy.places import placed, problem_at
from deploy.settings import TocsinSettings
from monitor.clock import Clock
from monitor.errors import ConfigErrors, ConfigProblem, RefuseToStart
from routing.canary_target import CanaryChannel
from routing.channel import Channel
from routing.channels.table import build_channel
from routing.database import Database
from routing.links import LinkSigner
from routing.router import Router
from routing.sealer import Sealer
from routing.store import Store
from routing.timestamp_client import Authority


@dataclass(frozen=True, slots=True)
class Routing:
    """A router with what it was built from."""

    router: Router
    signer: LinkSigner
    channels: dict[str, Channel]
    store: Store
    database: Database
    sealer: Sealer

    async def aclose(self) -> None:
        await self.sealer.aclose()
        for channel in self.channels.values():
            await channel.aclose()
        self.store.close()


def build_channels(settings: TocsinSettings, clock: Clock) -> dict[str, Channel]:
    """Every target of every person and room, by its name. Raises ConfigErrors that name each target with a fault."""
    channels: dict[str, Channel] = {}
    problems: list[ConfigProblem] = []
    for kind, recipients in (("people", settings.routing.people), ("rooms", settings.routing.rooms)):
        for i, recipient in enumerate(recipients):
            for j, target in enumerate(recipient.targets):
                try:
                    channels[target.name] = build_channel(target, clock=clock)
                except (RefuseToStart, ValueError) as error:
                    path = ("routing", kind, i, "targets", j)
                    problems.append(problem_at(settings, path, str(error)))
    if problems:
        raise ConfigErrors(problems)
    return channels


def build_signer(settings: TocsinSettings, clock: Clock) -> LinkSigner:
    """What signs and checks personal links. Raises ConfigErrors."""
    try:
        return LinkSigner(settings.routing.links, clock)
    except ConfigErrors as error:
        raise ConfigErrors(placed(settings, error.problems)) from None


def build_routing(settings: TocsinSettings, clock: Clock) -> Routing:
    """The router on its database. Raises ConfigErrors for a missing secret, TransientError for a missing database."""
    signer = build_signer(settings, clock)
    channels = build_channels(settings, clock)
    channels[CanaryChannel.target] = CanaryChannel()
    authority = build_authority(settings)
    settings.data_dir.mkdir(parents=True, exist_ok=True)  # the default database stands in it
    database = Database.open(settings.store_url)
    store = MeasuredStore(database, clock)
    start_routing_series(settings)
    router = Router(store, settings.routing, channels, clock, signer)
    sealer = Sealer(database, clock, authority)
    return Routing(router, signer, channels, store, database, sealer)


def build_authority(settings: TocsinSettings) -> Authority | None:
    """Who stamps the seals of the history, if anybody does. Raises RefuseToStart."""
    timestamp = settings.routing.evidence.timestamp
    return None if timestamp is None else Authority(timestamp, _folder(settings))


def authority_file(settings: TocsinSettings) -> Path | None:
    """The certificates of whoever stamps the seals, if anybody does."""
    timestamp = settings.routing.evidence.timestamp
    return None if timestamp is None else _folder(settings) / timestamp.certificate


def _folder(settings: TocsinSettings) -> Path:
    return settings.file.resolve().parent if settings.file else Path()
