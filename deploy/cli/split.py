"""``tocsin split``: give one story of an incident an incident of its own."""

from pathlib import Path

import click

from deploy.cli.options import config_option, json_option


@click.command("split")
@click.argument("label")
@click.option("--story", required=True, help="The story's id, as tocsin incidents LABEL shows it.")
@click.option("--person", required=True, help="Your id in the configuration.")
@config_option
@json_option
def command(label: str, story: str, person: str, config: Path, as_json: bool) -> None:
    """Split a story out of the incident LABEL (for example T-7) into a new one that is linked to it."""
    from deploy.router_store import by_hand, find_incident, open_store, say_change
    from routing.splitting import split

    with open_store(config) as (settings, store):
        hand = by_hand(settings, person)
        view = find_incident(store, label)
        result = store.transact(
            lambda connection, now: split(connection, settings.routing, view.id, story, hand(now))
        )
    say_change(result, as_json=as_json)
