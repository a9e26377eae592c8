"""The router: takes findings, sends pages, keeps the timers. Every decision and row is in the store."""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Mapping, Sequence

from monitor import metrics
from monitor.clock import Clock
from monitor.errors import TransientError
from monitor.records import Department, Finding
from routing.channel import Channel
from routing.claims import Claimed
from routing.compose import compose
from routing.desk import AckResult, IncidentView, Via
from routing.links import LinkSigner
from routing.outcome import Ambiguous, DeadTarget, Delivered, Outcome
from routing.page import Page
from routing.queue_rows import person_of
from routing.results import not_worth_a_copy
from routing.settings import RoutingSettings
from routing.store import Store

log = logging.getLogger(__name__)

POLL_S = 0.25
SEND_DEADLINE_S = 8.5  # within the lease of a claim, so that nobody takes a running attempt for lost
DRAIN_S = 5.0


class Router:
    """Implements ``routing.desk.Desk``. Several processes may run on one PostgreSQL."""

    def __init__(
        self,
        store: Store,
        settings: RoutingSettings,
        channels: Mapping[str, Channel],
        clock: Clock,
        signer: LinkSigner,
    ) -> None:
        self._store = store
        self._settings = settings
        self._channels = channels
        self._clock = clock
        self._signer = signer
        self._wake = asyncio.Event()
        self._sending: set[asyncio.Task[None]] = set()
        self._running: defaultdict[str, set[str]] = defaultdict(set)  # target -> messages being sent
        self._healthy = True

    async def accept(self, findings: Sequence[Finding]) -> None:
        """Fold findings into incidents; committed when this returns. Raises TransientError; safe to repeat."""
        await asyncio.to_thread(self._store.fold, self._settings, findings)
        self._wake.set()

    async def run(self) -> None:
        """Send and escalate until cancelled; then give running attempts a moment to end."""
        try:
            while True:
                await self.step()
                await self._rest()
        finally:
            if self._sending:
                await asyncio.wait(self._sending, timeout=DRAIN_S)

    async def step(self) -> None:
        """Everything that is due now: timers first, then messages. A database that is away is waited for."""
        try:
            await asyncio.to_thread(self._store.escalate, self._settings)
            await asyncio.to_thread(self._store.pass_over, self._settings)
            running = {target: tuple(ids) for target, ids in self._running.items()}
            for claimed in await asyncio.to_thread(self._store.claim, running):
                self._running[claimed.row.target].add(claimed.row.id)
                task = asyncio.create_task(self._send(claimed))
                self._sending.add(task)
                task.add_done_callback(self._sending.discard)
            await asyncio.to_thread(self._store.refresh_gauges)
            self._healthy = True
        except TransientError as error:
            self._healthy = False
            log.warning("the router waits: %s", error)

    async def drained(self) -> None:
        """Wait for the attempts that run now."""
        if self._sending:
            await asyncio.wait(set(self._sending))

    def healthy(self) -> bool:
        """False while the database does not answer."""
        return self._healthy

    async def incidents(self, *, limit: int = 50) -> tuple[IncidentView, ...]:
        return tuple(self._named(view) for view in await asyncio.to_thread(self._store.incidents, limit))

    async def incident(self, incident: str) -> IncidentView | None:
        view = await asyncio.to_thread(self._store.incident, incident)
        return None if view is None else self._named(view)

    def _named(self, view: IncidentView) -> IncidentView:
        names = {person.id: person.name for person in self._settings.people}
        messages = tuple(
            one.model_copy(update={"person_name": names.get(one.person, one.person)}) for one in view.messages
        )
        return view.model_copy(update={"messages": messages})

    async def acknowledge(
        self, incident: str, cycle: int, department: Department, person: str, via: Via
    ) -> AckResult:
        """Unknown people are refused as if the incident did not exist; the history keeps that they tried."""
        known = person_of(self._settings, person)
        if known is None:
            return await asyncio.to_thread(self._store.refuse, incident, cycle, person, via, department)
        return await asyncio.to_thread(self._store.acknowledge, incident, cycle, department, known.name, via)

    async def resolve(self, incident: str, cycle: int, person: str, via: Via) -> AckResult:
        known = person_of(self._settings, person)
        if known is None:
            return await asyncio.to_thread(self._store.refuse, incident, cycle, person, via)
        return await asyncio.to_thread(self._store.resolve, incident, cycle, known.name, via)

    async def _rest(self) -> None:
        try:
            await asyncio.wait_for(self._wake.wait(), timeout=POLL_S)
        except TimeoutError:
            return
        self._wake.clear()

    async def _send(self, claimed: Claimed) -> None:
        try:
            await self._deliver(claimed)
        finally:
            self._running[claimed.row.target].discard(claimed.row.id)
            self._wake.set()  # the target has room for the next one

    async def _deliver(self, claimed: Claimed) -> None:
        row = claimed.row
        channel = self._channels.get(row.target)
        page = self._compose(claimed)
        if channel is None or page is None:
            outcome: Outcome = DeadTarget(
                "the configuration no longer has this target, or the page cannot be composed"
            )
            deduplicates = False
        elif row.ambiguous and not_worth_a_copy(row.severity, deduplicates=channel.deduplicates):
            await self._give_up(claimed)
            return
        elif await self._confirmed(claimed):
            deduplicates = channel.deduplicates
            outcome = await self._attempt(channel, page, claimed)
        else:
            return
        try:
            await asyncio.to_thread(
                self._store.record, self._settings, claimed, outcome, deduplicates=deduplicates
            )
        except TransientError as error:
            # The lease ends by itself; the message is then taken up again as ambiguous.
            log.warning("the result of a page to %s could not be stored: %s", row.target, error)
        self._count(row, page, outcome)

    async def _give_up(self, claimed: Claimed) -> None:
        try:
            await asyncio.to_thread(self._store.give_up, claimed, "the attempt was cut off")
        except TransientError as error:
            log.warning("a message that may have arrived waits to be given up: %s", error)

    async def _confirmed(self, claimed: Claimed) -> bool:
        try:
            return await asyncio.to_thread(self._store.confirm, claimed)
        except TransientError as error:
            log.warning("a page waits, because its message cannot be confirmed: %s", error)
            return False  # the lease ends by itself; the message is then taken up again

    def _compose(self, claimed: Claimed) -> Page | None:
        try:
            return compose(claimed.row, claimed.incident, self._settings, self._signer, self._clock.now())
        except ValueError:  # pydantic's too: stored text that no page can carry must not hang the message
            log.exception("the page %s cannot be composed", claimed.row.id)
            return None

    async def _attempt(self, channel: Channel, page: Page, claimed: Claimed) -> Outcome:
        with metrics.SEND_SECONDS.labels(channel.kind).time():
            try:
                async with asyncio.timeout(SEND_DEADLINE_S):
                    return await channel.send(page, thread=claimed.thread, plain=claimed.row.plain)
            except TimeoutError:
                return Ambiguous("no answer within the deadline")
            except Exception as error:
                log.exception("the channel %s broke its promise not to raise", channel.target)
                return Ambiguous(f"internal error {type(error).__name__}")

    def _count(self, row: object, page: Page | None, outcome: Outcome) -> None:
        if page is None:
            return
        channel = self._channels[row.target].kind  # type: ignore[attr-defined]
        metrics.PAGES.labels(page.department, channel, type(outcome).__name__).inc()
        if isinstance(outcome, Delivered) and page.step == 0:
            now = self._clock.now()
            created, fetched = page.receipt.created_at, page.receipt.fetched_at
            metrics.POST_TO_PAGE_SECONDS.labels(page.department).observe(
                max(0.0, (now - created).total_seconds())
            )
            metrics.SEEN_TO_PAGE_SECONDS.labels(page.department).observe(
                max(0.0, (now - fetched).total_seconds())
            )
