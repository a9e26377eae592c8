"""RSS and Atom feeds, Google Alerts among them: many addresses, asked politely, one source."""

import asyncio
import logging
import re
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, ClassVar, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, field_validator

from connectors.feed_entries import Feed, parse_feed
from connectors.feed_memory import FeedCursor, FeedState, Moment, Sifted, read_cursor, sha256, sift
from connectors.http import Answer, SourceHttp
from connectors.http_failure import where
from connectors.protocol import Batch, Cursor, Health, RejectedItem
from monitor import metrics
from monitor.batches import MAX_ITEMS
from monitor.clock import Clock
from monitor.durations import Duration
from monitor.errors import InvalidPayload, RateLimited, TocsinError, TransientError, Unavailable
from monitor.records import MAX_URL, Mention, digest
from monitor.settings import Name, Settings

log = logging.getLogger(__name__)

AT_ONCE = 8  # feeds fetched side by side
LONGEST_WAIT_S = 3_600.0  # whatever a feed's ttl or its failures ask for
GONE_WAIT_S = 7 * 86_400.0
_ACCEPT = "application/atom+xml, application/rss+xml, application/xml;q=0.9, */*;q=0.5"
_MAX_AGE = re.compile(r"max-age=(\d{1,9})")
_MAX_VALIDATOR = 500


def _web_feed(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("a feed is given as an address that starts with https:// or http://")
    if "@" in parts.netloc:
        raise ValueError("an address with a user name or password is not accepted")
    return url


FeedUrl = Annotated[str, Field(max_length=MAX_URL), AfterValidator(_web_feed)]


class FeedsSettings(Settings):
    """``every``: how often each feed is asked (longer where the feed itself asks for it, up to an hour).

    ``since``: an entry older than this when it is first seen is recorded as late and pages nobody.
    """

    type: Literal["feeds"] = "feeds"
    name: Name = "feeds"
    urls: tuple[FeedUrl, ...] = Field(min_length=1, max_length=1_000, repr=False)
    every: Annotated[Duration, Field(ge=timedelta(seconds=10), le=timedelta(days=1))] = timedelta(minutes=5)
    since: Annotated[Duration, Field(gt=timedelta(0), le=timedelta(days=365))] = timedelta(hours=24)
    keep_raw: bool = True  # mentions carry the item that they came in, for evidence
    allow_private_addresses: bool = False

    @field_validator("urls")
    @classmethod
    def _differ(cls, urls: tuple[str, ...]) -> tuple[str, ...]:
        twice = sorted({where(url) for url in urls if urls.count(url) > 1})
        if twice:
            raise ValueError(f"the same feed is given twice: {', '.join(twice)}")
        return urls


@dataclass
class _Watched:
    """A configured feed while the connector runs."""

    url: str
    due: float = 0.0  # monotonic seconds
    failures: int = 0
    problem: str = ""

    @property
    def key(self) -> str:
        return digest(self.url)[:16]


@dataclass(frozen=True, slots=True)
class _Look:
    """What one request brought: an answer with its feed (None for 304 and 410), or an error."""

    answer: Answer | None = None
    feed: Feed | None = None
    error: TocsinError | None = None


class FeedsConnector:
    """Never ends. Each look at a feed gives a batch, an empty one when there is nothing new.

    A feed that fails never holds up the others: it is asked again later, and health says which and why
    (*limited* while some fail, *blind* when all do).
    """

    kind: ClassVar[str] = "feeds"

    def __init__(self, settings: FeedsSettings, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock

    @property
    def name(self) -> str:
        return self._settings.name

    def __repr__(self) -> str:
        return f"FeedsConnector({self.name!r}, {len(self._settings.urls)} feeds)"

    async def batches(self, since: Cursor | None) -> AsyncIterator[Batch]:
        """The new and edited entries of every feed that is due, feed by feed."""
        watched = [_Watched(url) for url in self._settings.urls]
        states = _states(read_cursor(since), watched)
        now = self._clock.now()
        for one in watched:
            gone = states[one.key].gone
            if gone is not None and (now - gone).total_seconds() < GONE_WAIT_S:
                self._disable(one, GONE_WAIT_S - (now - gone).total_seconds())
        async with SourceHttp(
            self.name,
            clock=self._clock,
            timeout_s=20.0,
            attempts=2,
            allow_private_addresses=self._settings.allow_private_addresses,
        ) as http:
            while True:
                due = await self._next_due(watched)
                looks = await asyncio.gather(*(_look(http, one, states[one.key]) for one in due))
                for one, look in zip(due, looks, strict=True):
                    sifted = self._take(one, look, states[one.key])
                    states[one.key] = sifted.state
                    for batch in _split(sifted, FeedCursor(feeds=states), _health(watched, sifted)):
                        yield batch

    async def _next_due(self, watched: Sequence[_Watched]) -> list[_Watched]:
        """The feeds to ask now, at most AT_ONCE, the most overdue first; waits until there is one."""
        ordered = sorted(watched, key=lambda one: one.due)
        while (left := ordered[0].due - self._clock.monotonic()) > 0:
            await self._clock.sleep(min(left, LONGEST_WAIT_S))
        now = self._clock.monotonic()
        return [one for one in ordered[:AT_ONCE] if one.due <= now]

    def _take(self, one: _Watched, look: _Look, state: FeedState) -> Sifted:
        """What a look brought, with the state after it; sets when the feed is asked again."""
        answer = look.answer
        if look.error is not None or answer is None:
            return self._failed(one, look.error or Unavailable("no answer"), state)
        if answer.status == 410:
            log.error("%s: %s is gone (410): remove it from the configuration", self.name, where(one.url))
            self._disable(one, GONE_WAIT_S)
            return Sifted((), (), state.model_copy(update={"gone": self._clock.now()}), 0)
        one.failures, one.problem = 0, ""
        state = state.model_copy(update={"gone": None})
        if answer.moved_to is not None and answer.moved_to != state.moved_to:
            log.warning("%s: %s moved for good to %s", self.name, where(one.url), where(answer.moved_to))
            state = state.model_copy(update={"moved_to": answer.moved_to[:MAX_URL]})
        self._ask_again(one, answer, look.feed)
        if look.feed is None:  # 304
            return Sifted((), (), state, 0)
        if look.feed.damaged:
            metrics.SOURCE_ERRORS.labels(self.name, "damaged_feed").inc()
        sifted = sift(
            look.feed,
            state,
            Moment(
                one.key,
                self._clock.now(),
                self._settings.since,
                sha256(answer.body),
                self._settings.keep_raw,
            ),
        )
        return Sifted(
            sifted.mentions,
            sifted.rejected,
            sifted.state.model_copy(update=_validators(answer)),
            sifted.undated,
        )

    def _failed(self, one: _Watched, error: TocsinError, state: FeedState) -> Sifted:
        one.problem = str(error)[:200]
        wait = min(LONGEST_WAIT_S, self._settings.every.total_seconds() * 2.0 ** min(one.failures, 10))
        asked = (error.after_s or 0.0) if isinstance(error, TransientError) else 0.0
        one.failures += 1
        one.due = self._clock.monotonic() + max(wait, asked)
        # Where it moved to may itself be wrong by now: the configured address is asked again.
        moved_to = state.moved_to if isinstance(error, RateLimited) else None
        return Sifted((), (), state.model_copy(update={"moved_to": moved_to}), 0)

    def _disable(self, one: _Watched, seconds: float) -> None:
        one.due = self._clock.monotonic() + seconds
        one.problem = f"{where(one.url)} is gone (410): remove it from the configuration"

    def _ask_again(self, one: _Watched, answer: Answer, feed: Feed | None) -> None:
        found = _MAX_AGE.search(answer.headers.get("cache-control", ""))
        asked = max(float(found[1]) if found else 0.0, (feed.ttl_s or 0.0) if feed else 0.0)
        wait = max(self._settings.every.total_seconds(), min(LONGEST_WAIT_S, asked))
        one.due = self._clock.monotonic() + wait


async def _look(http: SourceHttp, one: _Watched, state: FeedState) -> _Look:
    headers = {"Accept": _ACCEPT}
    # Both validators at once make some servers always send the whole feed.
    if state.etag:
        headers["If-None-Match"] = state.etag
    elif state.modified:
        headers["If-Modified-Since"] = state.modified
    try:
        answer = await http.get(state.moved_to or one.url, headers=headers, accept={304, 410})
    except (TransientError, InvalidPayload) as error:
        return _Look(error=error)
    if answer.status in {304, 410}:
        return _Look(answer)
    feed = await asyncio.to_thread(
        parse_feed, answer.body, content_type=answer.headers.get("content-type", ""), url=answer.url
    )
    if not feed.is_feed:
        shown = (
            f"{where(one.url)}: answered with something that is no feed ({answer.content_type or 'no type'})"
        )
        return _Look(error=Unavailable(shown))
    return _Look(answer, feed)


def _validators(answer: Answer) -> dict[str, str | None]:
    fields = {"etag": answer.headers.get("etag"), "modified": answer.headers.get("last-modified")}
    return {name: value if value and len(value) <= _MAX_VALIDATOR else None for name, value in fields.items()}


def _states(cursor: FeedCursor, watched: Sequence[_Watched]) -> dict[str, FeedState]:
    return {one.key: cursor.feeds.get(one.key, FeedState()) for one in watched}


def _health(watched: Sequence[_Watched], sifted: Sifted) -> Health:
    failing = [one.problem for one in watched if one.problem]
    if failing:
        detail = f"{len(failing)} of {len(watched)} feeds: {'; '.join(failing[:5])}"[:1_000]
        return Health("blind" if len(failing) == len(watched) else "limited", detail)
    undated = f"{sifted.undated} entries without a usable date" if sifted.undated else ""
    return Health("ok" if sifted.mentions else "quiet", undated)


def _split(sifted: Sifted, cursor: FeedCursor, health: Health) -> list[Batch]:
    """Batches of at most 200 mentions; only the last carries the cursor, which stands after all of them."""
    starts = range(0, max(1, len(sifted.mentions)), MAX_ITEMS)
    parts: list[tuple[Mention, ...]] = [sifted.mentions[start : start + MAX_ITEMS] for start in starts]
    none: tuple[RejectedItem, ...] = ()
    return [
        *(Batch(part, None, health, none) for part in parts[:-1]),
        Batch(parts[-1], cursor.model_dump_json(exclude_defaults=True), health, sifted.rejected),
    ]
