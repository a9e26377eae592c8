"""Makes the pictures of the pages for the documentation: ``python docs/images/make_console_pictures.py``.

Needs Chromium. The pages are the real ones, of an incident of the invented brand, served on loopback.
"""

import asyncio
import os
import sys
import tempfile
from pathlib import Path

from playwright.async_api import async_playwright

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from deploy.services.chromium import FLAGS, chromium_path  # noqa: E402
from tests.routing.console.site import Site  # noqa: E402
from tests.routing.scenes import SECRET, Scene  # noqa: E402

HERE = Path(__file__).resolve().parent
NAMES = {
    "comms-oncall": "Communications (garde)",
    "legal-oncall": "Affaires juridiques (garde)",
    "it-oncall": "TI (garde)",
}


def scene_in(folder: Path) -> Scene:
    """A router whose people have readable names and live in Montreal."""
    os.environ["TOCSIN_LINK_SECRET"] = SECRET
    scene = Scene(f"sqlite:///{folder}/router.db")
    people = tuple(
        one.model_copy(update={"name": NAMES.get(one.id, one.name), "time_zone": "America/Montreal"})
        for one in scene.settings.people
    )
    scene.settings = scene.settings.model_copy(update={"people": people})
    scene.router = scene.another_router()
    return scene


async def main() -> None:
    """Write the pictures beside this file."""
    with tempfile.TemporaryDirectory() as folder:
        scene = scene_in(Path(folder))
        async with Site(scene) as site, async_playwright() as playwright:
            await site.open_incident()
            view = (await scene.router.incidents())[0]
            await scene.router.acknowledge(view.id, view.cycle, "legal", "legal-oncall", "link")
            scene.clock.advance(42)
            browser = await playwright.chromium.launch(executable_path=chromium_path(), args=list(FLAGS))
            context = await browser.new_context(
                viewport={"width": 390, "height": 844},
                device_scale_factor=1.5,
                is_mobile=True,
                has_touch=True,
            )
            page = await context.new_page()
            await page.goto(site.url(site.path()))
            await page.wait_for_selector("#connection:not([hidden])")
            await page.screenshot(path=HERE / "personal-page-fr.png")
            await browser.close()
        scene.store.close()


if __name__ == "__main__":
    asyncio.run(main())
