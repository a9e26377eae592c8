"""Fixture: a page of a real, headless Chromium that reaches this machine only."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from deploy.services.chromium import FLAGS, chromium_path
from tests.services.missing import skip_when_missing

if TYPE_CHECKING:  # Playwright is slow to import, which only tests that use a browser should pay
    from playwright.async_api import Page


@pytest.fixture
async def chromium_page(tmp_path: Path) -> AsyncIterator["Page"]:
    """A page in an empty profile. Playwright's asynchronous interface, so the test is `async def`."""
    from playwright.async_api import async_playwright

    with skip_when_missing():
        executable = chromium_path()
    async with async_playwright() as playwright:
        context = await playwright.chromium.launch_persistent_context(
            tmp_path / "chromium-profile", executable_path=executable, headless=True, args=list(FLAGS)
        )
        try:
            yield context.pages[0]
        finally:
            await context.close()
