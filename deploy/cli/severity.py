"""``tocsin severity``: set the severity of an incident."""

from pathlib import Path

import click

from deploy.cli.options import config_option, json_option
from monitor.records import SEVERITIES, Severity


@click.command("severity")
@click.argument("label")
@click.argument("severity", type=click.Choice(SEVERITIES))
@click.option("--person", required=True, help="Your id in the configuration.")
@config_option
@json_option
def command(label: str, severity: Severity, person: str, config: Path, as_json: bool) -> None:
    """Set the severity of the incident LABEL (for example T-7). A rise pages its departments, a fall is silent."""
    from deploy.router_store import by_hand, find_incident, open_store, say_change
    from routing.severity_by_hand import set_severity

    with open_store(config) as (settings, store):
        hand = by_hand(settings, person)
        view = find_incident(store, label)
        result = store.transact(
            lambda connection, now: set_severity(connection, settings.routing, view.id, severity, hand(now))
        )
    say_change(result, as_json=as_json)
