"""The page behind a link: GET shows, only POST from our own page changes anything, repeats say who did it."""

from dataclasses import replace

import pytest

from monitor.records import Author
from routing.console.words import ConsoleWords
from routing.console.words_en import ENGLISH
from routing.console.words_fr import FRENCH
from routing.links import LinkClaims
from tests.routing.console.site import ANSWER, CLOSE, HOSTILE, Site, leak, the, tree_of
from tests.routing.scenes import Scene, finding

PREVIEWS = (
    "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)",
    "Mozilla/5.0 (compatible; MSIE 9.0; Windows NT 6.1; Win64; x64) SkypeUriPreview Preview/0.5",
    "WhatsApp/2.23.20.0",
)


@pytest.mark.parametrize("agent", PREVIEWS)
async def test_scanners_and_link_previews_change_nothing(site: Site, agent: str) -> None:
    for _ in range(3):
        for query in ("", "?action=acknowledge", "?lang=en"):
            assert (await site.client.get(site.path() + query, headers={"User-Agent": agent})).status == 200
        assert (await site.client.head(site.path())).status == 200
    assert (await site.client.options(site.path())).status == 405
    assert await site.state() == "open"


async def test_the_page_holds_what_is_needed_to_decide(site: Site) -> None:
    page = (await tree_of(await site.client.get(site.path()))).text()
    for words in (
        "critique",
        "Fuite de données alléguée",
        "Personne ne répond au service à la clientèle",
        "Cycliste du canal",
        "Conserver la publication comme preuve",
        "Nous avons pris connaissance de publications",
        "182\u00a0450 abonnés",
        "Mots repérés",
        "Véloria",
        "négatif",
        "Legal Oncall",
        "pour information",
        "+2,1\u00a0s",
    ):
        assert words in page, words


async def test_a_tap_acknowledges_and_stops_the_chain(site: Site) -> None:
    answer = await site.client.post(site.path(), data=ANSWER)
    page = await tree_of(answer)
    assert "C’est noté" in the(page, "#answer").text()
    assert not page.css("button[value=acknowledge]")
    await site.scene.after(10_000)
    assert "comms-lead-1" not in site.scene.paged()
    assert "legal-lead-1" in site.scene.paged()


async def test_the_same_tap_again_says_who_and_when(site: Site) -> None:
    await site.client.post(site.path(), data=ANSWER)
    site.scene.clock.advance(600)
    again = await tree_of(await site.client.post(site.path(), data=ANSWER))
    said = the(again, "#answer").text()
    assert "Comms Oncall" in said
    assert "03\u00a0h\u00a000" in said


async def test_a_colleague_who_comes_later_is_told_who_is_on_it(site: Site) -> None:
    await site.scene.after(301)
    await site.client.post(site.path(), data=ANSWER)
    late = await tree_of(await site.client.get(site.path("comms-lead")))
    assert "Comms Oncall s’en occupe depuis" in the(late, "#standing").text()
    assert not late.css("button[value=acknowledge]")
    mine = await tree_of(await site.client.get(site.path()))
    assert "Vous vous en occupez" in the(mine, "#standing").text()


async def test_closing_twice_says_who_closed_it(site: Site) -> None:
    first = await tree_of(await site.client.post(site.path("legal-oncall"), data=CLOSE))
    again = await tree_of(await site.client.post(site.path(), data=CLOSE))
    assert await site.state() == "resolved"
    assert "est clos" in the(first, "#answer").text()
    assert "était déjà clos\u00a0: Legal Oncall" in the(again, "#answer").text()
    assert not again.css("form")


async def test_the_link_of_a_closed_incident_names_the_one_that_goes_on(site: Site) -> None:
    old = site.path()
    await site.client.post(old, data=CLOSE)
    await site.open_incident(leak(level=1))
    page = await tree_of(await site.client.get(old))
    assert "T-2" in the(page, "#goes-on").text()
    assert not page.css("form")
    await site.client.post(old, data=ANSWER)
    assert (await site.scene.router.incidents())[0].tracks[0].acknowledged_at is None


async def test_who_is_only_informed_has_nothing_to_answer(site: Site) -> None:
    path = site.path("it-oncall")
    page = await tree_of(await site.client.get(path))
    assert "vous n’avez rien à faire" in the(page, "#standing").text()
    assert not page.css("form")
    for data in (ANSWER, CLOSE):
        assert (await site.client.post(path, data=data)).status == 200
    assert await site.state() == "open"


@pytest.mark.parametrize("data", [{}, {"action": "delete"}, {"action": "acknowledge "}])
async def test_another_action_is_refused(site: Site, data: dict[str, str]) -> None:
    assert (await site.client.post(site.path(), data=data)).status == 400
    assert await site.state() == "open"


@pytest.mark.parametrize("kind", ["application/json", "text/plain", "multipart/form-data; boundary=x"])
async def test_only_a_form_is_understood(site: Site, kind: str) -> None:
    sent = await site.client.post(site.path(), data=b"action=acknowledge", headers={"Content-Type": kind})
    assert sent.status == 400
    assert await site.state() == "open"


async def test_a_large_body_is_refused(site: Site) -> None:
    answer = await site.client.post(site.path(), data={"action": "acknowledge", "more": "x" * 20_000})
    assert answer.status == 413
    assert await site.state() == "open"


@pytest.mark.parametrize(
    ("headers", "accepted"),
    [
        ({"Sec-Fetch-Site": "same-origin", "Origin": "null"}, True),
        ({"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"}, False),
        ({"Sec-Fetch-Site": "same-site"}, False),
        ({"Sec-Fetch-Site": "none"}, False),
        ({"Origin": "https://evil.example"}, False),
        ({"Origin": "http://127.0.0.1:8080"}, True),  # the configured base_url
        ({"Origin": "null"}, True),
        ({}, True),
    ],
)
async def test_a_change_must_come_from_our_own_page(
    site: Site, headers: dict[str, str], accepted: bool
) -> None:
    answer = await site.client.post(site.path(), data=ANSWER, headers=headers)
    assert answer.status == (200 if accepted else 403)
    assert (await site.scene.router.incidents())[0].tracks[0].acknowledged_at is not None or not accepted


async def test_the_recipients_language_and_the_switch(site: Site) -> None:
    german = {"Accept-Language": "de-DE,en;q=0.5"}
    french = await tree_of(await site.client.get(site.path(), headers=german))
    assert the(french, "html").attributes["lang"] == "fr"
    english = await tree_of(await site.client.get(site.path() + "?lang=en"))
    assert the(english, "html").attributes["lang"] == "en"
    assert "I am on it" in english.text()
    token = site.path().removeprefix("/p/")
    addresses = [node.attributes.get("href") or "" for node in english.css("a, link")]
    assert not any(token in address for address in addresses)  # relative: the token is written nowhere
    assert {"?lang=fr", "?lang=en"} <= set(addresses)
    answer = await site.client.post(site.path() + "?lang=en", data=ANSWER)
    assert "Noted at" in await answer.text()


@pytest.mark.parametrize(("language", "words"), [("fr-CA", FRENCH), ("en-GB", ENGLISH)])
async def test_a_bad_link_says_what_to_do_instead(site: Site, language: str, words: ConsoleWords) -> None:
    headers = {"Accept-Language": language}
    good = site.path()
    forged = await site.client.get(good[:-4] + "AAAA", headers=headers)
    cut = await site.client.get(good[:40], headers=headers)
    site.scene.clock.advance(25 * 3600)
    expired = await site.client.get(good, headers=headers)
    posted = await site.client.post(good, data=ANSWER, headers=headers)
    assert [one.status for one in (forged, cut, expired, posted)] == [403, 403, 410, 410]
    told = ((forged, words.notices["not_valid"]), (cut, words.notices["not_valid"]))
    for answer, notice in (*told, (expired, words.notices["expired"])):
        page = (await tree_of(answer)).text()
        assert notice.title in page
        assert all(line in page for line in notice.do)
    assert await site.state() == "open"


async def test_bad_links_are_limited_by_address_but_good_ones_never(site: Site) -> None:
    bad = site.path()[:-4] + "AAAA"
    statuses = [(await site.client.get(bad)).status for _ in range(25)]
    assert statuses == [403] * 20 + [429] * 5
    limited = await site.client.get(bad)
    assert 0 < int(limited.headers["Retry-After"]) <= 61
    assert (await site.client.get(site.path())).status == 200
    assert "C’est noté" in await (await site.client.post(site.path(), data=ANSWER)).text()
    site.scene.clock.advance(61)
    assert (await site.client.get(bad)).status == 403


async def test_a_person_who_left_the_configuration_can_do_nothing(scene: Scene) -> None:
    async with Site(scene) as site:
        await site.open_incident()
        path = site.path()
        people = tuple(one for one in scene.settings.people if one.id != "comms-oncall")
        scene.settings = scene.settings.model_copy(update={"people": people})
        async with Site(scene) as later:
            assert (await later.client.get(path)).status == 403
            assert (await later.client.post(path, data=ANSWER)).status == 403
            assert await later.state() == "open"


async def test_a_link_to_an_incident_that_is_gone(site: Site, scene: Scene) -> None:
    claims = scene.signer.verify(site.path().removeprefix("/p/"))
    assert isinstance(claims, LinkClaims)
    gone = scene.signer.sign(replace(claims, incident="0" * 32))
    path = "/p/" + gone.rsplit("/", 1)[1]
    assert (await site.client.get(path)).status == 404
    assert (await site.client.post(path, data=ANSWER)).status == 404


async def test_hostile_text_stays_text(scene: Scene) -> None:
    async with Site(scene) as site:
        one = leak(HOSTILE, url="javascript:alert(1)")
        author = Author(handle="<b>x</b>", name='"><script>alert(1)</script>', followers=None)
        mention = one.reading.mention.model_copy(update={"author": author})
        reading = one.reading.model_copy(update={"mention": mention, "matched": ("<i>Véloria</i>",)})
        await site.open_incident(one.model_copy(update={"reading": reading}))
        view = (await scene.router.incidents())[0]
        for path in (site.path(), f"/incidents/{view.id}", "/"):
            tree = await tree_of(await site.client.get(path))
            scripts = [node.attributes.get("src") for node in tree.css("script")]
            assert scripts == ["/static/console.js"], path
            assert not tree.css("img, b > script, i")
            assert "\u202e" not in tree.text()
            assert "49" not in the(tree, "blockquote, .story").text()
            for link in tree.css("a"):
                href = link.attributes.get("href") or ""
                assert "evil.example" not in href
                assert "javascript" not in href


async def test_the_post_may_be_opened_without_telling_it_anything(site: Site) -> None:
    tree = await tree_of(await site.client.get(site.path()))
    link = next(node for node in tree.css("a") if "social.example" in (node.attributes.get("href") or ""))
    assert set((link.attributes["rel"] or "").split()) >= {"noopener", "noreferrer", "nofollow"}
    assert "social.example" in link.text()


async def test_a_long_post_is_shown_whole(scene: Scene) -> None:
    text = "Véloria " + "mot " * 1_500 + "fin-du-texte"
    async with Site(scene) as site:
        await site.open_incident(leak(text))
        tree = await tree_of(await site.client.get(site.path()))
    assert "fin-du-texte" not in the(tree, "blockquote").text()
    assert "fin-du-texte" in the(tree, "details blockquote").text()


async def test_a_link_of_a_merged_incident_leads_to_the_one_that_goes_on(site: Site) -> None:
    router = site.scene.router
    (mine,) = await router.incidents()
    await router.accept([finding(first="bluesky:2", clause="other", page=("it",))])
    target = (await router.incidents())[0]
    assert (await router.merge(mine.id, target.id, "comms-lead")).outcome == "done"
    page = await tree_of(await site.client.get(site.path()))
    assert target.label in the(page, "#kicker").text()
    assert (
        "C’est noté" in the(await tree_of(await site.client.post(site.path(), data=ANSWER)), "#answer").text()
    )
    view = await router.incident(target.id)
    assert view is not None
    assert "comms" in {track.department for track in view.tracks if track.acknowledged_at is not None}
