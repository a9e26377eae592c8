"""The pages: GET shows, only POST on a personal link changes anything, hostile text stays text."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp.test_utils import TestClient, TestServer
from selectolax.lexbor import LexborHTMLParser

from routing.console.app import build_console
from routing.console.words import WORDS
from tests.routing.scenes import SECRET, Scene, finding

HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(1)> Véloria"


@pytest.fixture
async def scene(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Scene]:
    monkeypatch.setenv("TOCSIN_LINK_SECRET", SECRET)
    one = Scene(f"sqlite:///{tmp_path}/r.db")
    hostile = finding()
    mention = hostile.reading.mention.model_copy(update={"text": HOSTILE, "url": "https://evil.example/x"})
    reading = hostile.reading.model_copy(update={"mention": mention})
    await one.router.accept([hostile.model_copy(update={"reading": reading})])
    await one.settle()
    yield one
    one.store.close()


@pytest.fixture
async def client(scene: Scene) -> AsyncIterator[TestClient]:  # type: ignore[type-arg]
    app = build_console(
        scene.router, scene.signer, scene.settings, scene.clock, extra=lambda: {"mentions": 7}
    )
    async with TestClient(TestServer(app)) as one:
        yield one


def path_of(scene: Scene) -> str:
    return "/p/" + scene.channels["comms-oncall-1"].pages[0].link.rsplit("/", 1)[1]


async def test_a_link_opened_by_a_scanner_changes_nothing(scene: Scene, client: TestClient) -> None:  # type: ignore[type-arg]
    for _ in range(5):
        answer = await client.get(path_of(scene))
        assert answer.status == 200
        assert (await client.head(path_of(scene))).status == 200
    assert (await scene.router.incidents())[0].state == "open"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["Cache-Control"] == "no-store"


async def test_a_post_acknowledges_once_and_then_says_who(scene: Scene, client: TestClient) -> None:  # type: ignore[type-arg]
    first = await (await client.post(path_of(scene), data={"action": "acknowledge"})).text()
    again = await (await client.post(path_of(scene), data={"action": "acknowledge"})).text()
    assert WORDS["fr"]["done"] in first
    assert "Comms Oncall" in again
    assert (await scene.router.incidents())[0].state == "acknowledged"


async def test_a_post_resolves(scene: Scene, client: TestClient) -> None:  # type: ignore[type-arg]
    await client.post(path_of(scene), data={"action": "resolve"})
    assert (await scene.router.incidents())[0].state == "resolved"


@pytest.mark.parametrize("action", ["", "delete"])
async def test_another_action_is_refused(scene: Scene, client: TestClient, action: str) -> None:  # type: ignore[type-arg]
    assert (await client.post(path_of(scene), data={"action": action})).status == 400


async def test_a_forged_or_expired_link_is_refused(scene: Scene, client: TestClient) -> None:  # type: ignore[type-arg]
    good = path_of(scene)
    assert (await client.post(good[:-4] + "AAAA", data={"action": "acknowledge"})).status == 403
    scene.clock.advance(25 * 3600)
    assert (await client.post(good, data={"action": "acknowledge"})).status == 403
    assert (await scene.router.incidents())[0].state == "open"


@pytest.mark.parametrize("where", ["link", "incident", "list"])
async def test_hostile_text_stays_text(scene: Scene, client: TestClient, where: str) -> None:  # type: ignore[type-arg]
    view = (await scene.router.incidents())[0]
    path = {"link": path_of(scene), "incident": f"/incidents/{view.id}", "list": "/"}[where]
    tree = LexborHTMLParser(await (await client.get(path)).text())
    assert not tree.css("script")
    assert not tree.css("img")
    assert all("evil.example" not in (link.attributes.get("href") or "") for link in tree.css("a"))


async def test_the_list_and_the_api_show_the_incident(scene: Scene, client: TestClient) -> None:  # type: ignore[type-arg]
    page = await (await client.get("/?lang=en")).text()
    assert all(words in page for words in ("T-1", "Data leak", "7 posts"))
    views = await (await client.get("/api/incidents")).json()
    assert [view["label"] for view in views] == ["T-1"]
    assert (await client.get("/api/incidents/none")).status == 404
    assert (await client.get("/incidents/none?lang=fr")).status == 404


def test_both_languages_are_whole() -> None:
    assert WORDS["fr"].keys() == WORDS["en"].keys()
    assert all(text.strip() for words in WORDS.values() for text in words.values())
