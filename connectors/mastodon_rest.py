"""What is asked of a Mastodon server: pages of a hashtag, results of a search, and where its streams are."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import aclosing, asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

from connectors.http import Answer, SourceHttp
from connectors.loose_json import as_dict, as_text
from connectors.mastodon_pages import PAGE_SIZE, Page, age_order, merge, next_min_id, read_page
from connectors.mastodon_status import Home
from connectors.mastodon_stream import Event, EventReader
from connectors.tape import load_json
from monitor.clock import Clock
from monitor.errors import InvalidPayload, Unavailable

MAX_SEARCH_PAGES = 5
SMALL_PAGE = (
    4  # asked for when a full page is larger than is read: one giant post must not hold up the others
)
MAX_WAITING = 1_000  # events heard and not yet taken; beyond that the stream itself waits


class MastodonRest:
    """Asks ``server`` (``https://host``) with ``headers``, which may hold its token."""

    def __init__(
        self, http: SourceHttp, server: str, headers: dict[str, str], home: Home, clock: Clock
    ) -> None:
        self._http = http
        self._server = server
        self._headers = headers
        self._home = home
        self._clock = clock

    async def tag_page(self, tag: str, min_id: str | None) -> tuple[Page, str | None]:
        """The page just above ``min_id`` (None: the newest page), and from where the page above it starts."""
        start = {"min_id": min_id} if min_id else {}
        answer, _ = await self._get(f"/api/v1/timelines/tag/{tag}", start)
        page = read_page(answer.body, self._home, self._clock.now())
        return page, next_min_id(page, answer.headers.get("link", ""), min_id)

    async def search(self, query: str, after: str | None) -> tuple[Page, bool]:
        """What a search finds that is newer than ``after`` (None: its first page only), and whether that is all."""
        pages: list[Page] = []
        offset = 0
        for _ in range(1 if after is None else MAX_SEARCH_PAGES):
            wanted = {"q": query, "type": "statuses", "resolve": "false", "offset": str(offset)}
            answer, size = await self._get("/api/v2/search", wanted)
            offset += size
            page = read_page(answer.body, self._home, self._clock.now(), under="statuses")
            pages.append(page)
            if after is None or not any(age_order(one) > age_order(after) for one in page.ids):
                return merge(pages), True
        return merge(pages), False

    async def _get(self, path: str, params: Mapping[str, str]) -> tuple[Answer, int]:
        """A page of statuses, and how many were asked for. Raises Unavailable when even a short page cannot be read."""
        url = f"{self._server}{path}"
        for size in (PAGE_SIZE, SMALL_PAGE):
            sized = {**params, "limit": str(size)}
            try:
                answer = await self._http.get(url, params=sized, headers=self._headers)
            except InvalidPayload as error:
                problem = str(error)
                continue
            if "json" not in answer.content_type:
                raise Unavailable(
                    f"{self._home.host}: {path} answered {answer.content_type or 'no type'}, not JSON"
                )
            return answer, size
        raise Unavailable(problem)

    async def streaming_server(self, *, allow_plain: bool) -> str:
        """Where the server's streams are: what it says of itself, otherwise the server."""
        answer = await self._http.get(f"{self._server}/api/v2/instance", accept={404, 410})
        return streaming_address(answer.body, self._server, allow_plain=allow_plain)

    @asynccontextmanager
    async def listen(self, tags: Iterable[str], *, allow_plain: bool) -> AsyncIterator["Ear"]:
        """The streams of hashtags, heard together until the end of the block."""
        base = await self.streaming_server(allow_plain=allow_plain)
        ear = Ear()
        tasks = [asyncio.ensure_future(self._pump(base, tag, ear)) for tag in tags]
        try:
            yield ear
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _pump(self, base: str, tag: str, ear: "Ear") -> None:
        reader = EventReader()
        url = f"{base}/api/v1/streaming/hashtag"
        try:
            async with aclosing(self._http.stream(url, params={"tag": tag}, headers=self._headers)) as lines:
                async for line in lines:
                    event = reader.feed(line)
                    if event is not None:
                        await ear.put(event)
        except InvalidPayload as error:
            # What the stream could not say in a bearable size is asked for after the reconnect.
            await ear.put(Unavailable(f"the stream of #{tag}: {error}"))
        except Exception as error:  # noqa: BLE001 - raised where the events are taken
            await ear.put(error)
        else:
            await ear.put(Unavailable(f"{urlsplit(base).hostname}: the stream of #{tag} ended"))


class Ear:
    """What was heard and not yet taken, in order; a failure stands after what came before it."""

    def __init__(self) -> None:
        self._queue: asyncio.Queue[Event | Exception] = asyncio.Queue(MAX_WAITING)

    async def put(self, heard: Event | Exception) -> None:
        """Add what was heard; waits while too much was not taken."""
        await self._queue.put(heard)

    async def take(self, most: int, until: "asyncio.Future[None]") -> tuple[list[Event], Exception | None]:
        """What was heard, at most ``most`` events; waits for the first, but not longer than ``until``."""
        heard: list[Event] = []
        if self._queue.empty():
            first = asyncio.ensure_future(self._queue.get())
            waiting: set[asyncio.Future[Any]] = {first, until}
            try:
                await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            finally:
                first.cancel()
            if not first.done() or first.cancelled():
                return [], None
            one = first.result()
            if isinstance(one, Exception):
                return [], one
            heard.append(one)
        while len(heard) < most and not self._queue.empty():
            one = self._queue.get_nowait()
            if isinstance(one, Exception):
                return heard, one
            heard.append(one)
        return heard, None


def streaming_address(instance: bytes, server: str, *, allow_plain: bool) -> str:
    """The streaming address that a server names in its description, as https; ``server`` when it names none."""
    try:
        described = as_dict(load_json(instance))
        told = as_text(as_dict(as_dict(described.get("configuration")).get("urls")).get("streaming"))
        parts = urlsplit(told)
        parts.port  # noqa: B018 - raises ValueError
    except ValueError:
        return server
    schemes = {"wss": "https", "https": "https", **({"ws": "http", "http": "http"} if allow_plain else {})}
    if not parts.hostname or parts.scheme not in schemes or parts.username is not None:
        return server
    return f"{schemes[parts.scheme]}://{parts.netloc}{parts.path.rstrip('/')}"
