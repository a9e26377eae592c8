"""``tocsin connect``: connectors into Kafka."""

import asyncio
from pathlib import Path

import click

from deploy.cli.options import config_option


@click.command("connect")
@click.argument("sources", nargs=-1)
@config_option
@click.option(
    "--port",
    type=click.IntRange(0, 65_535),
    help="Port of health and metrics, instead of kafka.connect.port.",
)
@click.option("--log-level", default="INFO", show_default=True, help="DEBUG, INFO, WARNING or ERROR.")
def command(sources: tuple[str, ...], config: Path, port: int | None, log_level: str) -> None:
    """Follow the named SOURCES (all of them when none is named) and publish what they say."""
    from deploy.connect import run_connectors
    from deploy.logs import set_up_logs
    from deploy.settings import load_settings
    from monitor.clock import SystemClock
    from monitor.errors import RefuseToStart

    set_up_logs(log_level)
    settings = load_settings(config)
    known = {source.name: source for source in settings.sources}
    unknown = [name for name in sources if name not in known]
    if unknown:
        raise RefuseToStart(
            f"no source is named {', '.join(unknown)}; the configuration has: {', '.join(known)}"
        )
    chosen = tuple(known[name] for name in sources) or settings.sources
    listen = (
        settings.kafka.connect if port is None else settings.kafka.connect.model_copy(update={"port": port})
    )
    asyncio.run(run_connectors(settings, chosen, listen, SystemClock()))
