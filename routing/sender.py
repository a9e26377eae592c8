"""Sends claimed messages: one attempt each, its outcome written down whatever happens."""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Callable, Mapping

from monitor import metrics
from monitor.clock import Clock
from monitor.errors import TransientError, UndecodableRecord
from routing.channel import Channel
from routing.claims import ATTEMPT, Claimed, Running
from routing.compose import compose
from routing.desk import IncidentView
from routing.links import LinkSigner
from routing.outcome import Ambiguous, DeadTarget, Delivered, Outcome, RejectedPayload
from routing.page import Page
from routing.results import not_worth_a_copy
from routing.settings import RoutingSettings
from routing.store import Store

log = logging.getLogger(__name__)

CONFIRMING = (
    3  # messages looked at once more at a time: what was sent must not wait behind them to be written down
)


class Sender:
    """Every message in a task of its own: a target that hangs holds up its own messages alone.

    ``on_room`` is called when a message is done with, so that its target can take the next one.
    """

    def __init__(
        self,
        store: Store,
        settings: RoutingSettings,
        channels: Mapping[str, Channel],
        clock: Clock,
        signer: LinkSigner,
        on_room: Callable[[], None],
    ) -> None:
        self._store = store
        self._settings = settings
        self._channels = channels
        self._clock = clock
        self._signer = signer
        self._on_room = on_room
        self._tasks: set[asyncio.Task[None]] = set()
        self._running: defaultdict[str, set[str]] = defaultdict(set)
        self._fences: dict[str, int] = {}
        self._confirming = asyncio.Semaphore(CONFIRMING)

    def running(self) -> Running:
        """The messages that are being sent now, by target."""
        return {target: tuple(ids) for target, ids in self._running.items()}

    def fences(self) -> dict[str, int]:
        """The claims that this process holds: ids of messages with their fences."""
        return dict(self._fences)

    def start(self, claimed: Claimed) -> None:
        """Send a claimed message in the background."""
        self._running[claimed.row.target].add(claimed.row.id)
        self._fences[claimed.row.id] = claimed.row.fence
        task = asyncio.create_task(self._send(claimed))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def drained(self, timeout_s: float | None = None) -> None:
        """Wait for the attempts that run now, ``timeout_s`` seconds at most."""
        if self._tasks:
            await asyncio.wait(set(self._tasks), timeout=timeout_s)

    async def _send(self, claimed: Claimed) -> None:
        try:
            await self._deliver(claimed)
        except TransientError as error:
            # The lease ends by itself; the message is then taken up again as one that may have arrived.
            log.warning("a message to %s waits for the database: %s", claimed.row.target, error)
        finally:
            self._running[claimed.row.target].discard(claimed.row.id)
            self._fences.pop(claimed.row.id, None)
            self._on_room()

    async def _deliver(self, claimed: Claimed) -> None:
        row = claimed.row
        channel = self._channels.get(row.target)
        if channel is None:
            await self._record(claimed, DeadTarget("the configuration no longer has this target"))
            return
        if row.ambiguous and not_worth_a_copy(row.severity, deduplicates=channel.deduplicates):
            await asyncio.to_thread(self._store.give_up, claimed, "the attempt was cut off")
            return
        try:
            async with self._confirming:
                view = await asyncio.to_thread(self._store.confirm, self._settings, claimed)
            page = None if view is None else self._compose(claimed, view)
            if page is not None and claimed.carries:
                summary = await asyncio.to_thread(self._store.summary, claimed)
                page = page.model_copy(update={"summary": summary})
        except (ValueError, UndecodableRecord):  # what is stored must not hold up its neighbours for ever
            log.exception("the page %s cannot be composed", row.id)
            await self._record(
                claimed, RejectedPayload("the page cannot be composed")
            )  # no fault of the target
            return
        if page is not None:
            outcome = await self._attempt(channel, page, claimed)
            if page.kind != "canary":  # a page to nobody
                metrics.PAGE_ATTEMPTS.labels(page.department, channel.kind, type(outcome).__name__).inc()
            if await self._record(claimed, outcome, deduplicates=channel.deduplicates):
                self._count(channel, page, outcome)

    def _compose(self, claimed: Claimed, view: IncidentView) -> Page:
        page = compose(claimed.row, view, self._settings, self._signer, self._clock.now())
        if page is None:
            raise ValueError("its person or department is no longer there")
        return page

    async def _attempt(self, channel: Channel, page: Page, claimed: Claimed) -> Outcome:
        with metrics.SEND_SECONDS.labels(channel.kind).time():
            try:
                async with asyncio.timeout(ATTEMPT.total_seconds()):
                    return await channel.send(page, thread=claimed.thread, plain=claimed.row.plain)
            except TimeoutError:
                return Ambiguous("no answer within the deadline")
            except Exception as error:
                log.exception("the channel %s broke its promise not to raise", channel.target)
                return Ambiguous(f"internal error {type(error).__name__}")

    async def _record(self, claimed: Claimed, outcome: Outcome, *, deduplicates: bool = False) -> bool:
        return await asyncio.to_thread(
            self._store.record, self._settings, claimed, outcome, deduplicates=deduplicates
        )

    def _count(self, channel: Channel, page: Page, outcome: Outcome) -> None:
        """Count a message that is sent: once, however many attempts it took."""
        if not isinstance(outcome, Delivered):
            return
        if page.kind != "canary":
            metrics.PAGES.labels(page.department, channel.kind).inc()
        if page.step > 0:
            return
        now, receipt = self._clock.now(), page.receipt
        since_created = max(0.0, (now - receipt.created_at).total_seconds())
        since_fetched = max(0.0, (now - receipt.fetched_at).total_seconds())
        of = page.department if page.kind == "real" else page.kind  # an exercise is no figure of real pages
        metrics.POST_TO_PAGE_SECONDS.labels(of).observe(since_created)
        metrics.SEEN_TO_PAGE_SECONDS.labels(of).observe(since_fetched)
