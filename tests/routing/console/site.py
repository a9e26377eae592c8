"""The pages of a router on loopback, for a test client or a browser; and incidents to show on them."""

from collections.abc import Mapping
from datetime import timedelta
from types import TracebackType
from typing import Any

from aiohttp import ClientResponse
from aiohttp.test_utils import TestClient, TestServer
from selectolax.lexbor import LexborHTMLParser, LexborNode

from monitor.records import (
    Author,
    Department,
    Finding,
    LadderStep,
    Localized,
    Reading,
    Severity,
    TopicHit,
    Trace,
)
from routing.console.app import build_console
from tests.routing.scenes import START, Scene, finding

HOSTILE = (
    "<script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\">"
    "<a href='javascript:alert(1)'>Véloria</a> {{ 7*7 }} \u202egpj.exe\u202c "
    + "W" * 400
    + " https://evil.example/x"
)
ANSWER = {"action": "acknowledge"}
CLOSE = {"action": "resolve"}

LADDER = (
    LadderStep(
        measure="observe",
        what=Localized(
            fr="Conserver la publication comme preuve et vérifier l’allégation avec les TI.",
            en="Keep the post as evidence and check the claim with IT.",
        ),
        owner="legal",
        within_minutes=15,
    ),
    LadderStep(
        measure="reply",
        what=Localized(
            fr="Publier la déclaration ci-dessous, sans confirmer ni nier la fuite.",
            en="Publish the statement below, neither confirming nor denying the leak.",
        ),
        owner="comms",
        within_minutes=30,
        approval="legal",
    ),
)
STATEMENT = Localized(
    fr="Nous avons pris connaissance de publications évoquant des données de nos clients. "
    "Nous vérifions ces informations en priorité et vous tiendrons au courant ici même.",
    en="We are aware of posts about our customers’ data. We are checking them as a matter of "
    "priority and will keep you informed here.",
)
LEAK = (
    "Mes données de compte Véloria circulent sur un forum\u00a0: nom, adresse, historique de trajets. "
    "Personne ne répond au service à la clientèle. Quelqu’un d’autre est touché?"
)
TITLE = Localized(fr="Fuite de données alléguée", en="Alleged data leak")
GROWTH = {
    "mentions": 37,
    "authors": 31,
    "reach": 182_450,
    "authors_of_unknown_reach": 4,
    "mentions_last_5_min": 21,
    "mentions_last_60_min": 37,
    "negative_share": 0.86,
}
TRACE = Trace(
    condition="all of",
    held=True,
    parts=(
        Trace(condition="topic is data_breach", saw="data_breach (données)", held=True),
        Trace(condition="reach at least 50000", saw="182450", held=True),
    ),
)


def leak(
    text: str = LEAK,
    *,
    first: str = "mastodon:1141",
    url: str = "https://social.example/@cycliste/1141",
    severity: Severity = "critical",
    page: tuple[Department, ...] = ("comms", "legal"),
    inform: tuple[Department, ...] = ("it",),
    level: int = 0,
) -> Finding:
    """A data leak that grows: every part of a page has something to say."""
    one = finding(first=first, severity=severity, page=page, inform=inform, level=level)
    reading = _reading(one.reading, text, url)
    story = one.story.model_copy(update={"title": text[:200], **GROWTH})
    clause = one.clause.model_copy(update={"title": TITLE, "ladder": LADDER, "holding_statement": STATEMENT})
    return one.model_copy(update={"reading": reading, "story": story, "clause": clause, "trace": TRACE})


def _reading(one: Reading, text: str, url: str) -> Reading:
    mention = one.mention.model_copy(
        update={
            "source": "mastodon",
            "text": text,
            "url": url,
            "author": Author(handle="@cycliste@social.example", name="Cycliste du canal", followers=48_213),
            "created_at": START - timedelta(seconds=2.6),
            "fetched_at": START - timedelta(seconds=0.5),
        }
    )
    hits = (TopicHit(topic="data_breach", why=("données", "circulent sur un forum")),)
    return one.model_copy(
        update={"mention": mention, "topics": hits, "read_at": START - timedelta(seconds=0.1)}
    )


class Site:
    """The pages on a free port. ``client`` asks like a script; ``url`` is for a browser."""

    def __init__(self, scene: Scene, environ: Mapping[str, str] | None = None) -> None:
        self.scene = scene
        self.counters = {"mentions": 7, "of_no_brand": 3, "readings": 4, "stories": 2, "findings": 1}
        app = build_console(
            scene.router,
            scene.signer,
            scene.settings,
            scene.clock,
            extra=lambda: self.counters,
            environ=environ or {},
            look_every_s=0.05,
        )
        self.client: TestClient[Any, Any] = TestClient(TestServer(app))

    async def __aenter__(self) -> "Site":
        await self.client.start_server()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.client.close()

    async def open_incident(self, one: Finding | None = None) -> None:
        """Open an incident and page for it."""
        await self.scene.router.accept([one or leak()])
        await self.scene.settle()

    def path(self, person: str = "comms-oncall", number: int = -1) -> str:
        """The personal link of a person's newest page, as a path."""
        link = self.scene.channels[f"{person}-1"].pages[number].link
        return "/p/" + link.rsplit("/", 1)[1]

    def url(self, path: str) -> str:
        return str(self.client.make_url(path))

    async def state(self) -> str:
        """The state of the newest incident."""
        return (await self.scene.router.incidents())[0].state


async def tree_of(answer: ClientResponse) -> LexborHTMLParser:
    """An answer as a parsed page."""
    return LexborHTMLParser(await answer.text())


def the(tree: LexborHTMLParser, selector: str) -> LexborNode:
    """The first element that a selector finds; fails when there is none."""
    node = tree.css_first(selector)
    assert node is not None, f"no {selector} on the page"
    return node
