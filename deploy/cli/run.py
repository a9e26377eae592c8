"""``tocsin run``: embedded mode."""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

import click

from deploy.cli.options import config_option

if TYPE_CHECKING:
    from deploy.embedded import Embedded


@click.command("run")
@config_option
@click.option("--log-level", default="INFO", show_default=True, help="DEBUG, INFO, WARNING or ERROR.")
def command(config: Path, log_level: str) -> None:
    """Run everything in one process: sources, judgement, router and console.

    It goes on where it stopped, even after a power cut. Ctrl-C or SIGTERM ends it.
    """
    from deploy.embedded import build_embedded
    from deploy.logs import set_up_logs
    from deploy.settings import load_settings
    from monitor.clock import SystemClock

    set_up_logs(log_level)
    settings = load_settings(config)
    asyncio.run(_run(build_embedded(settings, SystemClock())))


async def _run(embedded: "Embedded") -> None:
    from deploy.signals import stop_on_signals

    try:
        await embedded.run(stop_on_signals())
    finally:
        await embedded.aclose()
