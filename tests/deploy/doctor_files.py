"""Configurations and small servers for the tests of ``tocsin doctor``."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from deploy.settings import TocsinSettings, load_settings
from tests.routing.scenes import SECRET

EXAMPLE = Path(__file__).parents[2] / "deploy" / "example"
FEED = """<?xml version="1.0"?><rss version="2.0"><channel><title>News</title>
<item><title>Véloria rappelle un vélo</title><link>https://news.example.com/1</link><guid>1</guid>
<pubDate>Sat, 14 Mar 2026 10:00:00 GMT</pubDate></item>
</channel></rss>"""


def write_config(folder: Path, monkeypatch: pytest.MonkeyPatch, **changes: str) -> Path:
    """The example's configuration in ``folder``; each change is the text of one key of the file, from its indent on."""
    monkeypatch.setenv("TOCSIN_LINK_SECRET", SECRET)
    text = (EXAMPLE / "tocsin.yaml").read_text("utf-8")
    (folder / "playbook.yaml").write_text((EXAMPLE / "playbook.yaml").read_text("utf-8"), "utf-8")
    sources = text[text.index("sources:") : text.index("# ---", text.index("sources:"))]
    text = text.replace(sources, f"sources: {changes.pop('sources', '[]')}\n")
    text = text.replace(
        "base_url: http://127.0.0.1:8080", f"base_url: {changes.pop('base_url', 'http://127.0.0.1:9')}"
    )
    first = "{kind: terminal, name: comms-terminal}"
    text = text.replace(first, changes.pop("target", first))
    text = text.replace("store: sqlite:///tocsin.db", f"store: {changes.pop('store', 'sqlite:///tocsin.db')}")
    assert not [key for key in changes if key != "more"]
    file = folder / "tocsin.yaml"
    file.write_text(f"{text}\n{changes.get('more', '')}\n", "utf-8")
    return file


def settings_of(folder: Path, monkeypatch: pytest.MonkeyPatch, **changes: str) -> TocsinSettings:
    return load_settings(write_config(folder, monkeypatch, **changes))


@asynccontextmanager
async def silent_server(**options: Any) -> AsyncIterator[int]:
    """A server on loopback that accepts connections and never says a word; gives its port."""
    writers: list[asyncio.StreamWriter] = []

    async def keep(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)

    server = await asyncio.start_server(keep, "127.0.0.1", 0, **options)
    try:
        yield int(server.sockets[0].getsockname()[1])
    finally:
        server.close()
        for writer in writers:
            writer.transport.abort()
        await asyncio.sleep(0)
