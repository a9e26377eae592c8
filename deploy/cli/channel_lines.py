"""Whether the channels of whoever is on call work, in a line each; a database that is away is said, not raised."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import make_url

from monitor.errors import TransientError
from routing.channel_proof import channel_states, said
from routing.database import Database
from routing.schedule import on_call
from routing.schedule_build import build_schedule

if TYPE_CHECKING:
    from deploy.settings import TocsinSettings


def channel_lines(settings: "TocsinSettings", now: datetime) -> dict[str, str]:
    """By person on call at ``now`` (aware): "slack-lead confirmed 3 days ago", "… paused until …", "… never used"."""
    routing = settings.routing
    called = {
        name for one in routing.rotations for name in on_call(build_schedule(one, routing.holidays), now)
    }
    if not called:
        return {}
    if not _is_there(settings.store_url):
        return {one.id: f"{one.targets[0].name} never used" for one in routing.people if one.id in called}
    try:
        database = Database.open(settings.store_url)
    except TransientError as error:
        return dict.fromkeys(called, f"not known: {error}")
    try:
        with database.reading() as connection:
            return {
                one.id: said(channel_states(connection, one), now)
                for one in routing.people
                if one.id in called
            }
    except TransientError as error:
        return dict.fromkeys(called, f"not known: {error}")
    finally:
        database.close()


def _is_there(url: str) -> bool:
    """False for a file that no router has made yet: to look must not make it."""
    parsed = make_url(url)
    return parsed.get_backend_name() != "sqlite" or (
        parsed.database is not None and Path(parsed.database).exists()
    )
