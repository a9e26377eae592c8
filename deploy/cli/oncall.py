"""``tocsin oncall``: who is on call, until when, and who is next; calendars out and in."""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click

from deploy.cli.channel_lines import channel_lines
from deploy.cli.options import config_option, json_option
from monitor.clock import SystemClock
from monitor.errors import RefuseToStart
from monitor.records import DEPARTMENTS, Department, digest
from routing.escalate import called, freeze_chain
from routing.ical import CalendarEvent, write_calendar
from routing.ical_reading import MAX_BYTES, read_events
from routing.schedule_build import build_schedule
from routing.schedule_import import as_yaml, overrides_of
from routing.schedule_now import HORIZON, NowAndNext, now_and_next
from routing.schedule_settings import FIRST_YEAR, LAST_YEAR, RotationSettings, starting
from routing.schedule_shifts import Shift, Stretch, shifts
from routing.settings import RoutingSettings


@click.command("oncall")
@config_option
@click.option(
    "--at", "when", metavar="TIME", help='Now, unless told: 2026-12-24T18:00Z or "… 18:00 Europe/Paris".'
)
@click.option("--rotation", metavar="ID", help="Only this rotation.")
@click.option(
    "--ical", "ical", metavar="FILE", help="Write the shifts from then on as a calendar; - is stdout."
)
@click.option(
    "--days", type=click.IntRange(1, 730), default=90, show_default=True, help="How far --ical looks."
)
@click.option("--import", "imported", metavar="FILE.ics", help="Print the events of a calendar as overrides.")
@json_option
def command(
    config: Path,
    when: str | None,
    rotation: str | None,
    ical: str | None,
    days: int,
    imported: str | None,
    as_json: bool,
) -> None:
    """Show who is on call, until when, and who is next, per rotation and per department."""
    from deploy.settings import load_settings

    if ical and imported:
        raise click.UsageError("--ical and --import are two different things; give one of them")
    now = SystemClock().now()
    at = now if when is None else _instant(when)
    loaded = load_settings(config)
    settings = loaded.routing
    rotations = _chosen(settings, rotation)
    if ical:
        _write(ical, _calendar(settings, rotations, at, at + timedelta(days=days), now))
    elif imported:
        _print_overrides(settings, imported, rotation, at, as_json=as_json)
    else:
        # Whether a channel works is known of now alone.
        channels = channel_lines(loaded, at) if when is None else {}
        departments = rotation is None
        for line in _overview(settings, rotations, at, channels, as_json=as_json, departments=departments):
            click.echo(line)


def _instant(text: str) -> datetime:
    """A time with its zone: ISO 8601, or a local time followed by the name of its zone."""
    moment, _, zone = text.strip().rpartition(" ")
    try:
        if zone[:1].isalpha():
            at = starting(datetime.fromisoformat(moment), zone)
        else:
            at = datetime.fromisoformat(text.strip())
    except (ValueError, KeyError, OSError):
        raise RefuseToStart(
            f"--at {text[:60]!r} is no time; write 2026-12-24T18:00Z or '2026-12-24 18:00 America/Montreal'"
        ) from None
    if at.tzinfo is None:
        raise RefuseToStart(
            f"--at {text[:60]!r} has no zone; add Z, -05:00 or a name such as America/Montreal"
        )
    if not FIRST_YEAR < at.year < LAST_YEAR - 3:
        raise RefuseToStart(
            f"--at {text[:60]!r} is too far away; from {FIRST_YEAR + 1} to {LAST_YEAR - 4} is possible"
        )
    return at.astimezone(UTC)


def _chosen(settings: RoutingSettings, rotation: str | None) -> tuple[RotationSettings, ...]:
    chosen = tuple(one for one in settings.rotations if rotation in {None, one.id})
    if rotation is not None and not chosen:
        known = ", ".join(one.id for one in settings.rotations) or "none"
        raise RefuseToStart(f"there is no rotation called {rotation[:60]}; the configuration has: {known}")
    return chosen


def _overview(
    settings: RoutingSettings,
    rotations: Sequence[RotationSettings],
    at: datetime,
    channels: Mapping[str, str],
    *,
    as_json: bool,
    departments: bool,
) -> Iterator[str]:
    names = {person.id: person.name for person in settings.recipients}
    for rotation in rotations:
        found = now_and_next(build_schedule(rotation, settings.holidays), at)
        if as_json:
            told = _rotation_json(rotation, found, names, at)
            told["on_call"] = [
                one | ({"channel": channels[one["person"]]} if one["person"] in channels else {})
                for one in told["on_call"]
            ]
            yield json.dumps(told, ensure_ascii=False)
        else:
            yield from _rotation_lines(rotation, found, names, channels)
    for department in DEPARTMENTS if departments else ():
        steps = _steps(settings, department, names, at)
        if as_json:
            told = {"kind": "department", "department": department, "at": _iso(at), "steps": steps}
            yield json.dumps(told, ensure_ascii=False)
        else:
            yield department
            yield from (f"  step {one['step']}  {_step_line(one)}" for one in steps)


def _rotation_lines(
    rotation: RotationSettings, found: NowAndNext, names: dict[str, str], channels: Mapping[str, str]
) -> Iterator[str]:
    def people(ids: Sequence[str]) -> str:
        return " and ".join(names.get(one, one) for one in ids) or "nobody"

    def local(at: datetime) -> str:
        return f"{at.astimezone(ZoneInfo(rotation.time_zone)):%a %Y-%m-%d %H:%M}"

    yield f"{rotation.title} ({rotation.time_zone})"
    until = f"until {local(found.until)}" if found.until else f"no change in {HORIZON.days} days"
    yield f"  now   {people(found.people)}, {until}"
    for one in found.people:
        if one in channels:
            of = f" of {names.get(one, one)}" if len(found.people) > 1 else ""
            yield f"        channel{of}: {channels[one]}"
    if found.next:
        yield f"  next  {people(found.next.people)}, from {local(found.next.start)}"
    if found.relief and found.relief != found.next:
        yield f"  then  {people(found.relief.people)}, from {local(found.relief.start)}"


def _rotation_json(
    rotation: RotationSettings, found: NowAndNext, names: dict[str, str], at: datetime
) -> dict[str, Any]:

    def told(stretch: Stretch | None) -> dict[str, Any] | None:
        return {"at": _iso(stretch.start), "people": _people(stretch.people, names)} if stretch else None

    return {
        "kind": "rotation",
        "rotation": rotation.id,
        "name": rotation.title,
        "time_zone": rotation.time_zone,
        "at": _iso(at),
        "on_call": _people(found.people, names),
        "until": _iso(found.until) if found.until else None,
        "next": told(found.next),
        "relief": told(found.relief),
    }


def _steps(
    settings: RoutingSettings, department: Department, names: dict[str, str], at: datetime
) -> list[dict[str, Any]]:
    """The chain once, and the catch-all, with whom each step would reach at ``at``."""
    chain = freeze_chain(settings, department, "warning").steps
    once = (*chain[: len(settings.departments[department].policy("warning").chain)], chain[-1])
    return [
        {
            "step": number,
            "people": _people((reached := called(settings, step, at)).everybody, names),
            "nobody_in": list(reached.nobody_in),
            "catch_all": number == len(once),
        }
        for number, step in enumerate(once, 1)
    ]


def _step_line(step: dict[str, Any]) -> str:
    people = ", ".join(person["name"] for person in step["people"]) or "nobody: the next step comes at once"
    nobody = f" (nobody in {', '.join(step['nobody_in'])})" if step["nobody_in"] else ""
    return f"{people}{nobody}{' (catch-all)' if step['catch_all'] else ''}"


def _people(ids: Sequence[str], names: dict[str, str]) -> list[dict[str, str]]:
    return [{"person": one, "name": names.get(one, one)} for one in ids]


def _calendar(
    settings: RoutingSettings,
    rotations: Sequence[RotationSettings],
    start: datetime,
    end: datetime,
    made_at: datetime,
) -> str:
    names = {person.id: person.name for person in settings.people}
    events: dict[str, CalendarEvent] = {}
    for rotation in rotations:
        for shift in shifts(build_schedule(rotation, settings.holidays), start, end):
            event = _event(rotation, shift, names)
            if event.uid not in events or events[event.uid].end < event.end:
                events[event.uid] = event
    title = ", ".join(rotation.title for rotation in rotations) or "On call"
    return write_calendar(title, events.values(), made_at)


def _event(rotation: RotationSettings, shift: Shift, names: dict[str, str]) -> CalendarEvent:
    """Named by what stays: whoever subscribes sees a changed shift change, and no other one."""
    uid = digest("shift", rotation.id, shift.layer, shift.person, _iso(shift.start))
    summary = f"{names.get(shift.person, shift.person)} ({rotation.title})"
    return CalendarEvent(f"{uid}@tocsin", shift.start, shift.end, summary, shift.person, rotation.id)


def _write(file: str, calendar: str) -> None:
    if file == "-":
        click.get_binary_stream("stdout").write(calendar.encode("utf-8"))
        return
    try:
        Path(file).write_bytes(calendar.encode("utf-8"))
    except OSError as error:
        raise RefuseToStart(f"{file}: cannot be written: {error.strerror}") from None


def _print_overrides(
    settings: RoutingSettings, file: str, rotation: str | None, at: datetime, *, as_json: bool
) -> None:
    if not settings.rotations:
        raise RefuseToStart("the configuration has no rotations; add one before importing overrides for it")
    found = overrides_of(read_events(_read(file), file), settings, file, rotation)
    coming = [one for one in found if one.end > at]
    for one in settings.rotations:
        own = [override for override in coming if override.rotation == one.id]
        if as_json:
            for override in own:
                told = {"kind": "override", **override._asdict()}
                told |= {"start": _iso(override.start), "end": _iso(override.end)}
                click.echo(json.dumps(told))
        elif own:
            click.echo(f"# rotation {one.id}: put this under overrides:\n{as_yaml(one, own)}", nl=False)
    over = f", {len(found) - len(coming)} are over" if len(coming) < len(found) else ""
    click.echo(f"{file}: {len(coming)} new overrides{over}", err=True)


def _read(file: str) -> bytes:
    try:
        with Path(file).open("rb") as stream:
            return stream.read(MAX_BYTES + 1)
    except OSError as error:
        raise RefuseToStart(f"{file}: cannot be read: {error.strerror}") from None


def _iso(at: datetime) -> str:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")
