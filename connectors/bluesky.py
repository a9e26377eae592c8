"""Bluesky, followed whole through a Jetstream server: every public post, seconds after it was written."""

from collections import Counter
from collections.abc import AsyncIterator, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Annotated, ClassVar, Literal, Self
from urllib.parse import urlencode, urlsplit

from pydantic import Field, model_validator

from connectors.bluesky_parse import (
    AccountGone,
    Collection,
    Ignored,
    Wanted,
    deletion,
    parse_frame,
)
from connectors.bluesky_post import POST, mention_id
from connectors.bluesky_socket import MAX_FRAME_BYTES, open_socket
from connectors.protocol import Batch, Cursor, Health, RejectedItem
from connectors.seen_versions import SeenVersions
from monitor import metrics
from monitor.batches import MAX_ITEMS
from monitor.clock import Clock
from monitor.errors import InvalidPayload
from monitor.records import Mention
from monitor.settings import Name, Settings

WINDOW_S = 36 * 3_600  # how far back a server can replay
SAVE_EVERY_US = 1_000_000  # a cursor alone, without a mention, is worth saving once a second
_OLDEST_CURSOR = 10**15  # smaller numbers are sequence numbers of other servers, not microseconds


class BlueskySettings(Settings):
    """``languages``: two-letter codes to keep (none: all); posts that declare no language always pass.

    ``rewind_s``: how far before the saved cursor a reconnect starts, because servers reorder events.
    """

    type: Literal["bluesky"] = "bluesky"
    name: Name = "bluesky"
    url: Annotated[str, Field(max_length=1_000)] = "wss://jetstream2.us-east.bsky.network/subscribe"
    collections: Annotated[tuple[Collection, ...], Field(min_length=1)] = ("app.bsky.feed.post",)
    languages: tuple[Annotated[str, Field(pattern=r"^[a-z]{2,3}$")], ...] = ()
    rewind_s: Annotated[float, Field(ge=0, le=3_600)] = 5.0
    batch_ms: Annotated[int, Field(ge=1, le=10_000)] = 50
    max_batch: Annotated[int, Field(ge=1, le=MAX_ITEMS)] = MAX_ITEMS
    silence_s: Annotated[float, Field(gt=0, le=3_600)] = 60.0
    keep_raw: bool = True  # mentions carry the frame that they came in, for evidence
    allow_private_addresses: bool = False

    @model_validator(mode="after")
    def _address(self) -> Self:
        parts = urlsplit(self.url)
        wanted = {"wss", "ws"} if self.allow_private_addresses else {"wss"}
        if parts.scheme not in wanted or not parts.hostname or parts.username or parts.fragment:
            raise ValueError("url: give a wss:// address (ws:// only with allow_private_addresses)")
        if not parts.path.endswith("/subscribe"):
            raise ValueError("url: only version 1 of Jetstream is spoken; its address ends in /subscribe")
        return self


@dataclass(slots=True)
class FramesRead:
    """What some frames hold together. ``latest_us`` is the highest time among them: order is not promised."""

    mentions: list[Mention] = field(default_factory=list)
    gone: list[AccountGone] = field(default_factory=list)
    rejected: list[RejectedItem] = field(default_factory=list)
    ignored: Counter[str] = field(default_factory=Counter)
    latest_us: int = 0


def read_frames(frames: Iterable[bytes], now: datetime, wanted: Wanted) -> FramesRead:
    """Read frames at ``now``. A frame that cannot be read is set aside alone, with its bytes. Pure."""
    read = FramesRead()
    now_us = _microseconds(now)
    for frame in frames:
        try:
            parsed = parse_frame(frame, now, wanted)
        except InvalidPayload as error:
            read.rejected.append(RejectedItem(error.reason, str(error), frame))
            continue
        # A time of tomorrow must not move the cursor there: resuming from it would skip a day.
        read.latest_us = max(read.latest_us, min(parsed.time_us or 0, now_us))
        if isinstance(parsed, Ignored):
            read.ignored[parsed.reason] += 1
        elif isinstance(parsed, AccountGone):
            read.gone.append(parsed)
        else:
            read.mentions.append(parsed.mention)
    return read


@dataclass(frozen=True, slots=True)
class Resume:
    """Where to start: ``cursor_us`` is None for the live end. ``missed`` says what cannot be had any more."""

    cursor_us: int | None = None
    missed: str = ""


def resume_from(since: Cursor | None, now: datetime, rewind_s: float) -> Resume:
    """Where to start after the saved cursor ``since``. Pure."""
    if since is None:
        return Resume()
    saved = int(since) if since.isascii() and since.isdigit() and len(since) < 19 else 0
    if saved < _OLDEST_CURSOR:
        return Resume(missed="the saved cursor cannot be read: following starts anew from now")
    now_us = _microseconds(now)
    start = min(saved, now_us) - int(rewind_s * 1e6)
    if now_us - start <= WINDOW_S * 1_000_000:
        return Resume(start)
    oldest = now_us - WINDOW_S * 1_000_000
    return Resume(
        start,
        f"the server replays {WINDOW_S // 3_600} h: posts from {_minute(saved)} to {_minute(oldest)} were missed",
    )


class BlueskyConnector:
    """Follows the network from the saved cursor on, then live. The runner connects again when it breaks."""

    kind: ClassVar[str] = "bluesky"

    def __init__(self, settings: BlueskySettings, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        self._wanted = Wanted(
            frozenset(settings.collections), frozenset(settings.languages), settings.keep_raw
        )
        self._seen = SeenVersions()

    @property
    def name(self) -> str:
        return self._settings.name

    def __repr__(self) -> str:
        return f"BlueskyConnector({self.name!r})"

    async def batches(self, since: Cursor | None) -> AsyncIterator[Batch]:
        """At most ``max_batch`` frames at once, or those of ``batch_ms``."""
        settings = self._settings
        resume = resume_from(since, self._clock.now(), settings.rewind_s)
        cursor_us, saved_us, missed = 0, 0, resume.missed
        async with open_socket(
            subscription(settings, resume.cursor_us),
            source=self.name,
            clock=self._clock,
            silence_s=settings.silence_s,
            allow_private=settings.allow_private_addresses,
        ) as socket:
            failure = None
            while failure is None:
                frames, failure = await socket.gather(settings.max_batch, settings.batch_ms / 1_000)
                read = read_frames(frames, self._clock.now(), self._wanted)
                cursor_us = max(cursor_us, read.latest_us)
                self._count_ignored(read)
                mentions = self._seen.fresh((*read.mentions, *self._of_gone_accounts(read)))
                is_due = missed or cursor_us - saved_us >= SAVE_EVERY_US
                if mentions or read.rejected or (frames and is_due):
                    health = Health("limited", missed) if missed else Health()
                    for batch in _in_batches(mentions, read, cursor_us, health):
                        yield batch
                        # Only now is it acknowledged: what is lost before must come again.
                        self._seen.add(batch.mentions)
                    saved_us, missed = cursor_us, ""
        raise failure

    def _of_gone_accounts(self, read: FramesRead) -> Iterator[Mention]:
        for gone in read.gone:
            prefix = mention_id(f"at://{gone.did}/{POST}/")
            lately = [*self._seen.ids_with_prefix(prefix), *(one.id for one in read.mentions)]
            for one in dict.fromkeys(lately):
                if one.startswith(prefix):
                    yield deletion(one, gone.time_us, self._clock.now())

    def _count_ignored(self, read: FramesRead) -> None:
        for reason, count in read.ignored.items():
            metrics.SOURCE_IGNORED.labels(self.name, reason).inc(count)
        if read.gone:
            metrics.SOURCE_IGNORED.labels(self.name, "account_gone").inc(len(read.gone))


def subscription(settings: BlueskySettings, cursor_us: int | None) -> str:
    """The address to connect to, with what is asked for."""
    asked: list[tuple[str, str]] = [("wantedCollections", one) for one in settings.collections]
    asked.append(("maxMessageSizeBytes", str(MAX_FRAME_BYTES)))
    if cursor_us is not None:
        asked.append(("cursor", str(cursor_us)))
    joint = "&" if urlsplit(settings.url).query else "?"
    return f"{settings.url}{joint}{urlencode(asked)}"


def _in_batches(
    mentions: tuple[Mention, ...], read: FramesRead, cursor_us: int, health: Health
) -> Iterator[Batch]:
    # The cursor passes these frames only with the last part of them.
    *before, last = [mentions[i : i + MAX_ITEMS] for i in range(0, len(mentions), MAX_ITEMS)] or [()]
    for part in before:
        yield Batch(part, None, health)
    yield Batch(last, str(cursor_us) if cursor_us else None, health, tuple(read.rejected))


def _microseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1_000_000)


def _minute(time_us: int) -> str:
    return datetime.fromtimestamp(time_us / 1e6, UTC).strftime("%Y-%m-%d %H:%M UTC")
