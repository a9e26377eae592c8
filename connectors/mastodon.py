"""One Mastodon server: the timelines of hashtags, its search, and (with a token) the streams of hashtags."""

import re
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, aclosing
from datetime import timedelta
from typing import Annotated, ClassVar, Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, field_validator, model_validator

from connectors.http import SourceHttp
from connectors.mastodon_follow import Follower, Memory
from connectors.mastodon_pages import load_place
from connectors.mastodon_rest import MastodonRest
from connectors.mastodon_status import Home
from connectors.protocol import Batch, Cursor, Health
from monitor.clock import Clock
from monitor.durations import Duration
from monitor.errors import RefuseToStart
from monitor.secret import SecretRef, read_secret
from monitor.settings import Name, Settings

_TAG = re.compile(r"\w{1,100}")


class MastodonSettings(Settings):
    """``server``: its host name, or address. ``hashtags``: every spelling, without ``#``. ``queries``: searches.

    ``interval``: how often it is asked; with ``streaming`` also how often the streams are checked against it.
    """

    type: Literal["mastodon"] = "mastodon"
    name: Name = "mastodon"
    server: Annotated[str, Field(min_length=1, max_length=300)]
    token: SecretRef | None = None
    hashtags: Annotated[tuple[str, ...], Field(max_length=100)] = ()
    queries: Annotated[
        tuple[Annotated[str, Field(min_length=1, max_length=500)], ...], Field(max_length=50)
    ] = ()
    streaming: bool = False
    interval: Annotated[Duration, Field(ge=timedelta(seconds=5), le=timedelta(days=1))] = timedelta(minutes=1)
    keep_raw: bool = True  # mentions carry the status that they came in, for evidence
    allow_private_addresses: bool = False

    @field_validator("hashtags")
    @classmethod
    def _plain_tags(cls, tags: tuple[str, ...]) -> tuple[str, ...]:
        for tag in tags:
            if not _TAG.fullmatch(tag):
                raise ValueError(f"{tag[:40]!r}: write a hashtag without #, of letters, digits and _ only")
        return tuple(dict.fromkeys(tags))

    @model_validator(mode="after")
    def _is_usable(self) -> Self:
        parts = urlsplit(self.address)
        schemes = {"https", "http"} if self.allow_private_addresses else {"https"}
        if parts.scheme not in schemes or not parts.hostname or parts.username or parts.path or parts.query:
            raise ValueError("server: give a host name such as mastodon.example, or its https:// address")
        if not self.hashtags and not self.queries:
            raise ValueError("give at least one of hashtags and queries")
        if self.token is None and (self.streaming or self.queries):
            raise ValueError("streaming and queries need a token with the right to read statuses and search")
        return self

    @property
    def address(self) -> str:
        """The server as ``https://host``."""
        return (self.server if "://" in self.server else f"https://{self.server}").rstrip("/")

    @property
    def host(self) -> str:
        """The host that is appended to the names of the server's own accounts."""
        return urlsplit(self.address).hostname or ""


class MastodonConnector:
    """Follows one server. Streams promise nothing, so only what was asked for moves the cursor."""

    kind: ClassVar[str] = "mastodon"

    def __init__(
        self, settings: MastodonSettings, clock: Clock, environ: Mapping[str, str] | None = None
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._headers = _authorization(settings, environ)
        self._memory = Memory()

    @property
    def name(self) -> str:
        return self._settings.name

    def __repr__(self) -> str:
        return f"MastodonConnector({self.name!r}, {self._settings.host!r})"

    async def batches(self, since: Cursor | None) -> AsyncIterator[Batch]:
        """Catch up by asking, then listen or wait for ``interval``, and again."""
        settings, clock, memory = self._settings, self._clock, self._memory
        private = settings.allow_private_addresses
        home = Home(settings.host, memory.lately, settings.keep_raw)
        place = load_place(since)
        if since is not None and place is None:
            yield Batch(
                health=Health("limited", "the saved cursor cannot be read: only the newest posts are read")
            )
        async with AsyncExitStack() as stack:
            http = SourceHttp(self.name, clock=clock, allow_private_addresses=private)
            await stack.enter_async_context(http)
            rest = MastodonRest(http, settings.address, self._headers, home, clock)
            tags, queries = settings.hashtags, settings.queries
            follower = Follower(self.name, rest, home, memory, place, clock)
            # The streams are opened before catching up, so that nothing falls between the two.
            listening = rest.listen(tags, allow_plain=private)
            ear = await stack.enter_async_context(listening) if settings.streaming else None
            while True:
                async with aclosing(follower.turn(tags, queries, ear, settings.interval)) as turn:
                    async for batch in turn:
                        yield batch
                        # Only now is it acknowledged: what is lost before must come again.
                        memory.acknowledge(batch)


def _authorization(settings: MastodonSettings, environ: Mapping[str, str] | None) -> dict[str, str]:
    if settings.token is None:
        return {}
    try:
        token = read_secret(settings.token, environ).get_secret_value()
    except ValueError as error:
        raise RefuseToStart(f"{settings.name}: token: {error}") from None
    if not token.isascii() or not token.isprintable():
        raise RefuseToStart(f"{settings.name}: token: it holds characters that no token has")
    return {"Authorization": f"Bearer {token}"}
