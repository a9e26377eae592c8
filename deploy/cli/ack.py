"""``tocsin ack``: acknowledge an incident for a department."""

from pathlib import Path

import click

from deploy.cli.options import config_option
from monitor.records import DEPARTMENTS, Department


@click.command("ack")
@click.argument("label")
@click.option("--department", type=click.Choice(DEPARTMENTS), required=True, help="Whose chain stops.")
@click.option("--person", required=True, help="Your id in the configuration.")
@config_option
def command(label: str, department: Department, person: str, config: Path) -> None:
    """Acknowledge the incident LABEL (for example T-7): the department's escalation stops."""
    from deploy.router_store import answered, find_incident, known_person, open_store

    with open_store(config) as (settings, store):
        view = find_incident(store, label)
        who = known_person(settings, person)
        done = store.acknowledge(view.id, view.cycle, department, who, "command_line", person=person)
        answered(done)
