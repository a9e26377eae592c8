"""``tocsin resolve``: close an incident."""

from pathlib import Path

import click

from deploy.cli.options import config_option


@click.command("resolve")
@click.argument("label")
@click.option("--person", required=True, help="Your id in the configuration.")
@config_option
def command(label: str, person: str, config: Path) -> None:
    """Close the incident LABEL (for example T-7): every chain stops."""
    from deploy.router_store import answered, find_incident, known_person, open_store

    with open_store(config) as (settings, store):
        view = find_incident(store, label)
        answered(store.resolve(view.id, view.cycle, known_person(settings, person), "command_line"))
