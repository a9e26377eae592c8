"""``tocsin merge``: merge one incident into another."""

from pathlib import Path

import click

from deploy.cli.options import config_option, json_option


@click.command("merge")
@click.argument("label")
@click.option("--into", "into", required=True, help="The incident that goes on, for example T-7.")
@click.option("--person", required=True, help="Your id in the configuration.")
@config_option
@json_option
def command(label: str, into: str, person: str, config: Path, as_json: bool) -> None:
    """Merge the incident LABEL (for example T-8) into another one: its stories and running chains go there."""
    from deploy.router_store import by_hand, find_incident, open_store, say_change
    from routing.merging import merge

    with open_store(config) as (settings, store):
        hand = by_hand(settings, person)
        source, target = find_incident(store, label), find_incident(store, into)
        result = store.transact(
            lambda connection, now: merge(connection, settings.routing, source.id, target.id, hand(now))
        )
    say_change(result, as_json=as_json)
