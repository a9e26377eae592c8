"""The live console: what it shows, to whom, and that it only shows."""

import json
from base64 import b64encode
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import ClientResponse

from monitor.errors import Unavailable
from routing.console.access import PASSWORD
from routing.desk import IncidentView
from tests.routing.console.site import ANSWER, Site, leak, the, tree_of
from tests.routing.scenes import Scene

SECRET = "correct-horse-battery"


def basic(password: str) -> dict[str, str]:
    return {"Authorization": "Basic " + b64encode(f"anyone:{password}".encode()).decode()}


async def next_update(answer: ClientResponse) -> dict[str, Any]:
    """The next update of a stream of server-sent events."""
    async for line in answer.content:
        if line.startswith(b"data: "):
            update: dict[str, Any] = json.loads(line[6:])
            return update
    raise AssertionError("the stream ended")


async def test_the_list_shows_what_matters_of_each_incident(site: Site) -> None:
    await site.scene.after(301)
    page = (await tree_of(await site.client.get("/?lang=en"))).text()
    for words in (
        "T-1 · Alleged data leak",
        "critical",
        "Véloria",
        "182,450",
        "step 2 of 3",
        "4 pages sent",
        "7 posts seen",
        "median 2.6\u00a0s",
        "1 waiting for an answer",
    ):
        assert words in " ".join(page.split(" ")).replace("\n", " "), words


async def test_an_acknowledged_and_a_closed_incident_stand_apart(site: Site) -> None:
    await site.open_incident(leak(first="bluesky:2", page=("it",), inform=()))
    await site.client.post(site.path("it-oncall"), data=ANSWER)
    tree = await tree_of(await site.client.get("/?lang=en"))
    assert [node.id for node in tree.css(".incidents h2")] == ["group-open", "group-acknowledged"]
    assert "It Oncall is on it" in the(tree, "article.acknowledged").text()
    await site.client.post(site.path("it-oncall"), data={"action": "resolve"})
    tree = await tree_of(await site.client.get("/?lang=en"))
    assert [node.id for node in tree.css(".incidents h2")] == ["group-open", "group-resolved"]


async def test_what_pages_nobody_waits_for_no_answer(site: Site) -> None:
    await site.open_incident(leak(first="bluesky:3", severity="info", page=(), inform=("comms",)))
    tree = await tree_of(await site.client.get("/?lang=en"))
    assert "T-2" in the(tree, "article.informed").text()
    assert "1 waiting for an answer" in the(tree, "#summary").text()
    assert the(tree, "title").text().strip() == "(1) Incidents · Tocsin"


async def test_one_incident_with_its_history(site: Site) -> None:
    view = (await site.scene.router.incidents())[0]
    await site.client.post(site.path(), data=ANSWER)
    tree = await tree_of(await site.client.get(f"/incidents/{view.id}?lang=fr"))
    happened = [node.text() for node in tree.css(".history b")]
    assert happened[0] == "incident ouvert"
    assert happened[-1] == "pris en charge"
    assert {"alerte envoyée"} < set(happened)
    assert "Comms Oncall" in the(tree, "#history").text()
    assert (await site.client.get("/incidents/none")).status == 404


async def test_the_api_gives_the_same(site: Site) -> None:
    views = await (await site.client.get("/api/incidents")).json()
    one = await (await site.client.get(f"/api/incidents/{views[0]['id']}")).json()
    assert [view["label"] for view in views] == ["T-1"]
    assert IncidentView.model_validate(one).label == "T-1"
    assert "/p/" not in json.dumps(views)  # nobody's personal link


async def test_the_console_only_shows(site: Site) -> None:
    view = (await site.scene.router.incidents())[0]
    for path in ("/", "/incidents/{id}", "/api/incidents", "/events", "/incidents/{id}/events"):
        for method in ("POST", "PUT", "DELETE", "PATCH"):
            answer = await site.client.request(method, path.format(id=view.id), data=ANSWER)
            assert answer.status == 405
    assert await site.state() == "open"


async def test_an_update_reaches_a_watcher(site: Site) -> None:
    answer = await site.client.get("/events?lang=en")
    assert answer.content_type == "text/event-stream"
    first = await next_update(answer)
    assert set(first["parts"]) == {"summary", "stages", "incidents"}
    await site.open_incident(leak(first="bluesky:2"))
    second = await next_update(answer)
    while 'stage-pages"><b>4<' not in second["parts"].get("stages", ""):  # until all four pages went out
        second = await next_update(answer)
    assert "T-2" in second["parts"]["incidents"]
    assert second["title"] == "(2) Incidents · Tocsin"
    site.counters["mentions"] = 99
    third = await next_update(answer)
    assert list(third["parts"]) == ["stages"]  # only what reads differently
    answer.close()


async def test_one_incident_is_followed_too(site: Site) -> None:
    view = (await site.scene.router.incidents())[0]
    answer = await site.client.get(f"/incidents/{view.id}/events?lang=en")
    await next_update(answer)
    await site.client.post(site.path(), data=ANSWER)
    assert "Comms Oncall is on it" in (await next_update(answer))["parts"]["incident"]
    answer.close()
    assert (await site.client.get("/incidents/none/events")).status == 404


@pytest.mark.parametrize("path", ["/", "/incidents/x", "/api/incidents", "/api/incidents/x", "/events"])
@pytest.mark.parametrize("host", ["tocsin.example", "evil.example:8080", "10.0.0.7:8080"])
async def test_without_a_password_only_this_machine_sees_incidents(site: Site, path: str, host: str) -> None:
    answer = await site.client.get(path, headers={"Host": host})
    assert answer.status == 403
    assert "T-1" not in await answer.text()
    assert (await site.client.get(site.path(), headers={"Host": host})).status == 200  # a personal link is


@pytest.fixture
async def guarded(scene: Scene) -> AsyncIterator[Site]:
    async with Site(scene, {PASSWORD: SECRET}) as one:
        await one.open_incident()
        yield one


async def test_a_password_opens_the_console_from_anywhere(guarded: Site) -> None:
    outside = {"Host": "tocsin.example"}
    asked = await guarded.client.get("/", headers=outside)
    assert asked.status == 401
    assert asked.headers["WWW-Authenticate"].startswith("Basic")
    assert (await guarded.client.get("/", headers=outside | basic(SECRET))).status == 200
    assert (await guarded.client.get("/", headers=basic("wrong"))).status == 401
    assert (await guarded.client.get("/")).status == 401  # this machine too: a proxy would look the same


async def test_guessing_passwords_is_slow(guarded: Site) -> None:
    guesses = [(await guarded.client.get("/", headers=basic(f"guess-{n}"))).status for n in range(22)]
    assert guesses == [401] * 20 + [429] * 2
    assert (await guarded.client.get("/", headers=basic(SECRET))).status == 429
    assert (await guarded.client.get(guarded.path())).status == 200
    guarded.scene.clock.advance(61)
    assert (await guarded.client.get("/", headers=basic(SECRET))).status == 200


async def test_a_database_that_is_away_is_said_plainly(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: object) -> None:
        raise Unavailable("the database does not answer")

    path = site.path()
    monkeypatch.setattr(site.scene.store, "incident", away)
    answer = await site.client.get(path + "?lang=en")
    assert answer.status == 503
    assert "Tocsin cannot answer" in await answer.text()
