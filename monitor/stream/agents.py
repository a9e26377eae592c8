"""The agents ``read`` and ``watch``: Faust around the bodies, each under its guard."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, Protocol

import faust

from monitor.clock import Clock
from monitor.stream.app import StreamSettings
from monitor.stream.bodies import Judgement, ReadBody, WatchBody
from monitor.stream.cap import DeadLetterCap
from monitor.stream.ending import End, end_process
from monitor.stream.guard import Body, Guard, RawRecord
from monitor.stream.outputs import Outputs
from monitor.topic_table import TABLES, Stage

INPUTS: dict[str, Stage] = {"read": "mentions", "watch": "readings"}  # what each agent takes its records from


class _Stream(Protocol):
    def events(self) -> AsyncIterator[Any]: ...


def add_agents(
    app: faust.App,
    settings: StreamSettings,
    judgement: Judgement,
    clock: Clock,
    *,
    cap: int,
    end: End = end_process,
) -> None:
    """Bind the bodies to their topics. ``cap``: dead letters in ten minutes that end the process."""
    outputs = Outputs(app, settings, end)
    bodies: dict[str, Body] = {
        "read": ReadBody(judgement, outputs.send, clock),
        "watch": _watching(app, settings, judgement, outputs, clock),
    }
    for stage, body in bodies.items():
        guard = Guard(stage, outputs.reject, DeadLetterCap(cap), clock, end)
        app.agent(outputs.topic(INPUTS[stage]), name=stage)(guarded(guard, body))


def _watching(
    app: faust.App, settings: StreamSettings, judgement: Judgement, outputs: Outputs, clock: Clock
) -> WatchBody:
    """The body of ``watch`` on its table, whose cache does not outlive a rebalance."""
    # The types decide how a table's entries are written: without them recovery never ends.
    table = app.Table(TABLES[0], partitions=settings.partitions, key_type=bytes, value_type=bytes)
    body = WatchBody(judgement, outputs.send, table, clock)

    async def forget(*_: object, **__: object) -> None:
        body.forget()

    app.on_partitions_revoked.connect(forget)
    app.on_partitions_assigned.connect(forget)
    return body


def guarded(guard: Guard, body: Body) -> Callable[[_Stream], Awaitable[None]]:
    """The function of an agent: every record of its stream, in order, through the guard."""

    async def run(stream: _Stream) -> None:
        async for event in stream.events():
            message = event.message
            record = RawRecord(message.topic, message.partition, message.offset, message.key, message.value)
            await guard.run(record, body)

    return run
