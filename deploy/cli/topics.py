"""``tocsin topics``: declare the Kafka topics."""

import json
from pathlib import Path

import click

from deploy.cli.options import config_option, json_option


@click.command("topics")
@config_option
@json_option
def command(config: Path, as_json: bool) -> None:
    """Create the topics and changelogs that are missing; safe to repeat."""
    from deploy.kafka_topics import declare_topics
    from deploy.settings import load_settings

    for topic in declare_topics(load_settings(config).kafka):
        if as_json:
            click.echo(json.dumps({"topic": topic.name, "created": topic.created}))
        else:
            click.echo(f"{topic.name}: {'created' if topic.created else 'exists'}")
