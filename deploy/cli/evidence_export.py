"""``tocsin evidence export``: a bundle of one incident that a third party verifies without Tocsin."""

import json
from pathlib import Path

import click

from deploy.cli.options import config_option, json_option


@click.command("export")
@click.argument("label")
@click.option(
    "--to",
    "to",
    type=click.Path(path_type=Path),
    required=True,
    help="A new folder, or a new file whose name ends in .tar.gz.",
)
@click.option("--person", help="Your id in the configuration: it is written down who exported.")
@click.option("--for-legal", is_flag=True, help="With the notes of legal and the reasons of legal holds.")
@config_option
@json_option
def export(label: str, to: Path, person: str | None, for_legal: bool, config: Path, as_json: bool) -> None:
    """Write what is known about the incident LABEL (for example T-7), sealed. The export itself is written down too."""
    from deploy.router_store import known_person
    from deploy.settings import load_settings
    from deploy.wiring import authority_file
    from monitor.clock import SystemClock
    from routing.database import Database
    from routing.evidence_bundle_files import write_bundle
    from routing.evidence_bundle_store import export_bundle

    settings = load_settings(config)
    who = known_person(settings, person) if person else ""
    certificate = authority_file(settings)
    authority = certificate.read_bytes() if certificate and certificate.is_file() else None
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    database = Database.open(settings.store_url)
    try:
        files = export_bundle(database, SystemClock(), label, who, authority, for_legal=for_legal)
    finally:
        database.close()
    manifest = json.loads(files["MANIFEST.json"])
    write_bundle(files, to, manifest["label"])
    if as_json:
        click.echo(json.dumps({"to": str(to), **manifest}, ensure_ascii=False))
        return
    entries = manifest["chain"]["entries"]
    click.echo(f"{manifest['label']}: {entries} entries and {len(files)} files in {to}")
    click.echo("anybody can check it: see README.en.txt in it, or tocsin evidence verify", err=True)
