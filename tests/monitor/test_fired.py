from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.fired import (
    MAX_KEPT_STORIES,
    MAX_TRIGGERS,
    REACH_TIERS,
    REVIVED_AFTER,
    Fired,
    FiredClauses,
    StoredFired,
    reach_tier,
)
from monitor.records import AuthorKind, Story
from tests.monitor.a_reading import BRAND, START


def a_story(reach: int, kinds: tuple[AuthorKind, ...] = (), revivals: int = 0) -> Story:
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
        author_kinds=kinds,
        revivals=revivals,
    )


def fire(memory: FiredClauses, clause: str, reading: int, reach: int) -> int | None:
    level = memory.new_level(clause, a_story(reach))
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
    assert again.new_level("safety", a_story(10**6)) == 3
    assert again.new_level("safety", a_story(10**6 - 1)) is None
    trigger = again.trigger_of(2)
    assert trigger is not None
    assert trigger.found_at - START == timedelta(0)


def fire_story(memory: FiredClauses, reading: int, story: Story) -> int | None:
    level = memory.new_level("safety", story)
    if level is not None:
        memory.remember(reading, (Fired(clause="safety", level=level),), story, START, reading)
    return level


def test_each_weighty_kind_of_author_is_news_once() -> None:
    memory = FiredClauses()
    kinds: list[tuple[AuthorKind, ...]] = [
        ("public",), ("bot", "public"), ("press",), ("press",), ("press", "regulator"), ("press", "regulator")
    ]  # fmt: skip
    assert [fire_story(memory, n, a_story(50, one)) for n, one in enumerate(kinds)] == [
        0, None, 1, None, 2, None,
    ]  # fmt: skip


def test_a_revival_is_news_once() -> None:
    memory = FiredClauses()
    assert [fire_story(memory, n, a_story(50, (), revivals)) for n, revivals in enumerate([0, 0, 1, 1, 2])] == [
        0, None, 1, None, 2,
    ]  # fmt: skip


def test_a_story_revives_after_hours_of_quiet_only() -> None:
    memory = FiredClauses()
    memory.moves(START, START + REVIVED_AFTER - timedelta(seconds=1))
    assert memory.revivals == 0
    memory.moves(START, START - REVIVED_AFTER)
    assert memory.revivals == 0
    memory.moves(START, START + REVIVED_AFTER)
    assert memory.revivals == 1


changes = st.lists(
    st.tuples(
        st.integers(0, 10**8),
        st.sets(st.sampled_from(["public", "press", "regulator"])).map(lambda kinds: tuple(sorted(kinds))),
        st.booleans(),
    ),
    max_size=30,
)


@given(changes)
def test_levels_only_grow_and_no_change_is_told_twice(
    moves: list[tuple[int, tuple[AuthorKind, ...], bool]],
) -> None:
    memory, levels, revivals = FiredClauses(), [], 0
    for number, (reach, kinds, revived) in enumerate(moves):
        revivals += revived
        story = a_story(reach, kinds, revivals)
        level = fire_story(memory, number, story)
        if level is not None:
            levels.append(level)
        assert memory.new_level("safety", story) is None
        stored = StoredFired.model_validate_json(memory.stored().model_dump_json(exclude_none=True))
        assert FiredClauses.from_stored(stored, kinds).new_level("safety", story) is None
    assert levels == sorted(set(levels))


def test_what_an_earlier_version_kept_is_read_and_nobody_is_told_again() -> None:
    old = (
        '{"clauses":[{"clause":"safety","first_tier":1,"level":1}],'
        '"triggers":[{"reading":7,"found_at":"2026-03-02T09:00:00Z","fired":[{"clause":"safety","level":1}]}]}'
    )
    memory = FiredClauses.from_stored(StoredFired.model_validate_json(old), ("press", "public"))
    assert memory.new_level("safety", a_story(100_000, ("press", "public"))) is None
    assert memory.new_level("safety", a_story(10**6, ("press", "public"))) == 2
    assert memory.new_level("safety", a_story(100_000, ("press", "regulator"))) == 2
    assert memory.fired_by(7) == ()


def test_memory_of_triggers_is_bounded() -> None:
    memory = FiredClauses()
    for number in range(MAX_TRIGGERS + 10):
        memory.remember_change(number, (Fired(clause="safety", level=0),), a_story(1), START, 5)
    assert len(memory.stored().triggers) == MAX_TRIGGERS
    assert memory.trigger_of(0) is None
    assert memory.trigger_of(MAX_TRIGGERS + 9) is not None
