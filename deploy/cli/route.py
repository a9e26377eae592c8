"""``tocsin route``: the router of Kafka mode."""

import asyncio
from pathlib import Path

import click

from deploy.cli.options import config_option


@click.command("route")
@config_option
@click.option("--port", type=click.IntRange(0, 65_535), help="Port of the console, instead of http.port.")
@click.option("--log-level", default="INFO", show_default=True, help="DEBUG, INFO, WARNING or ERROR.")
def command(config: Path, port: int | None, log_level: str) -> None:
    """Take findings from Kafka, page people, escalate; serve the console. Several may run side by side."""
    from deploy.logs import set_up_logs
    from deploy.route import run_router
    from deploy.settings import load_settings
    from monitor.clock import SystemClock

    set_up_logs(log_level)
    settings = load_settings(config)
    if port is not None:
        settings = settings.model_copy(update={"http": settings.http.model_copy(update={"port": port})})
    asyncio.run(run_router(settings, SystemClock()))
