"""Reads, once for many messages, what may hold them back. Within a transaction of the caller."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import orjson
from sqlalchemy import Connection, and_, or_, select

from routing.holds import Context, Waiting
from routing.inhibit import Paged
from routing.schema import incidents, instant, messages, micros, tracks
from routing.settings import RoutingSettings
from routing.silences import active_silences

_DAY = timedelta(hours=24)
_AT_ONCE = 500  # ids in one statement
_MOST_INHIBITORS = 500


class Look:
    """What holds at one moment, for rows of messages joined with their incident's ``brand`` and ``story``."""

    def __init__(
        self, connection: Connection, settings: RoutingSettings, rows: Sequence[Any], now: datetime
    ) -> None:
        rules = settings.muting.inhibit
        silences = active_silences(connection, now)
        self.context = Context(silences, rules, _inhibitors(connection, settings) if rules else ())
        self._people = {person.id: person for person in settings.people}
        brands = {silence.brand for silence in silences}
        asked = {row.incident for row in rows if rules or row.brand in brands}
        self._found = _what_fired(connection, asked) if asked else {}

    def waiting(self, row: Any) -> Waiting:
        """A row as the rules look at it."""
        story, clause = self._found.get((row.incident, row.department), (row.story, ""))
        page = Paged(row.incident, row.department, row.brand, story, row.severity, clause)
        return Waiting(page, self._people.get(row.person), row.transition, instant(row.queued_at))


def _what_fired(connection: Connection, wanted: Collection[str]) -> Mapping[tuple[str, str], tuple[str, str]]:
    """Story and clause of the finding behind each part of these incidents."""
    found: dict[tuple[str, str], tuple[str, str]] = {}
    for some in _chunks(sorted(wanted)):
        query = select(tracks.c.incident, tracks.c.department, tracks.c.finding_json)
        for row in connection.execute(query.where(tracks.c.incident.in_(some))).all():
            found[row.incident, row.department] = story_and_clause(row.finding_json)
    return found


def story_and_clause(finding_json: str) -> tuple[str, str]:
    """The ids of the story and the clause of a stored finding, without reading the rest of it."""
    finding = orjson.loads(finding_json)
    return str(finding["story"]["id"]), str(finding["clause"]["id"])


def _inhibitors(connection: Connection, settings: RoutingSettings) -> tuple[Paged, ...]:
    severities = {rule.when.severity for rule in settings.muting.inhibit}
    unanswered = and_(tracks.c.paged, tracks.c.acknowledged_at.is_(None), incidents.c.state != "resolved")
    query = (
        select(tracks, incidents.c.brand)
        .join(incidents, incidents.c.id == tracks.c.incident)
        .where(unanswered, tracks.c.severity.in_(severities), incidents.c.kind == "real")
        .order_by(incidents.c.number.desc())
        .limit(_MOST_INHIBITORS)
    )
    return tuple(
        Paged(row.incident, row.department, row.brand, story, row.severity, clause)
        for row in connection.execute(query).all()
        for story, clause in (story_and_clause(row.finding_json),)
    )


def sent_lately(
    connection: Connection, targets: Collection[str], now: datetime
) -> Mapping[str, Sequence[datetime]]:
    """When messages went to each of these targets within a day; one under way counts as sent now."""
    sent: defaultdict[str, list[datetime]] = defaultdict(list)
    since = micros(now - _DAY)
    # What was sent had been due shortly before: the index knows when, so that old rows are not looked at.
    near = messages.c.due_at > micros(now - 2 * _DAY)
    going = and_(messages.c.state == "sending", messages.c.lease_until > micros(now))
    gone = and_(messages.c.state == "sent", near, messages.c.sent_at > since)
    for some in _chunks(sorted(targets)):
        query = select(messages.c.target, messages.c.sent_at).where(messages.c.target.in_(some))
        for row in connection.execute(query.where(or_(gone, going))).all():
            sent[row.target].append(now if row.sent_at is None else instant(row.sent_at))
    return sent


def _chunks(items: Sequence[str]) -> Iterable[Sequence[str]]:
    return (items[at : at + _AT_ONCE] for at in range(0, len(items), _AT_ONCE))
