"""The pages in a real Chromium: on a phone, by tap, live, and with hostile posts."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import pytest

from tests.routing.console.site import HOSTILE, Site, leak
from tests.routing.scenes import Scene

if TYPE_CHECKING:  # Playwright is slow to import, which only tests that use a browser should pay
    from playwright.async_api import Page

pytestmark = pytest.mark.chromium

PHONE = {"width": 360, "height": 640}
DESK = {"width": 1280, "height": 800}
HERE = Path(__file__).parent
OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
Visit = Callable[..., Any]


@pytest.fixture
async def hostile_site(scene: Scene) -> AsyncIterator[Site]:
    """Two incidents: one to read, and one whose every text tries to break out."""
    async with Site(scene) as one:
        await one.open_incident()
        await one.open_incident(leak(HOSTILE, first="bluesky:7", page=("it",), inform=()))
        yield one


async def paths_of(site: Site) -> list[str]:
    views = await site.scene.router.incidents()
    incidents = [f"/incidents/{view.id}" for view in views]
    return ["/", *incidents, site.path(), site.path("it-oncall"), "/p/forged"]


@asynccontextmanager
async def watched(page: "Page") -> AsyncIterator[list[str]]:
    """Collects what the browser complains of: script errors, refused or failed loads from our own pages."""
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on(
        "requestfailed",  # leaving a page ends its stream of updates
        lambda request: None if "/events" in request.url else complaints.append(f"failed {request.url}"),
    )
    page.on(
        "console",
        lambda said: complaints.append(said.text) if "Content Security Policy" in said.text else None,
    )
    yield complaints


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("size", [PHONE, {"width": 320, "height": 568}, DESK], ids=["360", "320", "1280"])
async def test_nothing_overflows_sideways(
    hostile_site: Site, chromium_page: "Page", language: str, size: Any
) -> None:
    await chromium_page.set_viewport_size(size)
    for path in await paths_of(hostile_site):
        await chromium_page.goto(hostile_site.url(f"{path}?lang={language}"))
        assert await chromium_page.evaluate(OVERFLOW) == 0, path


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("language", ["fr", "en"])
async def test_everybody_can_read_and_operate_the_pages(
    hostile_site: Site, chromium_page: "Page", language: str, scheme: Any
) -> None:
    await chromium_page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    await chromium_page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    contrast = (HERE / "contrast.js").read_text(encoding="utf-8")
    stumbles = (HERE / "accessibility.js").read_text(encoding="utf-8")
    for path in await paths_of(hostile_site):
        await chromium_page.goto(hostile_site.url(f"{path}?lang={language}"))
        assert await chromium_page.evaluate(stumbles) == [], path
        texts = await chromium_page.evaluate(contrast)
        assert len(texts) > 5
        weak = [one for one in texts if one["ratio"] < (3 if one["large"] else 4.5)]
        assert weak == [], path


async def test_a_tap_acknowledges(site: Site, chromium_page: "Page") -> None:
    await chromium_page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    async with watched(chromium_page) as complaints:
        await chromium_page.goto(site.url(site.path()))
        button = chromium_page.get_by_role("button", name="Je m’en occupe")
        assert await button.is_visible()
        box = await button.bounding_box()
        assert box is not None
        assert box["y"] + box["height"] <= PHONE["height"]  # under the thumb without scrolling
        assert await site.state() == "open"
        await button.click()
        await chromium_page.wait_for_selector("#answer")
        assert "C’est noté" in await chromium_page.inner_text("#answer")
        assert not await button.count()
        track = (await site.scene.router.incidents())[0].tracks[0]
        assert (track.department, track.acknowledged_by) == ("comms", "Comms Oncall")
        await chromium_page.reload()  # sends the form again: the answer says that it was noted already
        assert "déjà noté" in await chromium_page.inner_text("#answer")
    assert complaints == []


async def test_opening_and_reading_acknowledges_nothing(site: Site, chromium_page: "Page") -> None:
    await chromium_page.goto(site.url(site.path()))
    for _ in range(3):
        await chromium_page.reload()
    await chromium_page.get_by_role("link", name="English").click()
    await chromium_page.keyboard.press("End")
    await chromium_page.goto("about:blank")
    assert await site.state() == "open"


async def test_closing_takes_two_taps(site: Site, chromium_page: "Page") -> None:
    await chromium_page.goto(site.url(site.path() + "?lang=en"))
    close = chromium_page.get_by_role("button", name="Yes, close T-1")
    assert not await close.is_visible()
    await chromium_page.get_by_text("Close the incident").click()
    await close.click()
    await chromium_page.wait_for_selector("#answer")
    assert await site.state() == "resolved"


async def test_the_keyboard_is_enough(site: Site, chromium_page: "Page") -> None:
    await chromium_page.set_viewport_size(DESK)  # type: ignore[arg-type]
    await chromium_page.goto(site.url(site.path() + "?lang=en"))
    for _ in range(10):
        await chromium_page.keyboard.press("Tab")
        outline = await chromium_page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert outline == "solid"
        if await chromium_page.evaluate("document.activeElement.value") == "acknowledge":
            break
    await chromium_page.keyboard.press("Enter")
    await chromium_page.wait_for_selector("#answer")
    assert (await site.scene.router.incidents())[0].tracks[0].acknowledged_by == "Comms Oncall"


async def test_updates_arrive_without_reload(site: Site, chromium_page: "Page") -> None:
    async with watched(chromium_page) as complaints:
        await chromium_page.goto(site.url("/?lang=en"))
        await chromium_page.wait_for_selector("#connection:not([hidden])")
        await chromium_page.evaluate("window.marker = 'same page'")
        await chromium_page.focus("article a")
        await site.open_incident(leak(first="bluesky:2", page=("it",), inform=()))
        await chromium_page.wait_for_selector("article:has-text('T-2')")
        await chromium_page.wait_for_function("document.title.startsWith('(2)')")
        view = (await site.scene.router.incidents())[-1]
        for department in ("comms", "legal"):
            await site.scene.router.acknowledge(
                view.id, 0, department, f"{department}-oncall", "command_line"
            )
        await chromium_page.wait_for_selector("#group-acknowledged ~ article:has-text('T-1')")
        assert await chromium_page.evaluate("window.marker") == "same page"
        assert await chromium_page.evaluate("document.activeElement.textContent.trim().slice(0, 3)") == "T-1"
        assert "Live" in await chromium_page.inner_text("#connection")
    assert complaints == []


async def test_a_lost_connection_is_said(site: Site, chromium_page: "Page") -> None:
    await chromium_page.goto(site.url("/?lang=fr"))
    await chromium_page.wait_for_selector("#connection:has-text('En direct')")
    await site.client.close()
    await chromium_page.wait_for_selector("#connection.lost:has-text('Connexion perdue')")
    assert "T-1" in await chromium_page.inner_text("#incidents")  # what was known stays readable


async def test_one_incident_is_live_too(site: Site, chromium_page: "Page") -> None:
    view = (await site.scene.router.incidents())[0]
    await chromium_page.goto(site.url(f"/incidents/{view.id}?lang=en"))
    await chromium_page.wait_for_selector("#connection:not([hidden])")
    await site.scene.router.acknowledge(view.id, 0, "comms", "comms-oncall", "command_line")
    await chromium_page.wait_for_selector("#head:has-text('Comms Oncall is on it')")
    await chromium_page.wait_for_selector("#history:has-text('acknowledged')")


async def test_a_colleagues_answer_takes_the_button_away(site: Site, chromium_page: "Page") -> None:
    async with watched(chromium_page) as complaints:
        await chromium_page.goto(site.url(site.path() + "?lang=en"))
        await chromium_page.wait_for_selector("#connection:not([hidden])")
        await chromium_page.evaluate("document.getElementById('act').marker = 'the same form'")
        view = (await site.scene.router.incidents())[0]
        await site.scene.router.acknowledge(view.id, 0, "legal", "legal-oncall", "command_line")
        await chromium_page.wait_for_selector("#told:has-text('Legal Oncall is on it')")
        assert await chromium_page.evaluate("document.getElementById('act').marker") == "the same form"
        await site.scene.router.acknowledge(view.id, 0, "comms", "comms-lead", "command_line")
        await chromium_page.wait_for_selector("#standing:has-text('Comms Lead has been on it')")
        assert await chromium_page.locator("#act").count() == 0
    assert complaints == []


async def test_what_the_reader_opened_or_closed_stays_so(site: Site, chromium_page: "Page") -> None:
    view = (await site.scene.router.incidents())[0]
    await chromium_page.goto(site.url(f"/incidents/{view.id}?lang=en"))
    await chromium_page.wait_for_selector("#connection:not([hidden])")
    opened = "[...document.querySelectorAll('details[open]')].map(one => one.id).join()"
    assert await chromium_page.evaluate(opened) == "part-comms"
    for part in ("comms", "it"):
        await chromium_page.click(f"#part-{part} > summary")
    await site.scene.router.acknowledge(view.id, 0, "it", "it-oncall", "command_line")
    await site.scene.router.acknowledge(view.id, 0, "comms", "comms-oncall", "command_line")
    await chromium_page.wait_for_selector("#part-comms.changed", state="attached")
    assert await chromium_page.evaluate(opened) == "part-it"


async def test_countdowns_run_in_the_readers_words(site: Site, chromium_page: "Page") -> None:
    await chromium_page.goto(site.url(site.path()))
    lead = await chromium_page.inner_text("#lead time")
    assert lead.startswith(("dans 4\u00a0min", "dans 5\u00a0min"))
    assert await chromium_page.get_attribute("#lead time", "title") == "à 03\u00a0h\u00a005\u00a0TU"


async def test_the_statement_is_copied_or_selected(site: Site, chromium_page: "Page") -> None:
    await chromium_page.goto(site.url(site.path()))
    button = chromium_page.get_by_role("button", name="Copier")
    await button.click()
    selected = await chromium_page.evaluate("getSelection().toString()")
    assert selected.startswith("Nous avons pris connaissance")
    assert await chromium_page.locator("[data-copy]").inner_text() in {
        "Copié",
        "Texte sélectionné\u00a0: copiez-le",
    }


async def test_without_script_the_pages_still_work(hostile_site: Site, chromium_page: "Page") -> None:
    await chromium_page.route("**/*.js", lambda route: route.abort())
    await chromium_page.goto(hostile_site.url(hostile_site.path()))
    assert not await chromium_page.locator("[data-copy]").is_visible()
    assert "03 h 05" in (await chromium_page.inner_text("#lead")).replace("\u00a0", " ")
    await chromium_page.get_by_role("button", name="Je m’en occupe").click()
    assert "C’est noté" in await chromium_page.inner_text("#answer")
    await chromium_page.goto(hostile_site.url("/"))
    assert 'http-equiv="refresh"' in await chromium_page.inner_html("head noscript")


async def test_who_wants_no_motion_gets_none(site: Site, chromium_page: "Page") -> None:
    moving: dict[str, str] = {}
    motions: tuple[Literal["reduce", "no-preference"], ...] = ("reduce", "no-preference")
    for motion in motions:
        await chromium_page.emulate_media(reduced_motion=motion)
        await chromium_page.goto(site.url("/?lang=en"))
        await chromium_page.wait_for_selector("#connection:not([hidden])")
        await site.open_incident(leak(first=f"bluesky:{motion}", page=("it",), inform=()))
        await chromium_page.wait_for_selector("article.changed")
        shown = "getComputedStyle(document.querySelector('article.changed')).animationName"
        moving[motion] = await chromium_page.evaluate(shown)
    assert moving == {"reduce": "none", "no-preference": "flash"}


async def test_hostile_posts_stay_inert(hostile_site: Site, chromium_page: "Page") -> None:
    asked: list[str] = []
    chromium_page.on("request", lambda request: asked.append(request.url))
    async with watched(chromium_page) as complaints:
        for path in await paths_of(hostile_site):
            await chromium_page.goto(hostile_site.url(path))
            await chromium_page.wait_for_load_state("load")
            assert "owned" not in await chromium_page.title()
            assert await chromium_page.locator("main img, main script, main [onerror]").count() == 0
        await chromium_page.goto(hostile_site.url("/"))
        await chromium_page.wait_for_selector("#connection:not([hidden])")
        await hostile_site.open_incident(leak(HOSTILE, first="bluesky:8", page=("it",), inform=()))
        await chromium_page.wait_for_selector("article:has-text('T-3')")  # the same by a live update
        assert "owned" not in await chromium_page.title()
    own = hostile_site.url("/")
    assert [url for url in asked if not url.startswith(own)] == []
    assert complaints == []


async def test_the_token_goes_nowhere(site: Site, chromium_page: "Page") -> None:
    referrers: list[str] = []
    chromium_page.on("request", lambda request: referrers.append(request.headers.get("referer", "")))
    await chromium_page.goto(site.url(site.path()))
    await chromium_page.get_by_role("link", name="English").click()
    await chromium_page.wait_for_selector("html[lang=en]")
    assert len(referrers) >= 4
    assert set(referrers) == {""}
    token = site.path().removeprefix("/p/")
    assert token not in await chromium_page.inner_html("html")
