"""Records are acknowledged in their order: Faust may commit past one that is still under way."""

import asyncio
from types import SimpleNamespace

import pytest
from faust.transport.consumer import Consumer
from hypothesis import given
from hypothesis import strategies as st

from monitor.stream.acknowledging import Acknowledging
from monitor.stream.app import StreamSettings, make_app
from monitor.stream.ending import end_process
from monitor.stream.outputs import Outputs

SETTINGS = StreamSettings(bootstrap="127.0.0.1:1")


class Event:
    """A record that notes when it is acknowledged."""

    def __init__(self, number: int, acknowledged: list[int]) -> None:
        self._number = number
        self._acknowledged = acknowledged

    def ack(self) -> bool:
        self._acknowledged.append(self._number)
        return True


async def acknowledge(answers: list[int]) -> list[int]:
    """The order in which as many records are acknowledged when the broker answers in the order ``answers``."""
    outputs = Outputs(make_app(SETTINGS), SETTINGS, end_process)
    done = Acknowledging(outputs, depth=len(answers) + 1)
    promises: list[asyncio.Future[None]] = [asyncio.get_running_loop().create_future() for _ in answers]
    acknowledged: list[int] = []
    for number, promise in enumerate(promises):
        outputs.expect(promise)
        await done.after(Event(number, acknowledged))
    for rank, number in enumerate(answers):
        promises[number].set_result(None)
        for _ in range(4 * len(answers) + 4):
            await asyncio.sleep(0)
        answered = set(answers[: rank + 1])
        assert acknowledged == [one for one in range(len(answers)) if set(range(one + 1)) <= answered]
    return acknowledged


@given(st.permutations(range(6)))
def test_the_order_of_the_answers_does_not_matter(answers: list[int]) -> None:
    assert asyncio.run(acknowledge(answers)) == list(range(6))


@pytest.mark.parametrize(("committed", "acknowledged"), [(None, 5), (10, 11)])
def test_faust_commits_past_a_record_that_is_under_way(committed: int | None, acknowledged: int) -> None:
    """Why the order matters; once this fails, Faust was mended and the order may be given up."""
    consumer = SimpleNamespace(
        _acked={"p": [acknowledged]},
        _acked_index={"p": {acknowledged}},
        _committed_offset={"p": committed},
        _gap={"p": ()},
    )
    assert Consumer._new_offset(consumer, "p") == acknowledged + 1
