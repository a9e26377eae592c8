"""The auditor in a process of its own, with its health page; and how it is built for `tocsin run` too."""

import asyncio
from collections.abc import Mapping

from aiohttp import web

from deploy.auditor import Auditor
from deploy.heartbeat import Heartbeat
from deploy.places import problem_at
from deploy.process import answering, until_one_ends
from deploy.settings import ListenSettings, TocsinSettings
from deploy.signals import stop_on_signals
from deploy.wiring import build_channels
from monitor.clock import Clock
from monitor.errors import ConfigErrors
from routing.audit_checks import Problem
from routing.channel import Channel
from routing.dead_man import DeadMan


def build_auditor(settings: TocsinSettings, channels: Mapping[str, Channel], clock: Clock) -> Auditor:
    """The auditor of a configuration. Raises ConfigErrors when the dead-man address is missing or not allowed."""
    dead_man, canary = _dead_man(settings), settings.canary.expected_every
    return Auditor(settings.store_url, settings.routing, channels, dead_man, clock, canary)


async def look_once(settings: TocsinSettings, clock: Clock) -> tuple[Problem, ...]:
    """One look, with its notice or its ping."""
    channels = build_channels(settings, clock)
    auditor = build_auditor(settings, channels, clock)
    try:
        return await auditor.look()
    finally:
        await _close(auditor, channels)


async def run_auditor(settings: TocsinSettings, clock: Clock) -> None:
    """Look until told to stop; health and metrics on ``auditor.port``."""
    stop = stop_on_signals()
    channels = build_channels(settings, clock)
    auditor = build_auditor(settings, channels, clock)
    heartbeat = Heartbeat(clock)
    listen = ListenSettings(host=settings.auditor.host, port=settings.auditor.port)
    try:
        async with answering(web.Application(), listen, heartbeat, heartbeat.because, "auditor"):
            await until_one_ends(_told(stop), auditor.run(settings.auditor.every), heartbeat.beat())
    finally:
        await _close(auditor, channels)


async def _told(stop: asyncio.Event) -> None:
    await stop.wait()


async def _close(auditor: Auditor, channels: Mapping[str, Channel]) -> None:
    await auditor.aclose()
    for channel in channels.values():
        await channel.aclose()


def _dead_man(settings: TocsinSettings) -> DeadMan | None:
    asked = settings.auditor
    if asked.dead_man_url is None:
        return None
    try:
        return DeadMan.of(asked.dead_man_url, allow_private_addresses=asked.allow_private_addresses)
    except ValueError as error:
        raise ConfigErrors([problem_at(settings, ("auditor", "dead_man_url"), str(error))]) from None
