"""``tocsin silence``: silence one story for a while, list silences, or end one."""

import re
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click
import orjson

from deploy.cli.options import config_option, json_option
from monitor.clock import SystemClock
from monitor.errors import RefuseToStart
from monitor.records import DEPARTMENTS, SEVERITIES, Department, Severity

if TYPE_CHECKING:
    from routing.silences import Silence
    from routing.store import Store

_LENGTH = re.compile(r"([1-9][0-9]{0,4})(m|h|d)")
_UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}
_NUMBER = re.compile(r"[Ss]-([0-9]{1,9})")
_LISTED = 500


@click.command("silence")
@click.argument("label", required=False)
@click.option("--until", help="How long or until when: 90m, 2h, 1d, or 2026-11-25T18:00+01:00.")
@click.option("--reason", help="Why nobody need be paged, in words that others understand.")
@click.option("--person", help="Your id in the configuration.")
@click.option("--department", type=click.Choice(DEPARTMENTS), help="Only this department's pages.")
@click.option("--clause", help="Only pages of this clause.")
@click.option(
    "--up-to", type=click.Choice(SEVERITIES), help="The highest severity covered; usually the present one."
)
@click.option("--list", "listing", is_flag=True, help="List silences, also those that are over.")
@click.option("--end", "end", metavar="S-NUMBER", help="End this silence now.")
@config_option
@json_option
def command(  # noqa: PLR0917 - one for each option
    label: str | None,
    until: str | None,
    reason: str | None,
    person: str | None,
    department: Department | None,
    clause: str | None,
    up_to: Severity | None,
    listing: bool,
    end: str | None,
    config: Path,
    as_json: bool,
) -> None:
    """Silence the story of the incident LABEL (for example T-7). Everything is still recorded, and a rise in severity
    still pages."""
    from deploy.router_store import find_incident, known_person, open_store
    from routing.desk import Refused
    from routing.silences import Wish

    if sum([listing, end is not None, label is not None]) != 1:
        raise RefuseToStart("give one of: an incident such as T-7, --list, or --end S-3")
    with open_store(config) as (settings, store):
        if listing:
            _list(store.silences(_LISTED), as_json)
            return
        if not person:
            raise RefuseToStart("--person is missing: every silence has an author")
        who = known_person(settings, person)
        if end is not None:
            _end(store, end, who, as_json)
            return
        if not until or not reason:
            raise RefuseToStart("a silence needs --until (for example 2h) and --reason")
        wish = Wish(who, reason, _until(until, SystemClock().now()), department, clause, up_to)
        view = find_incident(store, label or "")
        try:
            _show(store.silence(settings.routing, view.id, wish), as_json)
        except Refused as refused:
            raise RefuseToStart(str(refused)) from None


def _end(store: "Store", label: str, who: str, as_json: bool) -> None:
    ended = store.end_silence(_number(label), who)
    if ended is None:
        click.echo(f"nothing changed: no silence {label} is in force", err=True)
        raise SystemExit(1)
    _show(ended, as_json)


def _until(text: str, now: datetime) -> datetime:
    """The end that is meant. Raises RefuseToStart for what cannot be read."""
    if found := _LENGTH.fullmatch(text.strip().lower()):
        return now + int(found[1]) * _UNITS[found[2]]
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        raise RefuseToStart(
            f"--until {text[:60]} cannot be read: write 90m, 2h, 1d, or a time with its zone such as"
            " 2026-11-25T18:00+01:00"
        )
    return at.astimezone(UTC)


def _number(label: str) -> int:
    found = _NUMBER.fullmatch(label.strip())
    if found is None:
        raise RefuseToStart(f"{label[:40]} is no silence: write it as S-3; see tocsin silence --list")
    return int(found[1])


def _list(silences: "tuple[Silence, ...]", as_json: bool) -> None:
    for one in silences:
        _show(one, as_json)


def _show(one: "Silence", as_json: bool) -> None:
    now = SystemClock().now()
    if as_json:
        active = {"label": one.label, **asdict(one), "active": one.is_active(now)}
        click.echo(orjson.dumps(active).decode())
        return
    state = "in force" if one.is_active(now) else f"ended by {one.ended_by}" if one.ended_at else "over"
    covers = ", ".join(part for part in (one.department, one.clause, f"up to {one.up_to}") if part)
    click.echo(
        f"{one.label}  {state}  {one.brand}  until {one.ends_at:%Y-%m-%d %H:%M} UTC  ({covers})"
        f"  {one.author}: {one.reason}"
    )
