"""Random histories of one incident: whatever happens, no step is taken twice and none is left out."""

import asyncio
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as profile
from hypothesis import strategies as st

from tests.routing.policy_scenes import newest, with_comms, with_reminders
from tests.routing.scenes import SECRET, Scene, finding

STEPS = ("comms-oncall", "comms-lead", "it-oncall")
_actions = st.lists(
    st.one_of(
        st.sampled_from(("look", "acknowledge", "restart", "again")),
        st.sampled_from((1, 299, 301, 1_801, 7_201)),
    ),
    max_size=12,
)


@pytest.fixture(autouse=True)
def secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOCSIN_LINK_SECRET", SECRET)


async def lived(folder: str, actions: list[Any]) -> Scene:
    scene = with_reminders(Scene(f"sqlite:///{Path(folder) / 'r.db'}"))
    one = with_comms(scene, *({"people": [name], "wait": 300} for name in STEPS))
    await one.router.accept([finding()])
    await one.settle()
    for action in actions:
        if action == "acknowledge":
            view = await newest(one)
            await one.router.acknowledge(view.id, 0, "comms", "comms-lead", "link")
        elif action == "restart":
            one.router = one.another_router()
        elif action == "again":
            await one.router.accept([finding()])
        elif action != "look":
            one.clock.advance(float(action))
        await one.settle()
    return one


@profile(max_examples=10, deadline=None)
@given(actions=_actions)
def test_no_step_of_a_round_is_taken_twice(actions: list[Any]) -> None:
    with TemporaryDirectory() as folder:
        one = asyncio.run(lived(folder, actions))
        view = asyncio.run(newest(one))
        one.store.close()
    pages = [(m.person, m.transition, m.step, m.id) for m in view.messages if m.transition != "reminder"]
    assert len(pages) == len(set(pages))
    starts = 1 + Counter(entry.what for entry in view.history)["withdrawn"]
    for step in range(len(STEPS) + 1):
        assert sum(place == step for _, _, place, _ in pages) <= starts
    assert max(Counter(m.id for m in view.messages).values()) == 1
    assert all(m.attempts <= 1 for m in view.messages)


@profile(max_examples=5, deadline=None)
@given(waits=st.lists(st.sampled_from((301, 350, 5_000)), min_size=4, max_size=6))
def test_without_an_answer_everybody_is_paged_in_order_and_the_catch_all_at_last(waits: list[int]) -> None:
    with TemporaryDirectory() as folder:
        one = asyncio.run(lived(folder, waits))
        view = asyncio.run(newest(one))
        one.store.close()
    assert [m.person for m in view.messages] == [*STEPS, "duty"]
    assert [m.step for m in view.messages] == [0, 1, 2, 3]
