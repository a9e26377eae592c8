"""A canary takes the way of a page and leaves nothing that people would have to look at."""

from datetime import timedelta

from prometheus_client import REGISTRY
from sqlalchemy import func, select

from monitor.canary import CANARY, CANARY_BRAND, CANARY_CLAUSE, CanaryJudge, canary_mention, with_canary
from monitor.playbook import Playbook
from monitor.read import build_stages, read_mentions
from monitor.records import Finding, PlaybookRef
from monitor.watch import BrandState, watch_readings
from routing.audit_checks import problems_of
from routing.audit_snapshot import CanaryAwaited, snapshot
from routing.canary import MOST_WAITING, last_canary
from routing.canary_target import CanaryChannel
from routing.database import Database
from routing.pruning import CANARY_LIVES
from routing.schema import findings, history, incident_stories, incidents, messages, tracks
from tests.routing.scenes import MakeScene, Scene, finding

EVERY = timedelta(minutes=1)
JUDGE = CanaryJudge(Playbook(PlaybookRef(version="1", sha256="0" * 64), None, ()))
SEEN = "tocsin_seen_to_page_seconds_count"


def canaries(scene: Scene, *minutes: int) -> list[Finding]:
    """What reading and watching make of the canaries of these minutes from now."""
    stages, state = with_canary(build_stages(())), BrandState(CANARY_BRAND)
    found: list[Finding] = []
    for minute in minutes:
        at = scene.clock.now() + timedelta(minutes=minute)
        read = read_mentions([canary_mention(at, EVERY)], stages, at)
        found += watch_readings(state, read.readings, JUDGE, at).findings
    return found


def with_target(scene: Scene) -> Scene:
    """The router with the built-in target, as it is always built."""
    scene.channels[CANARY] = CanaryChannel()  # type: ignore[assignment]
    scene.router = scene.another_router()
    return scene


def rows(url: str) -> dict[str, int]:
    """How many rows there are in each table that a canary could be in."""
    database = Database.open(url)
    with database.reading() as connection:
        counted = {
            table.name: connection.scalar(select(func.count()).select_from(table)) or 0
            for table in (incidents, tracks, messages, findings, incident_stories, history)
        }
    database.close()
    return counted


async def test_a_canary_is_sent_measured_and_over(scene: MakeScene, store_url: str) -> None:
    one = with_target(scene())
    before = REGISTRY.get_sample_value(SEEN, {"department": "canary"}) or 0
    await one.router.accept(canaries(one, 0))
    await one.settle()
    assert REGISTRY.get_sample_value(SEEN, {"department": "canary"}) == before + 1
    database = Database.open(store_url)
    with database.reading() as connection:
        (incident,) = connection.execute(select(incidents)).all()
        (message,) = connection.execute(select(messages)).all()
        assert last_canary(connection) == one.clock.now()
    database.close()
    assert (incident.number, incident.kind, incident.state) == (-1, "canary", "resolved")
    assert (message.state, message.channel) == ("sent", "canary")


async def test_nobody_is_paged_nothing_escalates_and_no_list_shows_it(
    scene: MakeScene, store_url: str
) -> None:
    one = with_target(scene())
    await one.router.accept(canaries(one, 0, 1, 2))
    await one.settle()
    one.clock.advance(3 * 3_600)
    await one.settle()
    assert [page for name, channel in one.channels.items() if name != CANARY for page in channel.pages] == []
    assert await one.router.incidents() == ()
    assert rows(store_url)["history"] == 0
    assert rows(store_url)["messages"] == 3


async def test_the_incidents_of_people_keep_their_numbers(scene: MakeScene) -> None:
    one = with_target(scene())
    await one.router.accept([*canaries(one, 0, 1), finding()])
    await one.settle()
    assert [view.label for view in await one.router.incidents()] == ["T-1"]


async def test_a_canary_that_comes_again_is_the_same(scene: MakeScene, store_url: str) -> None:
    one = with_target(scene())
    found = canaries(one, 0)
    await one.router.accept(found)
    await one.settle()
    await one.router.accept(found)
    await one.settle()
    assert (rows(store_url)["incidents"], rows(store_url)["messages"]) == (1, 1)


async def test_a_backlog_never_grows(scene: MakeScene, store_url: str) -> None:
    one = with_target(scene())
    await one.router.accept(canaries(one, *range(20)))
    await one.settle()
    database = Database.open(store_url)
    with database.reading() as connection:
        states = [row.state for row in connection.execute(select(messages.c.state)).all()]
        still = connection.scalar(select(func.count()).where(incidents.c.state != "resolved"))
    database.close()
    assert 1 <= states.count("sent") <= MOST_WAITING
    assert set(states) == {"sent", "cancelled"}
    assert still == 0


async def test_after_a_day_nothing_is_left_of_it(scene: MakeScene, store_url: str) -> None:
    one = with_target(scene())
    await one.router.accept([*canaries(one, *range(30)), finding()])
    await one.settle()
    one.clock.advance(CANARY_LIVES.total_seconds() + 120)
    one.store.keeping.sweep(one.settings)
    left = rows(store_url)
    assert (left["incidents"], left["tracks"], left["incident_stories"], left["findings"]) == (1, 1, 1, 1)


def test_its_clause_waits_for_nothing_that_holds_back_lesser_pages() -> None:
    assert (CANARY_CLAUSE.severity, CANARY_CLAUSE.evidence, CANARY_CLAUSE.inform) == ("critical", False, ())


async def test_the_auditor_misses_canaries_that_no_longer_come(scene: MakeScene, store_url: str) -> None:
    one = with_target(scene())
    await one.router.accept(canaries(one, 0))
    await one.settle()
    awaited = CanaryAwaited(EVERY, one.clock.now() - timedelta(days=1))
    assert late(one, store_url, awaited) == set()
    one.clock.advance(240)
    assert late(one, store_url, awaited) == set()
    one.clock.advance(1)
    assert late(one, store_url, awaited) == {"canary"}
    assert late(one, store_url, None) == set()


async def test_a_canary_that_never_came_is_missed_too(scene: MakeScene, store_url: str) -> None:
    one = scene()
    awaited = CanaryAwaited(EVERY, one.clock.now())
    assert late(one, store_url, awaited) == set()
    one.clock.advance(241)
    assert late(one, store_url, awaited) == {"canary"}


async def test_a_canary_that_is_stuck_is_no_page_that_waits(scene: MakeScene, store_url: str) -> None:
    one = scene()  # no built-in target: its message cannot go
    await one.router.accept(canaries(one, 0))
    one.clock.advance(3_600)
    assert "T-" not in " ".join(subjects(one, store_url, CanaryAwaited(EVERY, one.clock.now())))


def late(scene: Scene, url: str, awaited: CanaryAwaited | None) -> set[str]:
    """Whose canaries the auditor misses."""
    return {subject for subject in subjects(scene, url, awaited) if subject == "canary"}


def subjects(scene: Scene, url: str, awaited: CanaryAwaited | None) -> list[str]:
    database = Database.open(url)
    with database.reading() as connection:
        seen = snapshot(connection, scene.settings, scene.clock.now(), awaited)
    database.close()
    return [problem.subject for problem in problems_of(seen)]
