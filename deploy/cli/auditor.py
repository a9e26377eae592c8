"""``tocsin auditor``: looks for what stands still in the router, and tells people without it."""

import asyncio
import json
from pathlib import Path

import click

from deploy.cli.options import config_option, json_option


@click.command("auditor")
@config_option
@click.option("--once", is_flag=True, help="Look once and say what was found; exit code 1 when anything was.")
@click.option("--every", metavar="TIME", help="Instead of auditor.every: 30s, 1m.")
@json_option
@click.option("--log-level", default="INFO", show_default=True, help="DEBUG, INFO, WARNING or ERROR.")
def command(config: Path, once: bool, every: str | None, as_json: bool, log_level: str) -> None:
    """Look for overdue timers, stuck messages and a router that stands still, again and again.

    All well: a dead-man service (auditor.dead_man_url) is told. Anything found: it is not, and the people of
    catch_all are told directly, once an hour at most. Exit code of --once: 0 all well, 1 something was found.
    """
    from deploy.auditor_process import look_once, run_auditor
    from deploy.auditor_settings import AuditorSettings
    from deploy.logs import set_up_logs
    from deploy.settings import load_settings
    from monitor.clock import SystemClock
    from monitor.durations import parse_duration

    set_up_logs("CRITICAL" if once else log_level)
    settings = load_settings(config)
    if every is not None:
        try:
            changed = settings.auditor.model_dump() | {"every": parse_duration(every)}
            auditor = AuditorSettings.model_validate(changed)
        except ValueError as error:
            raise click.BadParameter(str(error), param_hint="--every") from None
        settings = settings.model_copy(update={"auditor": auditor})
    if not once:
        asyncio.run(run_auditor(settings, SystemClock()))
        return
    problems = asyncio.run(look_once(settings, SystemClock()))
    for one in problems:
        since = None if one.since is None else one.since.isoformat()
        line = {"check": one.check, "subject": one.subject, "since": since, "detail": one.detail}
        said = "  ".join(str(value) for value in line.values() if value)
        click.echo(json.dumps(line, ensure_ascii=False) if as_json else said)
    if as_json:
        click.echo(json.dumps({"kind": "summary", "problems": len(problems)}))
    elif not problems:
        click.echo("all well")
    raise SystemExit(1 if problems else 0)
