"""``tocsin check``: everything that can be known to be wrong before starting."""

import json
from pathlib import Path

import click

from deploy.cli.options import config_option, json_option


@click.command("check")
@config_option
@json_option
def command(config: Path, as_json: bool) -> None:
    """Check configuration, playbook, its examples, secrets and channels. Exit code 0, or 2 with every mistake."""
    from deploy.settings import load_settings
    from deploy.wiring import build_channels
    from monitor.clock import SystemClock
    from monitor.errors import ConfigErrors, ConfigProblem, RefuseToStart
    from monitor.playbook import load_playbook
    from routing.links import LinkSigner

    problems: list[ConfigProblem] = []
    settings = load_settings(config)
    clock = SystemClock()
    for step in (
        lambda: load_playbook(settings.playbook),
        lambda: build_channels(settings, clock),
        lambda: LinkSigner(settings.routing.links, clock),
    ):
        try:
            step()
        except ConfigErrors as error:
            problems.extend(error.problems)
        except RefuseToStart as error:
            problems.append(ConfigProblem(str(config), 1, 1, "", str(error)))
    if problems:
        raise ConfigErrors(problems)
    click.echo(json.dumps({"ok": True}) if as_json else f"{config}: good")
