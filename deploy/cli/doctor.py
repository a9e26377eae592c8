"""``tocsin doctor``: reach everything once, for whoever asks at three in the morning whether it is us."""

import asyncio
import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from deploy.cli.options import config_option, json_option

if TYPE_CHECKING:
    from deploy.doctor import Check, Probe
    from deploy.settings import TocsinSettings

KINDS = ("configuration", "secrets", "clock", "disk", "database", "kafka", "source", "channel", "links")


@click.command("doctor")
@config_option
@json_option
@click.option("--only", multiple=True, type=click.Choice(KINDS), help="Only this kind; may be given again.")
@click.option(
    "--timeout",
    "timeout_s",
    type=click.FloatRange(0.1, 300),
    default=10.0,
    show_default=True,
    help="Seconds that each check may take.",
)
def command(config: Path, as_json: bool, only: tuple[str, ...], timeout_s: float) -> None:
    """Reach every source, channel, broker and database once and say what is wrong.

    Nobody is sent anything, nothing is published and no cursor moves. Kafka is tried when the configuration has a
    kafka: section, or with --only kafka. Exit code 0 all good, 1 warnings only, 2 the configuration is wrong,
    3 something outside is down.
    """
    from deploy.doctor import exit_code
    from deploy.logs import set_up_logs
    from deploy.settings import load_settings

    set_up_logs("CRITICAL")  # what went wrong stands in the report, once
    checks = asyncio.run(_examine(load_settings(config), set(only), timeout_s, as_json))
    raise SystemExit(exit_code(checks))


async def _examine(
    settings: "TocsinSettings", only: set[str], timeout_s: float, as_json: bool
) -> "list[Check]":
    from deploy.doctor import examine, line, summary, verdict
    from deploy.doctor_words import Scrub, secrets_of
    from monitor.clock import SystemClock

    clock = SystemClock()
    started = clock.monotonic()
    probes = probes_of(settings, only, timeout_s)
    left = len(probes)

    def told(check: "Check") -> None:
        nonlocal left
        left -= 1
        click.echo(f"{check.kind} {check.name}: {check.state}, {left} to go", err=True)

    checks = await examine(probes, timeout_s, clock, Scrub(secrets_of(settings)), told)
    # Printed before the loop is closed, which waits for a thread that still hangs.
    for check in checks:
        click.echo(json.dumps(check.as_json(), ensure_ascii=False) if as_json else line(check))
    total = summary(checks, clock.monotonic() - started)
    click.echo(json.dumps(total, ensure_ascii=False) if as_json else verdict(checks))
    return checks


def probes_of(settings: "TocsinSettings", only: set[str], timeout_s: float) -> "list[Probe]":
    """What there is to try, in the order of the report."""
    from deploy.doctor_channels import channel_probes
    from deploy.doctor_database import database_probe
    from deploy.doctor_own import own_probes
    from deploy.doctor_sources import source_probes
    from monitor.clock import SystemClock

    clock = SystemClock()
    probes = [*own_probes(settings, clock), database_probe(settings, timeout_s)]
    if "kafka" in only or ("kafka" in settings.model_fields_set and not only):
        from deploy.doctor_kafka import kafka_probes

        probes += kafka_probes(settings.kafka, timeout_s)
    probes += [*source_probes(settings, clock, timeout_s), *channel_probes(settings, clock)]
    chosen = [probe for probe in probes if not only or probe.kind in only]
    return sorted(chosen, key=lambda probe: KINDS.index(probe.kind))
