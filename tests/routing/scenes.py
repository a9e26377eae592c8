"""Findings, settings and a router for the routing tests."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta

from monitor.clock import ManualClock
from monitor.records import (
    AgreedClause,
    Author,
    Department,
    Finding,
    LadderStep,
    Localized,
    Mention,
    PlaybookRef,
    Probabilities,
    Reading,
    Sentiment,
    Severity,
    Story,
    Trace,
    finding_id,
    reading_id,
    story_id,
)
from routing.channels.testing import RecordingChannel
from routing.links import LinkSigner
from routing.router import Router
from routing.settings import RoutingSettings
from routing.store import Store

START = datetime(2026, 3, 14, 3, 0, tzinfo=UTC)
SECRET = "a-secret-of-at-least-thirty-two-characters"


def settings(*, repeat: int = 0) -> RoutingSettings:
    """Two people per chain step by step, one catch-all; every person with two terminal targets."""
    people = [
        {
            "id": name,
            "name": name.replace("-", " ").title(),
            "language": "fr",
            "targets": [{"kind": "terminal", "name": f"{name}-1"}, {"kind": "terminal", "name": f"{name}-2"}],
        }
        for name in (
            "comms-oncall",
            "comms-lead",
            "legal-oncall",
            "legal-lead",
            "it-oncall",
            "it-lead",
            "duty",
        )
    ]
    departments = {
        d: {
            "chain": [{"people": [f"{d}-oncall"], "wait": 300}, {"people": [f"{d}-lead"], "wait": 300}],
            "repeat": repeat,
        }
        for d in ("comms", "legal", "it")
    }
    return RoutingSettings.model_validate(
        {
            "people": people,
            "departments": departments,
            "catch_all": ["duty"],
            "links": {"secret": "env:TOCSIN_LINK_SECRET"},
        }
    )


def finding(
    *,
    clause: str = "data-leak",
    first: str = "bluesky:1",
    severity: Severity = "warning",
    page: tuple[Department, ...] = ("comms",),
    inform: tuple[Department, ...] = (),
    level: int = 0,
    now: datetime = START,
) -> Finding:
    """A finding of the story that ``first`` opened."""
    mention = Mention(
        id=first,
        source="bluesky",
        kind="post",
        author=Author(handle="someone.example", followers=1_200),
        text="Véloria, quelle honte",
        created_at=now - timedelta(seconds=3),
        fetched_at=now - timedelta(seconds=2),
    )
    tone = Sentiment(
        label="negative",
        compound=-0.6,
        probabilities=Probabilities(negative=0.7, neutral=0.2, positive=0.1),
        abstain=False,
        scorer="test/1",
    )
    reading = Reading(
        id=reading_id(mention, "veloria"),
        brand="veloria",
        mention=mention,
        matched=("Véloria",),
        language="fr",
        sentiment=tone,
        read_at=now - timedelta(seconds=1),
    )
    story = story_id("veloria", first)
    return Finding(
        id=finding_id(story, clause, level),
        brand="veloria",
        brand_name="Véloria",
        clause=AgreedClause(
            id=clause,
            title=Localized(fr="Fuite de données", en="Data leak"),
            owner="comms",
            severity=severity,
            page=page,
            inform=inform,
            ladder=(
                LadderStep(measure="observe", what=Localized(fr="Suivre.", en="Follow."), owner="comms"),
            ),
        ),
        playbook=PlaybookRef(version="1", sha256="0" * 64),
        story=Story(
            id=story,
            brand="veloria",
            title="Véloria, quelle honte",
            first_mention=first,
            first_seen=now,
            last_seen=now,
            mentions=1,
            authors=1,
            reach=1_200,
        ),
        reading=reading,
        trace=Trace(condition="sentiment is negative", saw="negative", held=True),
        level=level,
        found_at=now,
    )


class Scene:
    """A router with recording channels and a clock that moves when told."""

    def __init__(self, url: str, *, repeat: int = 0, channels: Iterable[RecordingChannel] = ()) -> None:
        self.clock = ManualClock(START)
        self.settings = settings(repeat=repeat)
        given = {channel.target: channel for channel in channels}
        self.channels = {
            target.name: given.get(target.name) or RecordingChannel(target.name)
            for person in self.settings.people
            for target in person.targets
        }
        self.store = Store.open(url, self.clock)
        self.signer = LinkSigner(self.settings.links, self.clock)
        self.router = self.another_router()

    def another_router(self) -> Router:
        """One more process on the same database."""
        return Router(self.store, self.settings, self.channels, self.clock, self.signer)

    async def settle(self, router: Router | None = None) -> None:
        """Let everything that is due now happen."""
        one = router or self.router
        for _ in range(6):
            await one.step()
            await one.drained()

    async def after(self, seconds: float) -> None:
        self.clock.advance(seconds)
        await self.settle()

    def paged(self) -> dict[str, int]:
        """How many pages each target got."""
        return {name: len(channel.pages) for name, channel in self.channels.items() if channel.pages}


MakeScene = Callable[..., Scene]
