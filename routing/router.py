"""The router: takes findings, sends pages, keeps the timers. Every decision and row is in the store."""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence

from sqlalchemy import Connection

from monitor.clock import Clock
from monitor.errors import TransientError
from monitor.records import Department, Finding, Localized, Severity
from routing.channel import Channel
from routing.desk import AckResult, ChangeResult, IncidentView, Refused, SilenceView, SilenceWish, Via
from routing.held_incident import ByHand
from routing.legal_notes import legal_people
from routing.links import LinkSigner
from routing.merging import merge
from routing.queue_rows import person_of
from routing.sender import Sender
from routing.settings import RoutingSettings
from routing.severity_by_hand import set_severity
from routing.silences import Wish, view_of
from routing.splitting import split
from routing.store import Store
from routing.teller import Teller

log = logging.getLogger(__name__)

POLL_S = 0.25
DRAIN_S = 5.0
RENEW_S = 2.0  # well within a lease


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
        self._wake = asyncio.Event()
        self._sender = Sender(store, settings, channels, clock, signer, self._wake.set)
        self._teller = Teller(store, settings, channels, clock, self._wake.set)
        self._healthy = True
        self._clock = clock
        self._renewed_at = clock.monotonic()

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
            await asyncio.gather(self._sender.drained(DRAIN_S), self._teller.drained(DRAIN_S))

    async def step(self) -> None:
        """Everything that is due now: timers, messages, closings. A database that is away is waited for."""
        try:
            await self._renew()
            await asyncio.to_thread(self._store.escalate, self._settings)
            await asyncio.to_thread(self._store.pass_over, self._settings)
            await asyncio.to_thread(self._store.settle)
            await asyncio.to_thread(self._store.release, self._settings)
            for claimed in await asyncio.to_thread(self._store.claim, self._settings, self._sender.running()):
                self._sender.start(claimed)
            for closing in await asyncio.to_thread(self._store.claim_closings, self._teller.busy()):
                self._teller.start(closing)
            await asyncio.to_thread(self._store.keeping.sweep_seldom, self._settings)
            await asyncio.to_thread(self._store.refresh_gauges)
            self._healthy = True
        except TransientError as error:
            self._healthy = False
            log.warning("the router waits: %s", error)

    async def _renew(self) -> None:
        """Keep what is being sent from being taken for lost, also when there is more than one lease's time of it."""
        now = self._clock.monotonic()
        if now - self._renewed_at >= RENEW_S:
            self._renewed_at = now
            await asyncio.to_thread(self._store.renew, self._sender.fences())

    async def drained(self) -> None:
        """Wait for the attempts that run now."""
        await self._sender.drained()
        await self._teller.drained()

    def healthy(self) -> bool:
        """False while the database does not answer."""
        return self._healthy

    async def incidents(self, *, limit: int = 50) -> tuple[IncidentView, ...]:
        return tuple(self._named(view) for view in await asyncio.to_thread(self._store.incidents, limit))

    async def incident(self, incident: str) -> IncidentView | None:
        view = await asyncio.to_thread(self._store.incident, incident)
        return None if view is None else self._named(view)

    def _named(self, view: IncidentView) -> IncidentView:
        names = {person.id: person.name for person in self._settings.recipients}
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
        return await asyncio.to_thread(
            self._store.acknowledge, incident, cycle, department, known.name, via, person=known.id
        )

    async def resolve(self, incident: str, cycle: int, person: str, via: Via) -> AckResult:
        known = person_of(self._settings, person)
        if known is None:
            return await asyncio.to_thread(self._store.refuse, incident, cycle, person, via)
        return await asyncio.to_thread(self._store.resolve, incident, cycle, known.name, via)

    async def legal_notes(self, incident: str, person: str) -> tuple[Localized, ...]:
        if person not in legal_people(self._settings):
            return ()
        notes = await asyncio.to_thread(self._store.keeping.legal_notes, incident)
        return tuple(note for _, note in notes)

    async def silence(self, incident: str, wish: SilenceWish) -> SilenceView:
        """Silence an incident's story for a while. Raises Refused, which says what to do instead."""
        known = person_of(self._settings, wish.person)
        if known is None:
            raise Refused(f"nobody has the id {wish.person}")
        asked = Wish(known.name, wish.reason, wish.until, wish.department, wish.clause, wish.up_to)
        made = await asyncio.to_thread(self._store.silence, self._settings, incident, asked)
        return view_of(made)

    async def end_silence(self, number: int, person: str) -> bool:
        """End a silence early; False when it is over already or the person is unknown."""
        known = person_of(self._settings, person)
        if known is None:
            return False
        ended = await asyncio.to_thread(self._store.end_silence, number, known.name)
        self._wake.set()
        return ended is not None

    async def merge(self, source: str, into: str, person: str) -> ChangeResult:
        """One incident into another; see ``routing.merging``."""
        return await self._by_hand(
            person, lambda connection, hand: merge(connection, self._settings, source, into, hand)
        )

    async def split(self, incident: str, story: str, person: str) -> ChangeResult:
        """A story out of an incident; see ``routing.splitting``."""
        return await self._by_hand(
            person, lambda connection, hand: split(connection, self._settings, incident, story, hand)
        )

    async def set_severity(self, incident: str, severity: Severity, person: str) -> ChangeResult:
        """Falling is silent, rising pages."""
        return await self._by_hand(
            person,
            lambda connection, hand: set_severity(connection, self._settings, incident, severity, hand),
        )

    async def _by_hand(
        self, person: str, change: Callable[[Connection, ByHand], ChangeResult]
    ) -> ChangeResult:
        known = person_of(self._settings, person)
        if known is None:
            return ChangeResult(outcome="refused", why=f"nobody has the id {person}")
        result = await asyncio.to_thread(
            self._store.transact, lambda connection, now: change(connection, ByHand(known.name, now))
        )
        self._wake.set()
        return result

    async def _rest(self) -> None:
        try:
            await asyncio.wait_for(self._wake.wait(), timeout=POLL_S)
        except TimeoutError:
            return
        self._wake.clear()
