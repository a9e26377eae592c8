"""What a connector is: something that yields batches, each with the cursor that stands after it.

A connector promises:

* ``batches(since)`` starts after the cursor ``since`` (None: from now, or as far back as the source is usually
  read at a first start) and yields a batch whenever the source has something, or an empty batch with a cursor
  or health to say. It returns only when the source is at its end (a recorded file).
* The cursor of a batch is saved only after every mention of it is acknowledged downstream. Resuming from a
  cursor may repeat mentions, it never skips any.
* The same payload gives mentions with the same ids on every run.
* Errors leave it as the classes of ``monitor.errors``: TransientError (the runner waits and starts again from
  the last saved cursor), RefuseToStart (wrong configuration or a revoked key). An item that cannot be parsed
  is put into the batch's ``rejected`` with its bytes, and the rest goes on.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import ClassVar, Literal, Protocol

from monitor.records import Mention

Cursor = str  # opaque to everyone but its connector; JSON text where it has parts
HealthState = Literal["ok", "quiet", "limited", "blind"]


@dataclass(frozen=True, slots=True)
class Health:
    """How well a source is seen: *quiet* (it answers, nothing new) and *blind* (it does not) never look alike."""

    state: HealthState = "ok"
    detail: str = ""


@dataclass(frozen=True, slots=True)
class RejectedItem:
    """An item of a payload that is not what the source's contract says."""

    reason: str
    detail: str
    original: bytes


@dataclass(frozen=True, slots=True)
class Batch:
    """What a source gave at once, at most 200 mentions; ``cursor`` stands after them."""

    mentions: tuple[Mention, ...] = ()
    cursor: Cursor | None = None
    health: Health = field(default_factory=Health)
    rejected: tuple[RejectedItem, ...] = ()


class Connector(Protocol):
    """One configured source. ``name`` is unique in a configuration, for example ``feeds`` or ``feeds-alerts``."""

    kind: ClassVar[str]

    @property
    def name(self) -> str: ...

    def batches(self, since: Cursor | None) -> AsyncIterator[Batch]: ...


class Publisher(Protocol):
    """Where mentions go. ``publish`` returns only when all of them are safely taken; it may raise TransientError."""

    async def publish(self, source: str, mentions: tuple[Mention, ...]) -> None: ...

    async def reject(self, source: str, rejected: tuple[RejectedItem, ...]) -> None: ...


class CursorStore(Protocol):
    """Remembers the last acknowledged cursor of each connector, durably, once ``save`` returns."""

    async def load(self, connector: str) -> Cursor | None: ...

    async def save(self, connector: str, cursor: Cursor) -> None: ...
