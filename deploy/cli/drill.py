"""``tocsin drill``: page a department for an exercise, by the real way, and report what came of it."""

import asyncio
import json
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, cast
from uuid import uuid4

import click

from deploy.cli.options import config_option, json_option

if TYPE_CHECKING:
    from collections.abc import Callable

    from deploy.drill_receipt import Receipt
    from deploy.drill_run import Way
    from monitor.records import Department, Severity


@click.command("drill")
@config_option
@click.option(
    "--department", required=True, type=click.Choice(["comms", "legal", "it"]), help="Who is paged."
)
@click.option(
    "--clause", metavar="ID", help="A clause of the playbook; else the department's most severe one."
)
@click.option(
    "--severity", type=click.Choice(["info", "warning", "critical"]), help="Instead of the clause's own."
)
@click.option(
    "--wait", default="10m", show_default=True, help="How long an answer is waited for: 90s, 10m, 1h."
)
@click.option("--resolve", is_flag=True, help="Resolve the drill at its end, so that nobody else is paged.")
@click.option(
    "--through",
    type=click.Choice(["kafka", "store"]),
    help="kafka: onto the findings topic, the default when the configuration has a kafka: section. store: straight"
    " into the database of a running `tocsin run`.",
)
@json_option
def command(
    config: Path,
    department: str,
    clause: str | None,
    severity: str | None,
    wait: str,
    resolve: bool,
    through: str | None,
    as_json: bool,
) -> None:
    """Send an incident that is marked as an exercise to the people on call of a department, and follow it.

    Every message begins with EXERCISE / EXERCICE. It takes the real way: a router must be running, which pages,
    escalates and takes the answer as always. Exit code 0: somebody acknowledged in time; 1: nobody did, or a page
    failed; 3: nothing moves, no router is running.
    """
    from deploy.drill_receipt import EXITS, as_text, page_text, verdict_of
    from deploy.drill_receipt import as_json as receipt_json

    def told(receipt: "Receipt") -> None:
        for page in receipt.pages:
            click.echo(page_text(page).strip(), err=True)

    asked = cast("Department", department), clause, cast("Severity | None", severity)
    way = cast("Way | None", through)
    receipt = asyncio.run(_drill(config, asked, _length(wait), way, told, resolve=resolve))
    verdict = verdict_of(receipt)
    if as_json:
        click.echo(json.dumps(receipt_json(receipt, verdict), ensure_ascii=False))
    else:
        click.echo(as_text(receipt, verdict))
    raise SystemExit(EXITS[verdict])


def _length(text: str) -> timedelta:
    from monitor.durations import parse_duration

    try:
        return parse_duration(text)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--wait") from None


async def _drill(
    config: Path,
    asked: "tuple[Department, str | None, Severity | None]",
    wait: timedelta,
    through: "Way | None",
    told: "Callable[[Receipt], None]",
    *,
    resolve: bool,
) -> "Receipt | None":
    from deploy.drill import drill_brand, drill_clause, drill_finding
    from deploy.drill_run import Drill, default_way, hand_over, router_works
    from deploy.router_store import open_store
    from monitor.clock import SystemClock
    from monitor.playbook import load_playbook

    clock = SystemClock()
    with open_store(config) as (settings, store):
        playbook = load_playbook(settings.playbook)
        agreed = drill_clause(playbook, *asked)
        brand = drill_brand(playbook, settings.brands)
        if not await router_works(settings.store_url, clock):
            return None
        finding = drill_finding(playbook, agreed, brand, uuid4().hex, clock.now())
        way = through or default_way(settings)
        click.echo(f"a drill of {asked[0]} goes out by the {way}, clause {agreed.id}", err=True)
        await asyncio.to_thread(hand_over, settings, store, finding, way)
        drill = Drill(store, finding, clock, told)
        receipt = await drill.follow(wait)
        view = await asyncio.to_thread(drill.view)
        if view is not None and (resolve or receipt is None or not receipt.moves):
            # What no router took up must not page people when one is started tomorrow.
            await asyncio.to_thread(store.resolve, view.id, view.cycle, "tocsin drill", "command_line")
        elif view is not None and view.state != "resolved":
            click.echo(f"the drill goes on: tocsin resolve {view.label} --person YOUR-ID", err=True)
        return receipt
