"""``tocsin mail-reply``: one mail on standard input, as a mail server pipes it, answers a page."""

import sys
from pathlib import Path
from typing import BinaryIO

import click

from deploy.cli.options import config_option, json_option

TRY_AGAIN = 75  # EX_TEMPFAIL: mail servers keep the mail and deliver it again


@click.command("mail-reply")
@click.option("--recipient", default="", help="The address that the mail server took the mail for.")
@config_option
@json_option
def command(recipient: str, config: Path, as_json: bool) -> None:
    """Read one mail from standard input: a person's reply OK, ACK, reçu… acknowledges the page that it answers.

    Automatic replies, bounces and mails from other mailboxes acknowledge nothing. Exit code 0 when the mail is
    dealt with, whatever came of it, and 75 when the mail server should deliver it again later.
    """
    from monitor.errors import RefuseToStart, TransientError

    try:
        outcome = _take(recipient, config, sys.stdin.buffer)
    except (RefuseToStart, TransientError) as error:
        click.echo(str(error), err=True)
        raise SystemExit(TRY_AGAIN) from None
    click.echo(f'{{"outcome": "{outcome}"}}' if as_json else outcome)


def _take(recipient: str, config: Path, stream: BinaryIO) -> str:
    from deploy.router_store import open_store
    from deploy.wiring import build_signer
    from monitor.clock import SystemClock
    from monitor.errors import RefuseToStart
    from routing.inbound.mail import take_reply
    from routing.inbound.mail_reading import MAX_MAIL, read_reply
    from routing.inbound.mail_telling import tell

    raw = stream.read(MAX_MAIL)
    clock = SystemClock()
    with open_store(config) as (settings, store):
        inbound = settings.routing.inbound.email
        if inbound is None:
            raise RefuseToStart(f"{config}: routing.inbound.email is not set, so no reply can be taken")
        signer = build_signer(settings, clock)
        reply = read_reply(raw, inbound.address, recipient)
        taken = store.transact(
            lambda connection, now: take_reply(connection, now, reply, settings.routing, signer)
        )
        if taken.person is not None and taken.text:
            told = tell(taken.person, reply.sender, taken.text, clock.now())
            if told:
                click.echo(f"taken, but its writer could not be told: {told}", err=True)
        return taken.outcome
