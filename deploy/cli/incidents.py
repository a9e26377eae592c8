"""``tocsin incidents``: list incidents, or show one."""

from pathlib import Path

import click

from deploy.cli.options import config_option, json_option


@click.command("incidents")
@click.argument("label", required=False)
@config_option
@json_option
def command(label: str | None, config: Path, as_json: bool) -> None:
    """List the newest incidents, or show the one called LABEL (for example T-7) with its history."""
    from deploy.router_store import open_store
    from routing.wording_muting import muting_words

    with open_store(config) as (_, store):
        views = [view for view in store.incidents(500) if label in {None, view.label, view.id}]
    if label and not views:
        click.echo(f"no incident is called {label}", err=True)
        raise SystemExit(1)
    for view in views:
        if as_json:
            click.echo(view.model_dump_json())
            continue
        drill = "EXERCISE / EXERCICE  " if view.kind == "drill" else ""
        titles = ", ".join(f"{t.department}: {t.clause.title.en}" for t in view.tracks)
        click.echo(f"{view.label}  {view.state:<12} {view.severity:<8} {view.brand_name}  {drill}{titles}")
        for message in view.messages if label else ():
            if message.state == "pending" and message.hold:
                why = muting_words("en").held_for.get(message.hold, message.hold)
                held = f"held until {message.due_at:%Y-%m-%d %H:%M:%S} UTC: {why}"
                click.echo(f"  {message.person} ({message.channel}): {held}")
        for entry in view.history if label else ():
            click.echo(
                f"  {entry.at:%Y-%m-%d %H:%M:%S} {entry.what} {entry.department or ''} {entry.who} {entry.detail}"
            )
