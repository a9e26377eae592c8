"""The router's database as the commands for people use it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import click

from deploy.settings import TocsinSettings, load_settings
from monitor.clock import SystemClock
from monitor.errors import RefuseToStart
from routing.desk import AckResult, ChangeResult, IncidentView
from routing.held_incident import ByHand
from routing.store import Store


@contextmanager
def open_store(config: Path) -> Iterator[tuple[TocsinSettings, Store]]:
    """The settings and the store that they name. Raises ConfigErrors and TransientError."""
    settings = load_settings(config)
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    store = Store.open(settings.store_url, SystemClock())
    try:
        yield settings, store
    finally:
        store.close()


def find_incident(store: Store, label: str) -> IncidentView:
    """The incident with this label or id. Raises RefuseToStart, which the command line prints."""
    for view in store.incidents(10_000):
        if label in {view.label, view.id}:
            return view
    raise RefuseToStart(f"no incident is called {label}: see tocsin incidents")


def known_person(settings: TocsinSettings, person: str) -> str:
    """The person's name. Raises RefuseToStart for somebody the configuration does not know."""
    names = {one.id: one.name for one in settings.routing.people}
    if person not in names:
        raise RefuseToStart(f"nobody has the id {person}; the configuration has: {', '.join(names)}")
    return names[person]


def answered(result: AckResult) -> None:
    """Say what came of it; exit code 1 when nothing changed."""
    if result.outcome == "done":
        click.echo("done")
        return
    click.echo(f"nothing changed: {result.outcome}{f' by {result.by}' if result.by else ''}", err=True)
    raise SystemExit(1)


def by_hand(settings: TocsinSettings, person: str) -> Callable[[datetime], ByHand]:
    """Who changes something, once the moment is known. Raises RefuseToStart for an unknown person."""
    name = known_person(settings, person)
    return lambda now: ByHand(name, now)


def say_change(result: ChangeResult, *, as_json: bool) -> None:
    """Say what came of a change; exit code 1 when nothing changed."""
    if as_json:
        click.echo(result.model_dump_json())
    elif result.outcome == "done":
        click.echo(f"done: {result.incident}")
    else:
        click.echo(f"nothing changed: {result.why or result.outcome}", err=True)
    if result.outcome != "done":
        raise SystemExit(1)
