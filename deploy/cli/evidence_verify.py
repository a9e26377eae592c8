"""``tocsin evidence verify``: a bundle, one incident in the store, or every chain and seal of the store."""

import dataclasses
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from deploy.cli.options import config_option, json_option

if TYPE_CHECKING:
    from cryptography import x509

    from routing.evidence_bundle_check import BundleReport
    from routing.ledger_check import StoreReport


@click.command("verify")
@click.argument("what", required=False, metavar="PATH|LABEL")
@click.option("--all", "everything", is_flag=True, help="Every chain and seal in the store.")
@click.option(
    "--certificate",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The authority's certificates (PEM) that stamps are checked with.",
)
@config_option
@json_option
def verify(what: str | None, everything: bool, certificate: Path | None, config: Path, as_json: bool) -> None:
    """Check a bundle (a folder or .tar.gz), an incident of the store (for example T-7), or everything (--all).

    Says what is proved and what is not. Exit code 1 when something is wrong, with the first fault.
    """
    from routing.timestamp import read_authority

    if everything == (what is not None):
        raise click.UsageError("name a bundle or an incident, or give --all")
    given = read_authority(certificate) if certificate else ()
    if what is not None and Path(what).exists():
        _tell_bundle(_bundle(Path(what), given), as_json=as_json)
    else:
        _tell_store(_store(config, what, given), as_json=as_json)


def _bundle(path: Path, given: "tuple[x509.Certificate, ...]") -> "BundleReport":
    from routing.evidence_bundle_check import verify_bundle
    from routing.evidence_bundle_files import read_bundle

    return verify_bundle(read_bundle(path), given)


def _store(config: Path, label: str | None, given: "tuple[x509.Certificate, ...]") -> "StoreReport":
    from deploy.settings import load_settings
    from deploy.wiring import authority_file
    from routing.database import Database
    from routing.evidence_bundle_store import find_incident_row
    from routing.ledger_check import StoreReport, verify_one, verify_store
    from routing.timestamp import read_authority

    settings = load_settings(config)
    certificate = authority_file(settings)
    authority = given or (read_authority(certificate) if certificate else ())
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    database = Database.open(settings.store_url)
    try:
        if label is None:
            return verify_store(database, authority, _progress if sys.stderr.isatty() else None)
        with database.reading() as connection:
            row = find_incident_row(connection, label)
            fault = verify_one(connection, row.id, f"T-{row.number}")
        return StoreReport(1, row.chain_length, 0, 0, 0, (fault,) if fault else ())
    finally:
        database.close()


def _progress(done: int, of: int) -> None:
    if done == of or done % 50 == 0:
        click.echo(f"\r{done} of {of} chains and seals{'' if done < of else chr(10)}", nl=False, err=True)


def _tell_bundle(report: "BundleReport", *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps({"ok": not report.fault, **dataclasses.asdict(report)}, ensure_ascii=False))
    else:
        for line in report.proved:
            click.echo(f"proved: {line}")
        for line in report.not_proved:
            click.echo(f"not proved: {line}")
    if report.fault:
        click.echo(f"wrong: {report.fault}", err=True)
        raise SystemExit(1)


def _tell_store(report: "StoreReport", *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps({"ok": not report.faults, **dataclasses.asdict(report)}, ensure_ascii=False))
    else:
        told = f"{report.chains} chains, {report.entries} entries, {report.seals} seals, {report.stamps} good stamps"
        click.echo(f"{told}; {report.unsealed} entries wait for the next seal")
    for fault in report.faults:
        click.echo(f"wrong: {fault}", err=True)
    if report.faults:
        raise SystemExit(1)
