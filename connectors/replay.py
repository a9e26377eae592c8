"""Replays recorded mentions, or payloads as their sources sent them: at their own speed, faster, or all at once.

For demonstrations, drills and tests.
"""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, ClassVar, Literal

from pydantic import Field, ValidationError

from connectors.native_tape import NativeRead, NativeReader, is_native
from connectors.protocol import Batch, Cursor, Health, RejectedItem
from connectors.raw_payload import is_honest, raw_fields, without_raw
from connectors.simple_mention import SourceName, read_mention
from connectors.tape import MAX_LINE, UNKNOWN_TIME, Tape, TapeLine, load_json, load_tape
from monitor import metrics
from monitor.batches import MAX_ITEMS
from monitor.clock import Clock
from monitor.errors import InvalidPayload
from monitor.records import Mention, Record, UtcTime
from monitor.settings import Name, Settings

_MAX_SLEEP_S = 3_600.0
_LONGEST = timedelta(days=36_500)


class ReplaySettings(Settings):
    """``speed``: 1 is the tape's own, 60 a minute per second, 0 as fast as possible.

    ``shift_to_now`` moves the times, so that the first instant of the tape is the start of the replay; gaps shrink
    with the speed (at speed 0 they stay, and later mentions count as fetched when they were created).
    """

    type: Literal["replay"] = "replay"
    name: Name = "replay"
    path: Path
    speed: Annotated[float, Field(ge=0, le=1_000_000)] = 1.0
    shift_to_now: bool = False
    source: SourceName = "replay"  # of lines that do not name theirs
    keep_raw: bool = True  # mentions carry the payload that they came in, for evidence


class _Place(Record):
    """The cursor: lines passed, of which tape, and when its replay began."""

    position: Annotated[int, Field(ge=0)] = 0
    tape: str
    start: UtcTime


@dataclass(frozen=True, slots=True)
class Schedule:
    """When each instant of a tape comes. Pure."""

    first: datetime
    start: datetime
    speed: float

    def due(self, time: datetime) -> datetime:
        """When a line of ``time`` is to be given out."""
        return self.moved(time) if self.speed else self.start

    def moved(self, time: datetime) -> datetime:
        """``time`` on the replay's own time line."""
        return self.start + min((time - self.first) / (self.speed or 1.0), _LONGEST)


class ReplayConnector:
    """Gives the tape once and ends. A restart goes on where it stood, with the same ids and times.

    The cursor begins anew when the tape's files have changed. Lines that are no mention and no payload are
    rejected with their file and line.
    """

    kind: ClassVar[str] = "replay"

    def __init__(self, settings: ReplaySettings, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock

    @property
    def name(self) -> str:
        return self._settings.name

    def __repr__(self) -> str:
        return f"ReplayConnector({self.name!r})"

    async def batches(self, since: Cursor | None) -> AsyncIterator[Batch]:
        """Batches of at most 200 lines that are due at the same time."""
        tape = await asyncio.to_thread(load_tape, self._settings.path)
        if tape.first_instant is None:
            return
        place = _place(since, tape, self._clock.now())
        schedule = Schedule(tape.first_instant, place.start, self._settings.speed)
        position = place.position
        reader = await asyncio.to_thread(self._reader_after, tape.lines[:position])
        while position < len(tape.lines):
            await self._wait_until(schedule.due(tape.lines[position].time))
            lines = _due_lines(tape, position, schedule, self._clock.now())
            position += len(lines)
            read = await asyncio.to_thread(self._read, lines, reader, schedule)
            for batch in _in_batches(read, place.model_copy(update={"position": position}).model_dump_json()):
                yield batch

    def _reader_after(self, lines: tuple[TapeLine, ...]) -> NativeReader:
        """A reader that remembers what these lines held: deletions, edits and repeats refer to it."""
        reader = NativeReader()
        for line in lines:
            if b'"payload"' in line.raw:
                with suppress(InvalidPayload):
                    self._read_line(line, reader)
        return reader

    def _read(self, lines: tuple[TapeLine, ...], reader: NativeReader, schedule: Schedule) -> NativeRead:
        """What the lines hold together, each fault with its file and line."""
        whole = NativeRead()
        for line in lines:
            try:
                read = self._read_line(line, reader)
            except InvalidPayload as error:
                whole.rejected.append(
                    RejectedItem(error.reason, f"{line.place}: {error}", line.raw[:MAX_LINE])
                )
                continue
            whole.rejected += [replace(item, detail=f"{line.place}: {item.detail}") for item in read.rejected]
            whole.ignored += read.ignored
            kept = read.mentions if self._settings.keep_raw else map(without_raw, read.mentions)
            whole.mentions += [self._moved(one, line, schedule) for one in kept]
        for reason in whole.ignored:
            metrics.SOURCE_IGNORED.labels(self.name, reason).inc()
        return whole

    def _read_line(self, line: TapeLine, reader: NativeReader) -> NativeRead:
        now = self._clock.now()
        if len(line.raw) > MAX_LINE:
            raise InvalidPayload("too_large", f"the line is longer than {MAX_LINE} bytes")
        try:
            item = load_json(line.raw)
        except ValueError:
            raise InvalidPayload("not_json", "the line is not JSON") from None
        has_time = line.time != UNKNOWN_TIME
        if is_native(item):
            return reader.read(item, line.time if has_time else now)
        if isinstance(item, dict) and item.get("created_at") is None and has_time:
            item = {**item, "created_at": line.time.isoformat()}
        mention = read_mention(item, source=self._settings.source, fetched_at=now)
        if not is_honest(mention):
            raise InvalidPayload("invalid", "raw: it is not the text whose SHA-256 is raw_sha256")
        if not mention.raw_sha256:  # a recorded mention keeps the payload of its source
            mention = mention.model_copy(update={**raw_fields(line.raw)})
        return NativeRead([mention])

    def _moved(self, mention: Mention, line: TapeLine, schedule: Schedule) -> Mention:
        if not self._settings.shift_to_now:
            return mention
        return shift(mention, line.time, schedule, self._clock.now())

    async def _wait_until(self, due: datetime) -> None:
        while (left := (due - self._clock.now()).total_seconds()) > 0:
            await self._clock.sleep(min(left, _MAX_SLEEP_S))


def shift(mention: Mention, time: datetime, schedule: Schedule, now: datetime) -> Mention:
    """The mention on the replay's time line; ages (of the account, of an edit) stay what they were."""
    created = schedule.moved(time)
    move: timedelta = created - time
    account = mention.author.account_created
    author = (
        mention.author.model_copy(update={"account_created": _moved(account, move)})
        if account
        else mention.author
    )
    return mention.model_copy(
        update={
            "created_at": created,
            "edited_at": _moved(mention.edited_at, move),
            "fetched_at": max(now, created),
            "author": author,
        }
    )


def _moved(time: datetime | None, move: timedelta) -> datetime | None:
    try:
        return None if time is None else time + move
    except OverflowError:
        return time


def _in_batches(read: NativeRead, cursor: Cursor) -> list[Batch]:
    """At most 200 mentions each. The cursor passes the lines only with the last of them."""
    parts = [tuple(read.mentions[i : i + MAX_ITEMS]) for i in range(0, len(read.mentions), MAX_ITEMS)] or [()]
    return [
        *(Batch(part) for part in parts[:-1]),
        Batch(parts[-1], cursor, Health("ok"), tuple(read.rejected)),
    ]


def _due_lines(tape: Tape, position: int, schedule: Schedule, now: datetime) -> tuple[TapeLine, ...]:
    end = position + 1
    while end < min(position + MAX_ITEMS, len(tape.lines)) and schedule.due(tape.lines[end].time) <= now:
        end += 1
    return tape.lines[position:end]


def _place(since: Cursor | None, tape: Tape, now: datetime) -> _Place:
    try:
        place = _Place.model_validate(json.loads(since)) if since else None
    except (ValueError, ValidationError):
        place = None
    return (
        place if place is not None and place.tape == tape.identity else _Place(tape=tape.identity, start=now)
    )
