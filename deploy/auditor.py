"""The auditor: looks for what stands still, tells people without the router, and a dead-man service that all is well.

It works on the router's tables alone, so whatever stops the router does not stop it. Nobody inside watches the auditor:
a service outside does, which calls people when it hears nothing (docs/drills.md).
"""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from deploy.shift_watch import ShiftWatch
from monitor import metrics
from monitor.clock import Clock
from monitor.errors import RefuseToStart, TransientError
from routing.audit_checks import CHECKS, Check, Problem, problems_of
from routing.audit_snapshot import CanaryAwaited, snapshot
from routing.channel import Channel
from routing.claims import ATTEMPT
from routing.database import Database
from routing.dead_man import DeadMan
from routing.liveness import mark, marked
from routing.operator_notice import notice_page
from routing.outcome import Delivered
from routing.queue_rows import person_of
from routing.settings import RoutingSettings

log = logging.getLogger(__name__)

TOLD_AGAIN_AFTER = timedelta(hours=1)


class Auditor:
    """``look`` once, or ``run``. ``store_url`` is the router's database; ``dead_man`` None: nobody outside is told;
    ``canary_every`` None: no canary is sent."""

    def __init__(
        self,
        store_url: str,
        settings: RoutingSettings,
        channels: Mapping[str, Channel],
        dead_man: DeadMan | None,
        clock: Clock,
        canary_every: timedelta | None = None,
    ) -> None:
        self._canary = None if canary_every is None else CanaryAwaited(canary_every, clock.now())
        self._store_url = store_url
        self._settings = settings
        self._channels = channels
        self._dead_man = dead_man
        self._clock = clock
        self._database: Database | None = None
        self._shifts = ShiftWatch(settings, channels)
        self._told: dict[Check, datetime] = {}  # for when the database, which knows better, is away
        self._before: frozenset[Problem] = frozenset()

    async def run(self, every: timedelta) -> None:
        """Look until cancelled. The first look comes after ``every``: what starts beside us needs a moment."""
        while True:
            await self._clock.sleep(every.total_seconds())
            try:
                await self.look()
            except Exception:
                log.exception("auditor: a look failed")  # no ping: whoever watches from outside will ask

    async def look(self) -> tuple[Problem, ...]:
        """Everything that stands still now; told to people, or all is well told to the dead-man service."""
        now = self._clock.now()
        problems = await asyncio.to_thread(self._problems, now)
        for check in CHECKS:
            metrics.AUDITOR_FINDINGS.labels(check).set(sum(one.check == check for one in problems))
        for one in problems:
            if one not in self._before:
                log.error("auditor: %s %s %s", one.check, one.subject, one.detail)
        self._before = frozenset(problems)
        if problems:
            await self._tell(problems, now)
        else:
            await self._ping(now)
        await self._watch_shifts(now)
        metrics.AUDITOR_LOOKED.set(now.timestamp())
        return problems

    async def aclose(self) -> None:
        """Close the connections that are the auditor's own; the channels belong to the caller."""
        if self._dead_man is not None:
            await self._dead_man.aclose()
        if self._database is not None:
            self._database.close()

    def _problems(self, now: datetime) -> tuple[Problem, ...]:
        try:
            if self._database is None:
                self._database = Database.open(self._store_url)
            with self._database.reading() as connection:
                return problems_of(snapshot(connection, self._settings, now, self._canary))
        except (TransientError, RefuseToStart) as error:
            return (Problem("database_away", "database", None, str(error)),)

    async def _watch_shifts(self, now: datetime) -> None:
        if self._database is None:
            return
        try:
            await self._shifts.look(self._database, now)
        except TransientError as error:
            log.warning("auditor: the starts of shifts wait for the database: %s", error)

    async def _ping(self, now: datetime) -> None:
        if self._dead_man is None:
            return
        why = await self._dead_man.ping()
        if why:
            log.warning("the dead-man service was not reached: %s", why)
        else:
            metrics.AUDITOR_PINGED.set(now.timestamp())

    async def _tell(self, problems: Sequence[Problem], now: datetime) -> None:
        checks = {one.check for one in problems}
        told = await asyncio.to_thread(self._told_lately, checks, now)
        new = [one for one in problems if one.check not in told]
        if new and await self._deliver(new, now):
            await asyncio.to_thread(self._remember, {one.check for one in new}, now)

    async def _deliver(self, problems: Sequence[Problem], now: datetime) -> bool:
        """To the first target of the people of last resort that takes it. False: none did, so it is tried again."""
        for identity in self._settings.catch_all:
            person = person_of(self._settings, identity)
            for target in person.targets if person else ():
                channel = self._channels.get(target.name)
                if person is None or channel is None:
                    continue
                try:
                    async with asyncio.timeout(ATTEMPT.total_seconds()):
                        outcome = await channel.send(notice_page(problems, person, now))
                except Exception as error:  # noqa: BLE001 - the next target must be tried whatever this one does
                    log.warning("auditor: %s did not take the notice (%s)", target.name, type(error).__name__)
                    continue
                if isinstance(outcome, Delivered):
                    log.info("auditor: %s was told by %s", person.id, target.name)
                    return True
                log.warning("auditor: %s did not take the notice (%s)", target.name, type(outcome).__name__)
        log.error("auditor: nobody could be told")
        return False

    def _told_lately(self, checks: set[Check], now: datetime) -> set[Check]:
        since = now - TOLD_AGAIN_AFTER
        told = {check for check in checks if (at := self._told.get(check)) is not None and at > since}
        try:
            if self._database is not None:
                with self._database.reading() as connection:
                    known = {check: marked(connection, f"notice:{check}") for check in checks}
                told |= {check for check, at in known.items() if at is not None and at > since}
        except TransientError:
            pass  # what this process remembers must do
        return told

    def _remember(self, checks: set[Check], now: datetime) -> None:
        self._told |= dict.fromkeys(checks, now)
        try:
            if self._database is not None:
                with self._database.transaction() as connection:
                    for check in checks:
                        mark(connection, f"notice:{check}", now)
        except TransientError as error:
            log.warning("auditor: the notice is remembered by this process alone: %s", error)
