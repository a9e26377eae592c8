"""At the start of each shift: does whoever comes on call have a channel that works? Sent past the outbox."""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Literal, get_args

from monitor import metrics
from routing.channel import Channel
from routing.channel_proof import NO_PROOF, ChannelState, channel_states, remember_proof
from routing.claims import ATTEMPT
from routing.database import Database
from routing.ledger import note
from routing.outcome import Ambiguous, Delivered, Outcome, RejectedPayload
from routing.page import Page
from routing.queue_rows import person_of
from routing.settings import PersonSettings, RoutingSettings
from routing.shift_notice import shift_page, unreachable_page
from routing.shift_rows import new_starts
from routing.shift_starts import ShiftStart, others_to_tell
from routing.target_rows import remember_outcome

log = logging.getLogger(__name__)

CameOfIt = Literal["told", "proven", "untried", "nothing_works"]


class ShiftWatch:
    """``look`` again and again; what was dealt with is remembered by the database, across restarts."""

    def __init__(self, settings: RoutingSettings, channels: Mapping[str, Channel]) -> None:
        self._settings = settings
        self._channels = channels
        for came_of_it in get_args(CameOfIt):  # a counter starts at 0, so that its first event is seen
            metrics.SHIFT_STARTS.labels(came_of_it)

    async def look(self, database: Database, now: datetime) -> tuple[ShiftStart, ...]:
        """Deal with the shifts that started since the last look. Raises TransientError."""
        starts = await asyncio.to_thread(self._new_starts, database, now)
        await asyncio.gather(*(self._at_start(database, one, now) for one in starts))
        return starts

    def _new_starts(self, database: Database, now: datetime) -> tuple[ShiftStart, ...]:
        with database.transaction() as connection:
            return new_starts(connection, self._settings, now)

    async def _at_start(self, database: Database, start: ShiftStart, now: datetime) -> None:
        person = person_of(self._settings, start.person)
        if person is None:
            return
        states = await asyncio.to_thread(_states, database, person)
        proven = any(one.is_proven(now) for one in states)
        came_of_it: CameOfIt
        asked = self._settings.shift_notice
        if asked == "always" or (asked == "unproven" and not proven):
            came_of_it = (
                "told" if await self._prove(database, start, person, states, now) else "nothing_works"
            )
        else:
            works = any(one.works(now) for one in states)
            came_of_it = "proven" if proven else "untried" if works else "nothing_works"
        metrics.SHIFT_STARTS.labels(came_of_it).inc()
        if came_of_it == "nothing_works":
            await self._tell_others(database, start, person, now)

    async def _prove(
        self,
        database: Database,
        start: ShiftStart,
        person: PersonSettings,
        states: Sequence[ChannelState],
        now: datetime,
    ) -> bool:
        """The first of the person's targets that takes the message proves itself. False: none did."""
        page = shift_page(self._settings, start, person, now)
        for target in _candidates(person, states, now):
            outcome = await self._send(target, page)
            await asyncio.to_thread(_remember, database, start, target, outcome, now)
            if isinstance(outcome, Delivered):
                return True
        return False

    async def _tell_others(
        self, database: Database, start: ShiftStart, person: PersonSettings, now: datetime
    ) -> None:
        log.error("shift: no channel of %s works, on call in %s", person.id, start.rotation)
        detail = f"{start.rotation}: {', '.join(target.name for target in person.targets)}"
        await asyncio.to_thread(_note, database, "no_working_channel", person.id, detail, now)
        for other in others_to_tell(self._settings, start, now):
            reader = person_of(self._settings, other)
            for target in reader.targets if reader else ():
                if reader is None:
                    continue
                outcome = await self._send(target.name, unreachable_page(self._settings, start, reader, now))
                if isinstance(outcome, Delivered):
                    told = f"{target.name}: {person.id} cannot be reached"
                    await asyncio.to_thread(_note, database, "no_channel_told", reader.id, told, now)
                    return
        log.error("shift: nobody could be told that %s cannot be reached", person.id)

    async def _send(self, target: str, page: Page) -> Outcome:
        channel = self._channels.get(target)
        if channel is None:
            return RejectedPayload("the configuration no longer has this target")
        try:
            async with asyncio.timeout(ATTEMPT.total_seconds()):
                outcome = await channel.send(page, plain=True)  # two lines: there is no post to tell of
        except Exception as error:  # noqa: BLE001 - the next target must be tried whatever this one does
            outcome = Ambiguous(f"no usable answer: {type(error).__name__}")
        if not isinstance(outcome, Delivered):
            log.warning("shift: %s did not take the notice (%s)", target, type(outcome).__name__)
        return outcome


def _candidates(person: PersonSettings, states: Sequence[ChannelState], now: datetime) -> list[str]:
    """The targets to try, those for information first. A pause that a target asked for is kept."""
    waits = {
        one.target for one in states if one.health and one.health.is_paused(now) and not one.health.is_dead
    }
    ordered = dict.fromkeys((*person.targets_for("info", "informed"), *person.targets))
    return [one.name for one in ordered if one.kind not in NO_PROOF and one.name not in waits]


def _states(database: Database, person: PersonSettings) -> tuple[ChannelState, ...]:
    with database.reading() as connection:
        return channel_states(connection, person)


def _remember(database: Database, start: ShiftStart, target: str, outcome: Outcome, now: datetime) -> None:
    with database.transaction() as connection:
        remember_outcome(connection, target, outcome, now)
        if isinstance(outcome, Delivered):
            remember_proof(connection, target, now)
            note(connection, "", now, "shift_notice", who=start.person, detail=f"{start.rotation} {target}")


def _note(database: Database, what: str, who: str, detail: str, now: datetime) -> None:
    with database.transaction() as connection:
        note(connection, "", now, what, who=who, detail=detail)
