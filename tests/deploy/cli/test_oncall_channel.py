"""``tocsin oncall`` says whether a channel of whoever is on call works."""

import json
from datetime import timedelta
from pathlib import Path

from deploy.settings import load_settings
from monitor.clock import SystemClock
from routing.channel_proof import remember_proof
from routing.database import Database
from routing.outcome import DeadTarget
from routing.person_settings import PersonSettings
from routing.schedule import on_call
from routing.schedule_build import build_schedule
from routing.target_rows import remember_outcome
from tests.deploy.cli.test_oncall import config as config  # noqa: PLC0414 - a fixture
from tests.deploy.cli.test_oncall import oncall

NOW = SystemClock().now()


def on_call_now(config: Path) -> PersonSettings:
    settings = load_settings(config).routing
    (rotation,) = settings.rotations
    (name,) = on_call(build_schedule(rotation, settings.holidays), NOW)
    return next(one for one in settings.people if one.id == name)


def database_of(config: Path) -> Database:
    settings = load_settings(config)
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    return Database.open(settings.store_url)


def channel(config: Path) -> str:
    first, *_ = (json.loads(line) for line in oncall(config, "--json").splitlines())
    (person,) = first["on_call"]
    assert f"        channel: {person['channel']}\n" in oncall(config)
    return str(person["channel"])


def test_without_a_database_nothing_was_used_and_none_is_made(config: Path) -> None:
    assert channel(config) == f"{on_call_now(config).targets[0].name} never used"
    assert not load_settings(config).data_dir.exists()


def test_a_confirmed_channel_and_a_dead_one(config: Path) -> None:
    target = on_call_now(config).targets[0].name
    database = database_of(config)
    with database.transaction() as connection:
        remember_proof(connection, target, NOW - timedelta(days=3, minutes=1))
    assert channel(config) == f"{target} confirmed 3 days ago"
    with database.transaction() as connection:
        for one in on_call_now(config).targets:
            remember_outcome(connection, one.name, DeadTarget("token revoked"), NOW + timedelta(hours=1))
    database.close()
    assert channel(config).startswith(f"{target} paused until ")
    assert "dead: token revoked" in channel(config)


def test_another_time_says_nothing_of_channels(config: Path) -> None:
    assert "channel:" not in oncall(config, "--at", "2026-01-07T12:00Z")
