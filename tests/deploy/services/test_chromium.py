"""The real Chromium: it shows our pages and reaches nothing else."""

import http.server
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from deploy.services.chromium import chromium_path, find_chromium
from deploy.services.errors import ServiceMissing
from tests.deploy.programs import put_program

if TYPE_CHECKING:
    from playwright.async_api import Page

_PAGE = (
    "<!doctype html><title>Véloria</title><meta charset=utf-8>"
    "<button onclick=\"this.textContent='Reçu'\">Ack</button>"
)


class _Pages(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = _PAGE.encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  (the base class names it so)
        """Say nothing."""


@pytest.fixture
def site() -> Iterator[int]:
    """The port of a web server on this machine."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Pages) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
async def test_it_shows_and_clicks_a_page_of_this_machine(
    chromium_page: "Page", site: int, host: str
) -> None:
    await chromium_page.goto(f"http://{host}:{site}/")
    assert await chromium_page.title() == "Véloria"
    await chromium_page.get_by_role("button").click()
    assert await chromium_page.get_by_role("button").text_content() == "Reçu"


@pytest.mark.parametrize(
    "elsewhere", ["http://example.com/", "http://192.0.2.1/", "http://127.0.0.2:{site}/"]
)
async def test_it_reaches_no_other_address(chromium_page: "Page", site: int, elsewhere: str) -> None:
    from playwright.async_api import Error

    with pytest.raises(Error, match="ERR_NAME_NOT_RESOLVED"):
        await chromium_page.goto(elsewhere.format(site=site))


def test_a_path_of_ones_own_wins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = put_program(tmp_path, "my-browser", "exit 0")
    monkeypatch.setenv("TOCSIN_CHROMIUM", str(own))
    assert chromium_path() == str(own)
    monkeypatch.setenv("TOCSIN_CHROMIUM", str(tmp_path / "absent"))
    assert find_chromium() is None


def test_without_one_the_message_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TOCSIN_CHROMIUM", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ServiceMissing, match="apt-get install chromium"):
        chromium_path()
