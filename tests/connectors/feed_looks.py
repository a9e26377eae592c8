"""A feed connector against a server on loopback, look by look."""

from datetime import UTC, datetime
from typing import Any

from connectors.feeds import FeedsConnector, FeedsSettings
from connectors.protocol import Batch
from connectors.testing import Reply, SourceServer
from monitor.clock import ManualClock

NOW = datetime(2026, 3, 14, 10, 0, tzinfo=UTC)
RSS = "application/rss+xml"


def rss(*items: str, head: str = "") -> bytes:
    return f'<?xml version="1.0"?><rss version="2.0"><channel>{head}{"".join(items)}</channel></rss>'.encode()


def item(guid: str, title: str, link: str = "", date: str = "Sat, 14 Mar 2026 09:00:00 GMT") -> str:
    parts = [f"<title>{title}</title>"]
    parts += [f'<guid isPermaLink="false">{guid}</guid>'] if guid else []
    parts += [f"<link>{link}</link>"] if link else []
    parts += [f"<pubDate>{date}</pubDate>"] if date else []
    return f"<item>{''.join(parts)}</item>"


def feed(body: bytes, **headers: str) -> Reply:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply(200, body, {"content-type": RSS, **named})


def connector(clock: ManualClock, *urls: str, **settings: Any) -> FeedsConnector:
    given = {"urls": urls, "allow_private_addresses": True, **settings}
    return FeedsConnector(FeedsSettings.model_validate(given), clock)


async def looks(
    server: SourceServer,
    clock: ManualClock,
    count: int,
    since: str | None = None,
    *paths: str,
    **settings: Any,
) -> list[Batch]:
    urls = [server.url(path) for path in paths or ("/feed",)]
    batches: list[Batch] = []
    async for batch in connector(clock, *urls, **settings).batches(since):
        batches.append(batch)
        if len(batches) >= count:
            break
    return batches


def events(batches: list[Batch]) -> list[tuple[str, str]]:
    return [(one.event, one.title) for batch in batches for one in batch.mentions]
