"""The auditor on a real store: what a dead router leaves behind is found, told once, and not pinged away.

ROUTING rows 18 (the auditor is itself watched: it pings something outside only while all is well) and 19 (leases
expire, and a row that is stuck holds up nobody else).
"""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from pydantic import SecretStr
from sqlalchemy import update

from deploy.auditor import Auditor
from deploy.measured_store import MeasuredStore
from monitor import metrics
from routing.audit_checks import CHECKS
from routing.channels.testing import RecordingChannel
from routing.database import Database
from routing.dead_man import DeadMan
from routing.operator_notice import WORDS
from routing.outcome import DeadTarget, RetryLater
from routing.schema import messages, tracks
from tests.routing.scenes import SECRET, Scene, finding
from tests.routing.test_rotation_steps import rotation


class Audited:
    """A router, an auditor on its database, and the dead-man service outside."""

    def __init__(self, url: str, *channels: RecordingChannel) -> None:
        self.url = url
        self.pings = 0
        self.scene = Scene(url, channels=channels)
        self.scene.store.close()
        self.scene.store = MeasuredStore.open(url, self.scene.clock)
        self.scene.router = self.scene.another_router()
        self.auditors: list[Auditor] = []

    async def answer(self, _: web.Request) -> web.Response:
        self.pings += 1
        return web.Response()

    def auditor(self, dead_man: str = "") -> Auditor:
        outside = DeadMan(SecretStr(dead_man), allow_private_addresses=True) if dead_man else None
        one = Auditor(self.url, self.scene.settings, self.scene.channels, outside, self.scene.clock)
        self.auditors.append(one)
        return one

    async def found(self, auditor: Auditor) -> set[tuple[str, str]]:
        return {(one.check, one.subject) for one in await auditor.look()}

    def notices(self, target: str = "duty-1") -> int:
        channel = self.scene.channels[target]
        return sum(page.incident_label == "TOCSIN" for page in channel.pages)


@pytest.fixture
async def audited(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Audited]:
    monkeypatch.setenv("TOCSIN_LINK_SECRET", SECRET)
    one = Audited(f"sqlite:///{tmp_path}/r.db")
    yield one
    for auditor in one.auditors:
        await auditor.aclose()
    one.scene.store.close()


async def test_all_well_is_told_outside_and_nobody_is_disturbed(audited: Audited) -> None:
    app = web.Application()
    app.router.add_get("/ping", audited.answer)
    async with TestServer(app) as server:
        auditor = audited.auditor(str(server.make_url("/ping")))
        await audited.scene.router.accept([finding(page=("legal",))])
        await audited.scene.settle()
        assert await audited.found(auditor) == set()
        assert (audited.pings, audited.notices()) == (1, 0)
        audited.scene.clock.advance(61)
        assert await audited.found(auditor) == {("router_silent", "router")}
        assert (audited.pings, audited.notices()) == (1, 1)


async def test_an_outside_that_does_not_answer_is_no_fault_of_the_router(audited: Audited) -> None:
    await audited.scene.settle()
    async with TestServer(web.Application()) as server:
        auditor = audited.auditor(str(server.make_url("/gone")))
        assert await auditor.look() == ()
    assert await auditor.look() == ()


async def test_a_router_that_died_in_the_middle_leaves_what_is_found(audited: Audited) -> None:
    scene, auditor = audited.scene, audited.auditor()
    await scene.router.accept([finding(page=("legal",)), finding(page=("it",), first="bluesky:2")])
    scene.store.claim(scene.settings)  # and the process ends here
    scene.clock.advance(600)
    found = {check for check, _ in await audited.found(auditor)}
    assert found == {"lease_expired", "timer_overdue", "router_silent"}
    await scene.settle()  # a router starts again: leases have ended, each message goes, the chains go on
    assert await audited.found(auditor) == set()
    assert {"legal-oncall-1", "it-oncall-1"} <= set(scene.paged())


async def test_a_row_that_is_stuck_holds_up_nobody_else(audited: Audited) -> None:
    scene, auditor = audited.scene, audited.auditor()
    await scene.router.accept([finding(page=("legal",))])
    scene.store.claim(scene.settings)
    database = Database.open(audited.url)
    with database.transaction() as connection:
        connection.execute(update(messages).values(lease_until=None))  # nothing will ever take it up again
        connection.execute(update(tracks).values(next_step_at=None))
    database.close()
    scene.clock.advance(61)
    await scene.router.accept([finding(page=("it",), first="bluesky:2")])
    await scene.settle()
    assert scene.paged() == {"it-oncall-1": 1}
    assert await audited.found(auditor) == {
        ("lease_expired", "T-1 legal-oncall-1"),
        ("chain_stopped", "T-1 legal"),
    }


async def test_one_problem_is_told_once_an_hour_by_whatever_process(audited: Audited) -> None:
    await audited.auditor().look()
    await audited.auditor().look()  # another process, or the same after a restart
    assert audited.notices() == 1
    audited.scene.clock.advance(3_601)
    await audited.auditor().look()
    assert audited.notices() == 2


async def test_the_next_target_is_told_when_the_first_is_dead(audited: Audited) -> None:
    audited.scene.channels["duty-1"] = RecordingChannel("duty-1", [DeadTarget("gone")])
    await audited.auditor().look()
    assert (audited.notices("duty-1"), audited.notices("duty-2")) == (1, 1)


async def test_while_nobody_can_be_told_it_is_tried_again(audited: Audited) -> None:
    for name in ("duty-1", "duty-2"):
        audited.scene.channels[name] = RecordingChannel(name, [RetryLater("busy", 1.0)])
    auditor = audited.auditor()
    await auditor.look()
    await auditor.look()
    assert (audited.notices("duty-1"), audited.notices("duty-2")) == (2, 1)


async def test_a_database_that_is_away_is_found_and_told(audited: Audited, tmp_path: Path) -> None:
    audited.url = f"sqlite:///{tmp_path}/no/such/folder/r.db"
    auditor = audited.auditor()
    assert await audited.found(auditor) == {("database_away", "database")}
    await auditor.look()
    assert audited.notices() == 1
    assert metrics.AUDITOR_FINDINGS.labels("database_away")._value.get() == 1


async def test_the_auditor_looks_for_the_starts_of_shifts(audited: Audited) -> None:
    turns = rotation("it-oncall", "it-lead")  # it-oncall takes over an hour after the scene starts
    audited.scene.settings = audited.scene.settings.model_copy(update={"rotations": (turns,)})
    auditor = audited.auditor()
    await auditor.look()
    audited.scene.clock.advance(3_600)
    await auditor.look()
    await audited.auditor().look()
    assert (audited.notices("it-oncall-1"), audited.notices("it-lead-1")) == (1, 0)


def test_every_check_is_said_in_both_languages() -> None:
    assert set(WORDS) == set(CHECKS)
    assert all(words.fr != words.en for words in WORDS.values())
