"""Follows hashtags and searches of one Mastodon server, turn by turn: catch up by asking, then listen or wait."""

import asyncio
from collections import OrderedDict
from collections.abc import AsyncGenerator, Iterable, Sequence
from contextlib import aclosing
from datetime import timedelta

from connectors.mastodon_pages import Page, Place, newest, rewound
from connectors.mastodon_rest import MAX_SEARCH_PAGES, Ear, MastodonRest
from connectors.mastodon_status import Home, Status
from connectors.mastodon_stream import Deleted, Event, read_event
from connectors.protocol import Batch, Health, RejectedItem
from connectors.seen_versions import SeenRejects, SeenVersions
from monitor import metrics
from monitor.batches import MAX_ITEMS
from monitor.clock import Clock
from monitor.errors import InvalidPayload
from monitor.records import Mention

OVERLAP_S = 600.0  # read again at every turn: posts of other servers arrive late, under an older id
MAX_LATELY = 5_000  # posts of which a deletion can be told
LATE = timedelta(hours=1)  # at the very first look at a hashtag or query, what is older is no news


class Memory:
    """What is kept between reconnects: what was acknowledged, and outlines of the last posts by local id."""

    def __init__(self) -> None:
        self.seen = SeenVersions()
        self.refused = SeenRejects()
        self.lately: OrderedDict[str, Mention] = OrderedDict()

    def acknowledge(self, batch: Batch) -> None:
        """Remember a batch that was taken downstream, so that its repeats are dropped."""
        self.seen.add(batch.mentions)
        self.refused.add(batch.rejected)

    def note(self, statuses: Iterable[Status]) -> None:
        """Remember which post a local id means; deletions and replies name nothing else."""
        for status in statuses:
            outline = status.mention.model_copy(update={"text": "", "links": (), "media": (), "raw": ""})
            self.lately[status.local_id] = outline
            self.lately.move_to_end(status.local_id)
        while len(self.lately) > MAX_LATELY:
            self.lately.popitem(last=False)


class Follower:
    """One run. ``place`` is how far the server was read; only what was asked for moves it, never a stream."""

    def __init__(
        self, name: str, rest: MastodonRest, home: Home, memory: Memory, place: Place | None, clock: Clock
    ) -> None:
        self._name = name
        self._rest = rest
        self._home = home
        self._memory = memory
        self._tags = dict(place.tags) if place else {}
        self._queries = dict(place.queries) if place else {}
        self._clock = clock

    async def turn(
        self, tags: Sequence[str], queries: Sequence[str], ear: Ear | None, interval: timedelta
    ) -> AsyncGenerator[Batch]:
        """Everything new since the last turn, then what is heard (or nothing) for ``interval``.

        A turn that found nothing says so with one empty batch.
        """
        quiet = True
        for tag in tags:
            async with aclosing(self._of_tag(tag)) as batches:
                async for batch in batches:
                    quiet = False
                    yield batch
        for query in queries:
            found = await self._of_query(query)
            if found is not None:
                quiet = False
                yield found
        if quiet:
            yield self._batch((), (), Health("quiet"))
        if ear is None:
            await self._clock.sleep(interval.total_seconds())
            return
        async with aclosing(self._heard(ear, interval)) as heard:
            async for batch in heard:
                yield batch

    async def _of_tag(self, tag: str) -> AsyncGenerator[Batch]:
        last = self._tags.get(tag)
        start = rewound(last, OVERLAP_S) if last else None
        while True:
            page, following = await self._rest.tag_page(tag, start)
            self._advance(self._tags, tag, page)
            batch = self._of_page(page, is_first_look=last is None)
            if batch is not None:
                yield batch
            if last is None or following is None:
                return
            start = following

    async def _of_query(self, query: str) -> Batch | None:
        last = self._queries.get(query)
        page, is_all = await self._rest.search(query, rewound(last, OVERLAP_S) if last else None)
        self._advance(self._queries, query, page)
        batch = self._of_page(page, is_first_look=last is None)
        if is_all:
            return batch
        missed = f"a search found more than {MAX_SEARCH_PAGES} pages of new posts: the older ones were missed"
        return self._batch(
            batch.mentions if batch else (), batch.rejected if batch else (), Health("limited", missed)
        )

    def _advance(self, places: dict[str, str], key: str, page: Page) -> None:
        latest = newest(places.get(key), page.newest)
        if latest is not None:
            places[key] = latest

    def _of_page(self, page: Page, *, is_first_look: bool) -> Batch | None:
        self._ignored("visibility", page.not_public)
        self._memory.note(page.statuses)
        mentions = self._memory.seen.fresh(status.mention for status in page.statuses)
        if is_first_look:
            oldest = self._clock.now() - LATE
            mentions = tuple(
                one.model_copy(update={"late": True}) if one.created_at < oldest else one for one in mentions
            )
        rejected = self._memory.refused.fresh(page.rejected)
        return self._batch(mentions, rejected) if mentions or rejected else None

    async def _heard(self, ear: Ear, interval: timedelta) -> AsyncGenerator[Batch]:
        timer = asyncio.ensure_future(self._clock.sleep(interval.total_seconds()))
        try:
            while True:
                events, failure = await ear.take(MAX_ITEMS, timer)
                batch = self._of_events(events)
                if batch is not None:
                    yield batch
                if failure is not None:
                    raise failure
                if timer.done():
                    return
        finally:
            timer.cancel()

    def _of_events(self, events: Iterable[Event]) -> Batch | None:
        mentions: list[Mention] = []
        rejected: list[RejectedItem] = []
        for event in events:
            try:
                read = read_event(event, self._home, self._clock.now())
            except InvalidPayload as error:
                rejected.append(RejectedItem(error.reason, str(error), event.data))
                continue
            if isinstance(read, Status):
                self._memory.note([read])
                mentions.append(read.mention)
            elif isinstance(read, Deleted):
                mentions.append(read.mention)
            else:
                self._ignored(read.reason, 1)
        fresh = self._memory.seen.fresh(mentions)
        refused = self._memory.refused.fresh(rejected)
        return self._batch(fresh, refused) if fresh or refused else None

    def _batch(
        self, mentions: tuple[Mention, ...], rejected: tuple[RejectedItem, ...], health: Health | None = None
    ) -> Batch:
        place = Place(tags=self._tags, queries=self._queries)
        cursor = place.model_dump_json() if self._tags or self._queries else None
        return Batch(mentions, cursor, health or Health(), rejected)

    def _ignored(self, reason: str, count: int) -> None:
        if count:
            metrics.SOURCE_IGNORED.labels(self._name, reason).inc(count)
