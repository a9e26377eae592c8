"""``tocsin incidents``: list incidents, or show one."""

from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from deploy.cli.options import config_option, json_option

if TYPE_CHECKING:
    from sqlalchemy import Connection


@click.command("incidents")
@click.argument("label", required=False)
@config_option
@json_option
def command(label: str | None, config: Path, as_json: bool) -> None:
    """List the newest incidents, or show the one called LABEL (for example T-7) with its history."""
    from deploy.router_store import open_store
    from routing.untrusted import Untrusted, inert_line
    from routing.wording_muting import muting_words

    with open_store(config) as (_, store):
        views = [view for view in store.incidents(500) if label in {None, view.label, view.id}]
        of_one = views if label and not as_json else []
        titles_of = {view.id: store.transact(partial(_titles, view.id)) for view in of_one}
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
        if view.continues:
            click.echo(f"  {'continues' if view.cycle else 'split from'} {view.continues}")
        if view.merged_into:
            click.echo(f"  merged into {view.merged_into}")
        for story, title in titles_of.get(view.id, {}).items():
            click.echo(f"  story {story}  {inert_line(Untrusted(title), 120)}")
        for message in view.messages if label else ():
            if message.state == "pending" and message.hold:
                why = muting_words("en").held_for.get(message.hold, message.hold)
                held = f"held until {message.due_at:%Y-%m-%d %H:%M:%S} UTC: {why}"
                click.echo(f"  {message.person} ({message.channel}): {held}")
        for entry in view.history if label else ():
            click.echo(
                f"  {entry.at:%Y-%m-%d %H:%M:%S} {entry.what} {entry.department or ''} {entry.who} {entry.detail}"
            )


def _titles(incident: str, connection: "Connection", _now: datetime) -> dict[str, str]:
    from routing.incident_stories import titled_stories

    return titled_stories(connection, incident)
