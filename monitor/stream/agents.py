"""The agents ``read`` and ``watch``: Faust around the bodies, each under its guard."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, Protocol

import faust

from monitor.clock import Clock
from monitor.stream.acknowledging import Acknowledging
from monitor.stream.app import StreamSettings
from monitor.stream.bodies import Judgement, ReadBody, WatchBody
from monitor.stream.cap import DeadLetterCap
from monitor.stream.changelog import AcknowledgedTable
from monitor.stream.ending import End, end_process
from monitor.stream.guard import Body, Guard, RawRecord
from monitor.stream.outputs import Outputs
from monitor.topic_table import TABLES, Stage

INPUTS: dict[str, Stage] = {"read": "mentions", "watch": "readings"}  # what each agent takes its records from


class _Stream(Protocol):
    enable_acks: bool

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
    outputs = {stage: Outputs(app, settings, end) for stage in INPUTS}
    bodies: dict[str, Body] = {
        "read": ReadBody(judgement, outputs["read"].send, clock),
        "watch": _watching(app, settings, judgement, outputs["watch"], clock),
    }
    for stage, body in bodies.items():
        out = outputs[stage]
        guard = Guard(stage, out.reject, DeadLetterCap(cap), clock, end)
        app.agent(out.topic(INPUTS[stage]), name=stage)(guarded(guard, body, out))


def _watching(
    app: faust.App, settings: StreamSettings, judgement: Judgement, outputs: Outputs, clock: Clock
) -> WatchBody:
    """The body of ``watch`` on its table, whose cache does not outlive a rebalance."""
    table = AcknowledgedTable(
        app,
        expect=outputs.expect,
        name=TABLES[0],
        partitions=settings.partitions,
        # The types decide how a table's entries are written: without them recovery never ends.
        key_type=bytes,
        value_type=bytes,
        beacon=app.tables.beacon,
    )
    app.tables.add(table)
    body = WatchBody(judgement, outputs.send, table, clock)

    async def forget(*_: object, **__: object) -> None:
        body.forget()

    app.on_partitions_revoked.connect(forget)
    app.on_partitions_assigned.connect(forget)
    return body


def guarded(guard: Guard, body: Body, outputs: Outputs) -> Callable[[_Stream], Awaitable[None]]:
    """The function of an agent: every record of its stream, in order, through the guard."""

    async def run(stream: _Stream) -> None:
        # Faust would acknowledge a record as soon as the next one is asked for, its outputs still under way.
        stream.enable_acks = False
        done = Acknowledging(outputs)
        async for event in stream.events():
            message = event.message
            record = RawRecord(message.topic, message.partition, message.offset, message.key, message.value)
            await guard.run(record, body)
            await done.after(event)

    return run
