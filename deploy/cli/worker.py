"""``tocsin worker``: the Faust agents."""

import asyncio
from pathlib import Path

import click

from deploy.cli.options import config_option


@click.command("worker")
@config_option
@click.option(
    "--port", type=click.IntRange(0, 65_535), help="Port of health and metrics, instead of kafka.worker.port."
)
@click.option("--log-level", default="INFO", show_default=True, help="DEBUG, INFO, WARNING or ERROR.")
def command(config: Path, port: int | None, log_level: str) -> None:
    """Run the agents that read mentions and watch readings, until told to stop."""
    from deploy.logs import set_up_logs
    from deploy.settings import load_settings
    from deploy.worker import run_worker
    from monitor.clock import SystemClock

    set_up_logs(log_level)
    settings = load_settings(config)
    if port is not None:
        worker = settings.kafka.worker.model_copy(update={"port": port})
        settings = settings.model_copy(update={"kafka": settings.kafka.model_copy(update={"worker": worker})})
    asyncio.run(run_worker(settings, SystemClock()))
