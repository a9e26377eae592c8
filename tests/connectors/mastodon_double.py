"""A Mastodon server on loopback, which pages like the real ones, and a clock that stands until it is told."""

import asyncio
from types import TracebackType
from typing import Any, Self

import orjson

from connectors.mastodon_pages import age_order
from connectors.testing import Answering, Call, Reply, SourceServer, reply
from monitor.clock import ManualClock
from tests.connectors.tapes import tape

FIRST_ID = 116230000000000000
TAG_PATH = "/api/v1/timelines/tag/veloria"
STREAM_PATH = "/api/v1/streaming/hashtag"
SEARCH_PATH = "/api/v2/search"
INSTANCE_PATH = "/api/v2/instance"

Json = dict[str, Any]


def status(number: int, **fields: Any) -> Json:
    """The recorded status of a remote author, as number ``number`` of this server; ``fields`` replace its own."""
    recorded: Json = orjson.loads(tape("mastodon/timeline_tag_fr.json"))[2]
    made = {"id": str(FIRST_ID + number), "uri": f"https://velo.example/s/{number}", "url": None}
    return {**recorded, **made, "content": f"<p>Véloria {number}</p>", **fields}


def ids(*numbers: int) -> list[str]:
    """The mention ids of ``status(number)``."""
    return [f"mastodon:https://velo.example/s/{number}" for number in numbers]


def event(name: str, data: Json | str) -> list[str]:
    """The lines of one event."""
    text = data if isinstance(data, str) else orjson.dumps(data).decode()
    return [f"event: {name}", f"data: {text}", ""]


class MastodonDouble:
    """Serves ``statuses`` as the timeline of #veloria and as every search; streams are set with ``server.on``."""

    def __init__(self, *statuses: Json) -> None:
        self.statuses = list(statuses)
        self.server = SourceServer()

    async def __aenter__(self) -> Self:
        await self.server.__aenter__()
        self.server.on(TAG_PATH, self.timeline)
        self.server.on(SEARCH_PATH, self.search)
        self.server.on(INSTANCE_PATH, reply("{}"))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.server.__aexit__(kind, error, trace)

    @property
    def url(self) -> str:
        return self.server.url("")

    def asked(self, path: str) -> list[dict[str, str]]:
        """The queries of all calls of a path."""
        return [dict(call.query) for call in self.server.calls if call.path == path]

    def stream(self, *replies: Answering) -> None:
        self.server.on(STREAM_PATH, *replies)

    def timeline(self, call: Call) -> Reply:
        """The page just above ``min_id``, newest first; without it the newest page."""
        limit = int(call.query["limit"])
        after = call.query.get("min_id")
        known = sorted(self.statuses, key=lambda one: age_order(one["id"]))
        if after is None:
            page = known[-limit:]
        else:
            page = [one for one in known if age_order(one["id"]) > age_order(after)][:limit]
        body = orjson.dumps(page[::-1])
        if not page:
            return reply(body)
        link = f'<{self.server.url(TAG_PATH)}?max_id={page[0]["id"]}>; rel="next", '
        link += f'<https://elsewhere.example{TAG_PATH}?min_id={page[-1]["id"]}>; rel="prev"'
        return reply(body, link=link)

    def search(self, call: Call) -> Reply:
        """Everything, newest first, from ``offset`` on."""
        offset, limit = int(call.query["offset"]), int(call.query["limit"])
        known = sorted(self.statuses, key=lambda one: age_order(one["id"]), reverse=True)
        return reply(orjson.dumps({"accounts": [], "statuses": known[offset : offset + limit]}))


class HeldClock(ManualClock):
    """A clock whose sleepers wait until ``tick``: a stream is listened to for as long as the test wants."""

    _ticked: asyncio.Event | None = None

    async def sleep(self, seconds: float) -> None:
        self._ticked = self._ticked or asyncio.Event()
        await self._ticked.wait()
        self.advance(seconds)

    def tick(self) -> None:
        """Let all who sleep now go on."""
        if self._ticked is not None:
            self._ticked.set()
            self._ticked = None
