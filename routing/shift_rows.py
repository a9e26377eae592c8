"""What the database remembers of shifts: when starts were last looked for, and each start that was dealt with."""

from datetime import datetime, timedelta

from sqlalchemy import Connection
from sqlalchemy.dialects import postgresql, sqlite

from monitor.records import digest
from routing.liveness import forget_before, mark, marked
from routing.schema import meta
from routing.settings import RoutingSettings
from routing.shift_starts import ShiftStart, shift_starts

_LOOKED = "shifts_looked"
_START = "shift:"
_KEPT = timedelta(days=30)  # far longer than starts are looked for backwards


def new_starts(connection: Connection, settings: RoutingSettings, now: datetime) -> tuple[ShiftStart, ...]:
    """The shifts that started since the last look of whatever process, each given out once.

    Within a transaction of the caller. The very first look finds nothing: what began before is no news.
    """
    since = marked(connection, _LOOKED)
    mark(connection, _LOOKED, now)
    if since is None or since > now:
        return ()
    forget_before(connection, _START, now - _KEPT)
    # A mark has whole seconds, so a start may be found twice; it is given out to whoever writes it down first.
    return tuple(one for one in shift_starts(settings, since, now) if _is_first(connection, one, now))


def _is_first(connection: Connection, one: ShiftStart, now: datetime) -> bool:
    name = _START + digest("shift", one.rotation, one.person, one.start.isoformat())[:32]
    if marked(connection, name) is not None:
        return False
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    mark_it = insert(meta).values(name=name, value=0).on_conflict_do_nothing()
    if connection.execute(mark_it).rowcount == 0:
        return False
    mark(connection, name, now)
    return True
