"""``tocsin evidence show|hold|release|erase``: what is kept, and what must be kept or erased. For people of legal."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from deploy.cli.options import config_option, json_option

if TYPE_CHECKING:
    from deploy.settings import TocsinSettings
    from routing.evidence_views import EvidenceView

person_option = click.option("--person", required=True, metavar="ID", help="Your id; you are of legal.")
reason_option = click.option(
    "--reason", required=True, help="Why. It stands in the history for ever: name nobody."
)


@click.command("show")
@click.argument("label")
@config_option
@json_option
def show(label: str, config: Path, as_json: bool) -> None:
    """Show what is kept of the incident LABEL: hashes and times of each version, and the legal holds."""
    from deploy.router_store import find_incident, open_store

    with open_store(config) as (_, store):
        view = find_incident(store, label)
        kept = store.keeping.evidence(view.id)
    if as_json:
        click.echo(kept.model_dump_json())
        return
    _print(view.label, kept)


@click.command("hold")
@click.argument("label")
@person_option
@reason_option
@config_option
def hold(label: str, person: str, reason: str, config: Path) -> None:
    """Place a legal hold on the incident LABEL: nothing of it is erased until the hold is released."""
    from deploy.router_store import find_incident, open_store

    with open_store(config) as (settings, store):
        who = _of_legal(settings, person)
        number = store.keeping.hold(find_incident(store, label).id, who, reason)
    click.echo(f"hold {number} stands on {label}")


@click.command("release")
@click.argument("label")
@person_option
@reason_option
@config_option
def release(label: str, person: str, reason: str, config: Path) -> None:
    """Release every legal hold of the incident LABEL. What has expired meanwhile is erased soon after."""
    from deploy.router_store import find_incident, open_store

    with open_store(config) as (settings, store):
        who = _of_legal(settings, person)
        released = store.keeping.release(find_incident(store, label).id, who, reason)
    if not released:
        click.echo(f"no hold stands on {label}", err=True)
        raise SystemExit(1)
    click.echo(f"{released} released")


@click.command("erase")
@click.option("--mention", default="", metavar="ID", help="One post, by its id (source:native id).")
@click.option("--author", default="", metavar="HANDLE", help="Every post of this author, by handle or id.")
@person_option
@reason_option
@config_option
def erase(mention: str, author: str, person: str, reason: str, config: Path) -> None:
    """Erase a post or an author's posts for a request under privacy law, and print the proof as JSON.

    Exit code 1 when nothing was found, or a legal hold refused a part; the proof says which.
    """
    from deploy.router_store import open_store

    if bool(mention.strip()) == bool(author.strip().removeprefix("@")):
        raise click.UsageError("give one of --mention and --author")
    with open_store(config) as (settings, store):
        who = _of_legal(settings, person)
        proof = store.keeping.erase(mention=mention.strip(), author=author.strip(), who=who, reason=reason)
    click.echo(json.dumps(proof.as_json(), ensure_ascii=False))
    for one in proof.refused:
        click.echo(f"{one.incident}: not erased, hold {one.hold}: {one.reason}", err=True)
    if not proof.posts:
        click.echo("nothing of that is stored", err=True)
    if proof.refused or not proof.posts:
        raise SystemExit(1)


def _of_legal(settings: "TocsinSettings", person: str) -> str:
    """The person's name. Raises RefuseToStart for whoever is not of legal."""
    from deploy.router_store import known_person
    from monitor.errors import RefuseToStart
    from routing.legal_notes import legal_people

    name = known_person(settings, person)
    legal = legal_people(settings.routing)
    if person not in legal:
        raise RefuseToStart(
            f"{person} is not of legal; people of legal: {', '.join(sorted(legal)) or 'nobody'}"
        )
    return name


def _print(label: str, kept: "EvidenceView") -> None:
    click.echo(f"{label}: {len(kept.versions)} versions kept, {len(kept.holds)} holds")
    for one in kept.holds:
        click.echo(f"  hold {one.number} since {one.placed_at:%Y-%m-%d} by {one.author}: {one.reason}")
    for version in kept.versions:
        until = f"kept until {version.expires_at:%Y-%m-%d %H:%M}" if version.expires_at else "kept"
        if version.erased_at:
            until = f"erased {version.erased_at:%Y-%m-%d %H:%M} ({version.erased_why})"
        click.echo(f"  {version.event:<8} received {version.received_at:%Y-%m-%d %H:%M:%S}  {until}")
        click.echo(f"    {version.mention}")
        click.echo(f"    record  {version.record_sha256}")
        click.echo(
            f"    payload {version.payload_sha256 or '-'}{'' if version.payload_kept else ' (not kept)'}"
        )
