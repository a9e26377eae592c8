"""``tocsin check``: everything that can be known to be wrong before starting."""

import json
from pathlib import Path

import click

from deploy.cli.options import config_option, json_option


@click.command("check")
@config_option
@json_option
def command(config: Path, as_json: bool) -> None:
    """Check configuration, playbook, its examples, secrets, channels and rotations.

    Exit code 0, or 2 with every mistake. Hours of the next 90 days without anybody on call are told either way.
    """
    from deploy.answering_back import check_inbound
    from deploy.legal_leaks import refuse_legal_leaks
    from deploy.settings import load_settings
    from deploy.wiring import build_channels, build_signer
    from monitor.clock import SystemClock
    from monitor.errors import ConfigErrors, ConfigProblem, RefuseToStart
    from monitor.playbook import load_playbook
    from monitor.yaml_document import load_document
    from routing.schedule_now import gaps_ahead, nobody_ever

    problems: list[ConfigProblem] = []
    settings = load_settings(config)
    clock = SystemClock()
    for step in (
        lambda: refuse_legal_leaks(settings, load_playbook(settings.playbook)),
        lambda: build_channels(settings, clock),
        lambda: build_signer(settings, clock),
        lambda: check_inbound(settings),
    ):
        try:
            step()
        except ConfigErrors as error:
            problems.extend(error.problems)
        except RefuseToStart as error:
            problems.append(ConfigProblem(str(config), 1, 1, "", str(error)))
    document = load_document(config)
    problems.extend(nobody_ever(document, settings.routing, clock.now()))
    if problems:
        raise ConfigErrors(problems)
    gaps = [str(problem) for problem in gaps_ahead(document, settings.routing, clock.now())]
    for gap in gaps:
        click.echo(gap, err=True)  # no mistake: the chain goes on without waiting
    if as_json:
        click.echo(json.dumps({"ok": True, **({"gaps": gaps} if gaps else {})}, ensure_ascii=False))
    else:
        click.echo(f"{config}: good")
