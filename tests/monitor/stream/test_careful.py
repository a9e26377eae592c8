"""Partitions that change hands: nothing flows before the committed offsets, nothing is committed past a hole."""

from collections import defaultdict
from types import SimpleNamespace
from typing import Any

import pytest
from faust.transport.consumer import Consumer
from faust.types import TP

from monitor.stream.app import StreamSettings, make_app
from monitor.stream.careful import CarefulConsumer, CarefulRecovery

P0, P1, CHANGELOG = TP("tocsin.mentions", 0), TP("tocsin.mentions", 1), TP("tocsin-agents-watch-changelog", 0)


class Flow:
    """A consumer that notes what is asked of it, and whether records flowed at the time."""

    def __init__(self) -> None:
        self.flows = True
        self.noted: list[tuple[str, bool]] = []

    def assignment(self) -> set[TP]:
        return {P0}

    def stop_flow(self) -> None:
        self.flows = False

    def resume_flow(self) -> None:
        self.flows = True

    def resume_partitions(self, _: set[TP]) -> None:
        self.noted.append(("resume", self.flows))

    async def perform_seek(self) -> None:
        self.noted.append(("seek", self.flows))


async def nothing() -> None:
    return None


async def test_records_flow_only_after_going_back_to_the_committed_offsets() -> None:
    app = make_app(StreamSettings(bootstrap="127.0.0.1:1"))
    flow = Flow()
    app.consumer = flow
    app._fetcher = SimpleNamespace(maybe_start=nothing)
    recovery = app.tables.recovery
    assert isinstance(recovery, CarefulRecovery)
    await recovery.on_recovery_completed(app.consumer_generation_id)
    assert flow.noted == [("resume", False), ("seek", False)]
    assert flow.flows


class Thread:
    """The thread of a consumer: what was committed, and where it was told to begin anew."""

    def __init__(self, committed: dict[TP, int | None]) -> None:
        self.committed = committed
        self.begun: list[tuple[str, int]] = []

    def assignment(self) -> set[TP]:
        return set(self.committed)

    async def seek_to_committed(self) -> dict[TP, int | None]:
        return self.committed

    async def seek_to_beginning(self, *partitions: Any) -> None:
        self.begun.extend((one.topic, one.partition) for one in partitions)


def consumer(**parts: Any) -> CarefulConsumer:
    """A consumer with these parts only."""
    one = object.__new__(CarefulConsumer)
    for name, part in parts.items():
        setattr(one, name, part)
    return one


async def test_partitions_without_a_committed_offset_begin_anew() -> None:
    thread = Thread({P0: None, P1: 7, CHANGELOG: None})
    one = consumer(
        _thread=thread,
        _read_offset={},
        _committed_offset=defaultdict(lambda: None),
        app=SimpleNamespace(tables=SimpleNamespace(changelog_topics={CHANGELOG.topic})),
    )
    await one.perform_seek()
    assert thread.begun == [(P0.topic, P0.partition)]
    assert one._read_offset[P1] == 7


@pytest.mark.parametrize(
    ("committed", "acknowledged", "offset"),
    [(10, [10, 11], 12), (10, [11], None), (10, [10, 12], 11), (None, [0, 1], 2), (10, [], None)],
)
def test_nothing_is_committed_past_a_missing_record(
    committed: int | None, acknowledged: list[int], offset: int | None
) -> None:
    one = consumer(
        _acked={P0: list(acknowledged)},
        _acked_index={P0: set(acknowledged)},
        _committed_offset={P0: committed},
        _gap={P0: ()},
    )
    assert one._new_offset(P0) == offset


def test_faust_itself_commits_past_a_missing_record() -> None:
    """Why the above is needed; once this fails, Faust was mended."""
    parts = {
        "_acked": {P0: [11]},
        "_acked_index": {P0: {11}},
        "_committed_offset": {P0: 10},
        "_gap": {P0: ()},
    }
    assert Consumer._new_offset(SimpleNamespace(**parts), P0) == 12
