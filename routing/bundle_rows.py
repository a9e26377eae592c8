"""What a summary carries along, and what becomes of it when the summary went or failed. Within a transaction."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import Connection, and_, bindparam, exists, select, tuple_, update

from monitor.records import SEVERITIES, Localized
from routing.held_rows import lock_free
from routing.ledger import Entry, note_all
from routing.page_summary import MAX_BUNDLED, MAX_SILENCES, BundledIncident, ShownSilence, Summary
from routing.schema import incidents, messages, micros, tracks
from routing.silences import active_silences

_TITLE = 300  # characters


def summary_of(connection: Connection, carrier: Any, now: datetime) -> Summary:
    """The incidents that a claimed message carries along, each once, critical ones first."""
    query = (
        select(messages, incidents.c.number, incidents.c.brand_name)
        .join(incidents, incidents.c.id == messages.c.incident)
        .where(
            messages.c.carrier == carrier.id,
            messages.c.state == "pending",
            messages.c.incident != carrier.incident,
        )
        .order_by(messages.c.queued_at, messages.c.sequence)
    )
    found = sorted(connection.execute(query).all(), key=_urgency)
    first = list({row.incident: row for row in reversed(found)}.values())[::-1]
    shown = first[:MAX_BUNDLED]
    titles = _titles(connection, shown)
    digest = carrier.transition == "informed"
    return Summary(
        kind="digest" if digest else "storm",
        bundled=tuple(_bundled(row, titles) for row in shown),
        more=len(first) - len(shown),
        critical=sum(row.severity == "critical" and row.transition != "informed" for row in first),
        silences=_silences(connection, now) if digest else (),
    )


def _urgency(row: Any) -> tuple[bool, int]:
    return row.transition == "informed", -SEVERITIES.index(row.severity)


def _bundled(row: Any, titles: dict[tuple[str, str], Localized]) -> BundledIncident:
    return BundledIncident(
        label=f"T-{row.number}",
        severity=row.severity,
        department=row.department,
        title=titles.get((row.incident, row.department), Localized(fr="", en="")),
        brand_name=row.brand_name,
        informs=row.transition == "informed",
    )


def _titles(connection: Connection, rows: Sequence[Any]) -> dict[tuple[str, str], Localized]:
    pairs = [(row.incident, row.department) for row in rows]
    query = select(tracks.c.incident, tracks.c.department, tracks.c.finding_json)
    found = connection.execute(query.where(tuple_(tracks.c.incident, tracks.c.department).in_(pairs))).all()
    titles: dict[tuple[str, str], Localized] = {}
    for row in found:
        title = orjson.loads(row.finding_json)["clause"]["title"]
        titles[row.incident, row.department] = Localized(fr=title["fr"][:_TITLE], en=title["en"][:_TITLE])
    return titles


def _silences(connection: Connection, now: datetime) -> tuple[ShownSilence, ...]:
    return tuple(
        ShownSilence(label=one.label, author=one.author, reason=one.reason, until=one.ends_at)
        for one in active_silences(connection, now)[:MAX_SILENCES]
    )


def any_to_settle(connection: Connection) -> bool:
    """True when something that was carried along waits to learn what became of its summary."""
    carrier = messages.alias()
    done = and_(carrier.c.id == messages.c.carrier, carrier.c.state != "sending")
    waits = and_(messages.c.carrier.is_not(None), messages.c.state == "pending")
    return bool(connection.scalar(select(exists().where(waits, done))))


def settle(connection: Connection, now: datetime) -> None:
    """What a confirmed summary carried is told; what another one carried is decided again by itself."""
    carrier = messages.alias()
    query = (
        select(messages, carrier.c.state.label("its_state"), carrier.c.sent_at.label("its_time"))
        .join(carrier, carrier.c.id == messages.c.carrier)
        .where(messages.c.state == "pending", carrier.c.state != "sending")
    )
    rows = connection.execute(query).all()
    free = lock_free(connection, [row.incident for row in rows])
    ready = [row for row in rows if row.incident in free]
    told = [row for row in ready if row.its_state == "sent"]
    back = [row for row in ready if row.its_state != "sent"]
    this = and_(messages.c.id == bindparam("this"), messages.c.state == "pending")
    if told:
        done = (
            update(messages).where(this).values(state="bundled", sent_at=bindparam("at"), hold="", reason="")
        )
        connection.execute(done, [{"this": row.id, "at": row.its_time} for row in told])
        note_all(connection, [_entry(row, now) for row in told])
    if back:
        again = update(messages).where(this).values(carrier=None, due_at=micros(now))
        connection.execute(again, [{"this": row.id} for row in back])


def _entry(row: Any, now: datetime) -> Entry:
    detail = f"{row.target} in one message with others"
    return Entry(row.incident, now, "bundled", row.department, row.person, detail)
