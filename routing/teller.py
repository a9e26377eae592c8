"""Tells channels that somebody acknowledged or resolved: one attempt each, its outcome written down."""

import asyncio
import logging
from collections.abc import Callable, Collection, Mapping
from datetime import datetime, timedelta

from monitor.clock import Clock
from monitor.errors import TransientError
from routing.channel import Channel
from routing.channels.closing import Answered, Closing
from routing.claims import ATTEMPT
from routing.closings import ClaimedClosing
from routing.incident_labels import label_of
from routing.outcome import Ambiguous, DeadTarget, Delivered, Outcome, RetryLater
from routing.queue_rows import person_with
from routing.schema import instant
from routing.settings import PersonSettings, RoutingSettings
from routing.store import Store

log = logging.getLogger(__name__)


class Teller:
    """One closing to a target at a time, beside its pages. ``on_room`` is called when one is done with.

    Where a target is away or wants to be left alone, its other closings wait too; its pages do not: these decide
    for themselves, and what is told of answers must hold up nobody's page.
    """

    def __init__(
        self,
        store: Store,
        settings: RoutingSettings,
        channels: Mapping[str, Channel],
        clock: Clock,
        on_room: Callable[[], None],
    ) -> None:
        self._store = store
        self._settings = settings
        self._channels = channels
        self._clock = clock
        self._on_room = on_room
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._left_alone: dict[str, datetime] = {}  # target -> until when

    def busy(self) -> Collection[str]:
        """The targets that are being told something now, or are left alone for a while."""
        now = self._clock.now()
        self._left_alone = {target: until for target, until in self._left_alone.items() if until > now}
        return self._tasks.keys() | self._left_alone.keys()

    def start(self, closing: ClaimedClosing) -> None:
        """Tell in the background."""
        self._tasks[closing.row.target] = asyncio.create_task(self._tell(closing))

    async def drained(self, timeout_s: float | None = None) -> None:
        """Wait for the attempts that run now, ``timeout_s`` seconds at most."""
        if self._tasks:
            await asyncio.wait(set(self._tasks.values()), timeout=timeout_s)

    async def _tell(self, closing: ClaimedClosing) -> None:
        row = closing.row
        try:
            outcome = await self._attempt(closing)
            if isinstance(outcome, RetryLater | Ambiguous):
                self._left_alone[row.target] = self._clock.now() + timedelta(seconds=outcome.after_s)
            await asyncio.to_thread(self._store.record_closing, closing, outcome)
        except TransientError as error:
            # The lease ends by itself; then it is told again.
            log.warning("telling %s of an answer waits for the database: %s", row.target, error)
        finally:
            del self._tasks[row.target]
            self._on_room()

    async def _attempt(self, closing: ClaimedClosing) -> Outcome:
        target = closing.row.target
        channel, person = self._channels.get(target), person_with(self._settings, target)
        if channel is None or person is None:
            return DeadTarget("the configuration no longer has this target")
        if not isinstance(channel, Closing) or not closing.alerts:
            return Delivered()  # nothing to tell there
        try:
            answered = answered_of(closing, person)
            resolved = closing.row.ending == "resolved"
            async with asyncio.timeout(ATTEMPT.total_seconds()):
                return await (channel.resolved(answered) if resolved else channel.acknowledged(answered))
        except TimeoutError:
            return Ambiguous("no answer within the deadline")
        except Exception as error:
            log.exception("the channel %s broke its promise not to raise", target)
            return Ambiguous(f"internal error {type(error).__name__}")


def answered_of(closing: ClaimedClosing, person: PersonSettings) -> Answered:
    """What a channel is told, for the person whose target it is."""
    row = closing.row
    return Answered(
        incident=row.incident,
        incident_label=label_of(closing.number),
        cycle=closing.cycle,
        department=row.department,
        alerts=closing.alerts,
        by=row.who,
        at=instant(row.at),
        thread=closing.thread,
        language=person.language,
        time_zone=person.time_zone,
        exercise=closing.exercise,
    )
