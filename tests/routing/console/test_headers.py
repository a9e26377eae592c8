"""What every answer says of itself: pages, errors, files and streams alike."""

import pytest
from yarl import URL

from tests.routing.console.site import Site

EVERYWHERE = {
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Server": "tocsin",
}


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/", 200),
        ("/?lang=en", 200),
        ("/p/forged", 403),
        ("/incidents/none", 404),
        ("/api/incidents", 200),
        ("/api/incidents/none", 404),
        ("/nothing", 404),
        ("/robots.txt", 200),
        ("/static/console.css", 200),
        ("/static/console.js", 200),
        ("/static/none.js", 404),
        ("/events", 200),
    ],
)
async def test_every_answer_is_protected(site: Site, path: str, status: int) -> None:
    answer = await site.client.get(path, headers={"Accept": "text/html"})
    assert answer.status == status
    for name, value in EVERYWHERE.items():
        assert answer.headers[name] == value
    assert answer.headers["Cache-Control"] == ("no-cache" if path.startswith("/static/") else "no-store")
    assert "noindex" in answer.headers["X-Robots-Tag"]
    policy = dict(one.strip().split(" ", 1) for one in answer.headers["Content-Security-Policy"].split(";"))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == "'self'"
    assert policy["frame-ancestors"] == "'none'"
    assert "unsafe" not in answer.headers["Content-Security-Policy"]
    answer.close()


async def test_the_personal_page_is_never_kept_or_indexed(site: Site) -> None:
    for answer in (await site.client.get(site.path()), await site.client.post(site.path(), data={})):
        assert answer.headers["Cache-Control"] == "no-store"
        assert "noindex" in answer.headers["X-Robots-Tag"]
        assert answer.headers["Referrer-Policy"] == "no-referrer"


@pytest.mark.parametrize("accept", ["fr-CA,fr;q=0.9", "en"])
async def test_errors_are_pages_for_people_and_plain_for_scripts(site: Site, accept: str) -> None:
    person = {"Accept": "text/html,*/*", "Accept-Language": accept}
    page = await (await site.client.get("/nothing", headers=person)).text()
    assert f'<html lang="{accept[:2]}">' in page
    assert (await site.client.put("/", headers=person)).status == 405
    assert "<html" not in await (await site.client.get("/nothing")).text()


async def test_no_page_loads_anything_from_elsewhere(site: Site) -> None:
    view = (await site.scene.router.incidents())[0]
    for path in (site.path(), "/", f"/incidents/{view.id}", "/p/forged"):
        page = await (await site.client.get(path)).text()
        assert 'src="http' not in page
        assert 'stylesheet" href="http' not in page
        assert "style=" not in page  # the policy would refuse it
        assert " onclick" not in page


@pytest.mark.parametrize("path", ["/static/..%2fschema.py", "/static/%2e%2e%2fconsole%2fapp.py", "/static/"])
async def test_only_the_static_folder_is_served(site: Site, path: str) -> None:
    answer = await site.client.get(URL(path, encoded=True))
    assert answer.status in {403, 404}
