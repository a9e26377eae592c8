from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.fired import MAX_KEPT_STORIES, REACH_TIERS, Fired, FiredClauses, StoredFired, reach_tier
from monitor.records import Story
from tests.monitor.a_reading import BRAND, START


def a_story(reach: int) -> Story:
    return Story(
        id="story",
        brand=BRAND,
        title="Freins",
        first_mention="replay:1",
        first_url="https://a.example/1",
        first_seen=START,
        last_seen=START,
        mentions=1,
        authors=1,
        reach=reach,
    )


def fire(memory: FiredClauses, clause: str, reading: int, reach: int) -> int | None:
    level = memory.new_level(clause, reach)
    if level is not None:
        memory.remember(reading, (Fired(clause=clause, level=level),), a_story(reach), START)
    return level


@pytest.mark.parametrize(
    ("reach", "tier"), [(0, 0), (9_999, 0), (10_000, 1), (99_999, 1), (10**6, 3), (10**9, 4)]
)
def test_tiers_of_reach(reach: int, tier: int) -> None:
    assert reach_tier(reach) == tier


def test_a_clause_is_found_once_for_each_tier_that_the_reach_crosses() -> None:
    memory = FiredClauses()
    reaches = [50, 60, 10_000, 10_500, 2_000_000, 2_000_001, 10**7, 10**9]
    assert [fire(memory, "safety", number, reach) for number, reach in enumerate(reaches)] == [
        0, None, 1, None, 3, None, 4, None,
    ]  # fmt: skip


def test_levels_count_from_the_tier_where_the_clause_first_fired() -> None:
    memory = FiredClauses()
    assert fire(memory, "safety", 1, 150_000) == 0
    assert fire(memory, "outage", 2, 999_999) == 0
    assert fire(memory, "safety", 3, 1_000_000) == 1
    assert fire(memory, "outage", 3, 1_000_000) == 1


@given(st.lists(st.integers(0, 10**8), min_size=1))
def test_no_level_is_found_twice(reaches: list[int]) -> None:
    memory = FiredClauses()
    levels = [fire(memory, "safety", number, reach) for number, reach in enumerate(sorted(reaches))]
    found = [level for level in levels if level is not None]
    assert found == sorted(set(found))
    assert found[0] == 0
    assert len(found) <= len(REACH_TIERS) + 1


def test_the_trigger_keeps_the_story_as_it_was() -> None:
    memory = FiredClauses()
    fire(memory, "safety", 7, 50)
    trigger = memory.trigger_of(7)
    assert trigger is not None
    assert memory.story_then(trigger, a_story(10**6)) == a_story(50)
    assert memory.trigger_of(8) is None


def test_one_reading_can_make_clauses_fire_at_two_times() -> None:
    memory = FiredClauses()
    fire(memory, "safety", 7, 50)
    fire(memory, "outage", 7, 50)
    trigger = memory.trigger_of(7)
    assert trigger is not None
    assert [one.clause for one in trigger.fired] == ["safety", "outage"]


def test_only_the_last_stories_are_kept_but_every_trigger_is_known() -> None:
    memory = FiredClauses()
    many = MAX_KEPT_STORIES + 5
    for number in range(many):
        fire(memory, f"clause-{number}", number, number)
    triggers = [memory.trigger_of(number) for number in range(many)]
    assert [trigger is not None and trigger.story is not None for trigger in triggers] == [False] * 5 + [
        True
    ] * MAX_KEPT_STORIES
    assert triggers[0] is not None
    assert memory.story_then(triggers[0], a_story(9)) == a_story(9)


def test_the_memory_goes_on_from_what_was_kept() -> None:
    memory = FiredClauses()
    for number, reach in enumerate([50, 10_000, 100_000]):
        fire(memory, "safety", number, reach)
    stored = StoredFired.model_validate_json(memory.stored().model_dump_json())
    again = FiredClauses.from_stored(stored)
    assert again == memory
    assert again.new_level("safety", 10**6) == 3
    assert again.new_level("safety", 10**6 - 1) is None
    trigger = again.trigger_of(2)
    assert trigger is not None
    assert trigger.found_at - START == timedelta(0)
