"""Probes of what is ours: configuration, secrets, disk, clock, and the address that personal links point to."""

import asyncio
import os
import shutil
from collections.abc import Callable, Iterator

from connectors.table import build_connector
from deploy.doctor import Probe, Said, down, good, warning, wrong
from deploy.doctor_channels import place_of
from deploy.doctor_database import nearest_folder
from deploy.doctor_reach import reach
from deploy.settings import TocsinSettings
from deploy.wiring import build_channels, build_signer
from monitor.clock import Clock
from monitor.errors import ConfigErrors, RefuseToStart
from monitor.playbook import load_playbook
from monitor.yaml_document import load_document
from routing.channels.target import authorities
from routing.schedule_now import gaps_ahead, nobody_ever

LITTLE_BYTES = 1_000_000_000
NONE_LEFT_BYTES = 100_000_000
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


def own_probes(settings: TocsinSettings, clock: Clock) -> Iterator[Probe]:
    """Everything that needs nobody else, and the links."""

    async def configuration() -> Said:
        return await asyncio.to_thread(try_configuration, settings, clock)

    async def secrets() -> Said:
        return await asyncio.to_thread(try_secrets, settings, clock)

    async def time() -> Said:
        now = clock.now().isoformat(timespec="seconds")
        return good(f"this machine says {now}; nothing was compared with it: no time server is asked")

    async def disk() -> Said:
        return try_disk(settings)

    async def links() -> Said:
        return await try_links(settings.routing.links.base_url, clock)

    yield Probe("configuration", "playbook and rotations", configuration)
    yield Probe("secrets", "sources, channels and links", secrets)
    yield Probe("clock", "this machine", time)
    yield Probe("disk", "data_dir", disk)
    yield Probe("links", "base_url", links)


def try_configuration(settings: TocsinSettings, clock: Clock) -> Said:
    """The playbook with its examples, and the rotations: what ``tocsin check`` sees without secrets. Blocks."""
    load_playbook(settings.playbook)
    if settings.file is None:
        return good("good")
    document = load_document(settings.file)
    nobody = list(nobody_ever(document, settings.routing, clock.now()))
    if nobody:
        return wrong("; ".join(map(str, nobody)))
    gaps = list(gaps_ahead(document, settings.routing, clock.now()))
    if gaps:
        return warning(
            f"{len(gaps)} times without anybody on call, first: {gaps[0]}", "tocsin check shows all"
        )
    return good("good")


def try_secrets(settings: TocsinSettings, clock: Clock) -> Said:
    """Whether everything that needs a secret can be built: it connects nowhere. Blocks."""
    problems: list[str] = []
    steps: list[Callable[[], object]] = [
        lambda: build_channels(settings, clock),
        lambda: build_signer(settings, clock),
        lambda: settings.store_url,
    ]
    steps += [lambda source=source: build_connector(source, clock) for source in settings.sources]  # type: ignore[misc]
    for step in steps:
        try:
            step()
        except ConfigErrors as error:
            problems.extend(f"{one.line}:{one.column} {one.field}: {one.message}" for one in error.problems)
        except (RefuseToStart, ValueError) as error:
            problems.append(str(error))
    return (
        wrong(
            f"{len(problems)} missing or wrong: {'; '.join(problems)}",
            "provide what is named, then tocsin check",
        )
        if problems
        else good("all are there")
    )


def try_disk(settings: TocsinSettings) -> Said:
    """Room and rights of the folder for cursors and state. Writes nothing."""
    folder = nearest_folder(settings.data_dir)
    if not folder.is_dir() or not os.access(folder, os.W_OK | os.X_OK):
        return down(
            f"{folder} cannot be written", "give Tocsin's account the right to write there, or mend data_dir"
        )
    return of_room(shutil.disk_usage(folder).free)


def of_room(free: int) -> Said:
    """What so many free bytes mean. Pure."""
    what = f"{free / 1e9:.1f} GB free"
    if free < NONE_LEFT_BYTES:
        return down(what, "make room now: nothing can be recorded on a full disk")
    return warning(what, "make room soon") if free < LITTLE_BYTES else good(what)


async def try_links(base_url: str, clock: Clock) -> Said:
    """Whether the address on pages answers from here."""
    place = place_of(base_url, authorities(), private=True)
    if place is None:
        return wrong("routing.links.base_url is no web address", "write https://host or http://host:port")
    said = await reach(place, clock.now())
    if said.state == "down" and place.host in _LOOPBACK:
        return warning(said.what, "start tocsin run or tocsin route here; until then no link on a page opens")
    if said.state == "down":
        return down(
            said.what, "no link on a page opens: see the proxy, and whether tocsin run or route is up"
        )
    return said
