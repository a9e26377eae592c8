"""What is found again, and what is found of a post that changed."""

from datetime import datetime, timedelta

import pytest

from monitor.fired import MAX_EDITS
from monitor.followed import followed
from monitor.records import Finding, finding_id, story_id
from monitor.watch import BrandState, watch_readings
from tests.monitor.a_reading import BRAKES, START, a_mention, a_reading
from tests.monitor.playbooks import VELORIA, FixedJudge, a_clause, always

NOW = START + timedelta(minutes=10)
SAFETY = a_clause("safety", "critical")
ALWAYS = FixedJudge(always(SAFETY))
STORY = story_id("veloria", "replay:1")
FIRE = FixedJudge((SAFETY, lambda situation: "fire" in situation.reading.mention.text))


def found(findings: tuple[Finding, ...]) -> list[tuple[str, int]]:
    return [(one.about, one.level) for one in findings]


def restarted(state: BrandState, entries: dict[str, bytes | None]) -> BrandState:
    return BrandState.restore(VELORIA, [(key, data) for key, data in entries.items() if data is not None])


@pytest.mark.parametrize("kind", ["press", "regulator"])
def test_a_new_weighty_kind_of_author_gives_the_clause_again_once(kind: str) -> None:
    state = BrandState(VELORIA)
    readings = [a_reading(a_mention(1)), a_reading(a_mention(2))]
    weighty = [
        a_reading(a_mention(number), author_kind="press" if kind == "press" else "regulator")
        for number in (3, 4)
    ]
    assert found(watch_readings(state, readings, ALWAYS, NOW).findings) == [("clause", 0)]
    outcome = watch_readings(state, weighty, ALWAYS, NOW)
    assert found(outcome.findings) == [("clause", 1)]
    assert outcome.findings[0].id == finding_id(STORY, "safety", 1)
    for one in (state, restarted(state, outcome.changed)):
        again = watch_readings(one, weighty, ALWAYS, NOW + timedelta(minutes=1))
        assert again.findings == outcome.findings


@pytest.mark.parametrize(
    ("quiet", "level"), [(timedelta(hours=5, minutes=59), None), (timedelta(hours=6), 1)]
)
def test_a_story_that_was_quiet_for_hours_and_moves_again_is_found_again(
    quiet: timedelta, level: int | None
) -> None:
    state = BrandState(VELORIA)
    watch_readings(state, [a_reading(a_mention(1))], ALWAYS, START)
    later = a_reading(a_mention(2, second=int(quiet.total_seconds())))
    outcome = watch_readings(state, [later], ALWAYS, START + quiet)
    assert found(outcome.findings) == ([] if level is None else [("clause", level)])
    if level is not None:
        assert outcome.findings[0].story.revivals == 1
        again = watch_readings(restarted(state, outcome.changed), [later], ALWAYS, START + quiet)
        assert again.findings == outcome.findings


def test_a_revival_by_posts_that_meet_no_clause_is_found_with_the_first_that_does() -> None:
    state = BrandState(VELORIA)
    watch_readings(state, [a_reading(a_mention(1, f"{BRAKES} it caught fire"))], FIRE, START)
    second = int(timedelta(hours=7).total_seconds())
    at = START + timedelta(hours=7)
    harmless = a_reading(a_mention(2, f"{BRAKES} what now", url="https://a.example/1", second=second))
    joined = harmless.mention.model_copy(
        update={"thread": harmless.mention.thread.model_copy(update={"repost_of": "replay:1"})}
    )
    assert watch_readings(state, [a_reading(joined)], FIRE, at).findings == ()
    more = a_reading(a_mention(3, f"{BRAKES} it caught fire", second=second + 60))
    assert found(watch_readings(state, [more], FIRE, at).findings) == [("clause", 1)]


def states_after_the_fire(now: datetime) -> BrandState:
    state = BrandState(VELORIA)
    watch_readings(state, [a_reading(a_mention(1, "It caught fire"))], FIRE, now)
    return state


def test_an_edit_of_the_post_that_made_a_clause_fire_is_found_once_and_never_as_new() -> None:
    state = states_after_the_fire(NOW)
    edit = a_reading(a_mention(1, "All is well", event="edited"))
    outcome = watch_readings(state, [edit], FIRE, NOW)
    (finding,) = outcome.findings
    assert (finding.about, finding.level, finding.clause.id, finding.reading) == ("edit", 0, "safety", edit)
    assert finding.id != finding_id(STORY, "safety", 0)
    for one in (state, restarted(state, outcome.changed)):
        assert watch_readings(one, [edit], FIRE, NOW).findings == outcome.findings
    other = a_reading(a_mention(1, "All is very well", event="edited"))
    (second,) = watch_readings(state, [other], FIRE, NOW).findings
    assert second.about == "edit"
    assert second.id != finding.id


@pytest.mark.parametrize("named", [True, False])
def test_a_deletion_is_found_once_though_it_names_no_brand(*, named: bool) -> None:
    state = states_after_the_fire(NOW)
    gone = a_mention(1, "", event="deleted")
    reading = a_reading(gone) if named else followed(gone, "veloria", NOW)
    outcome = watch_readings(state, [reading], FIRE, NOW)
    assert found(outcome.findings) == [("deletion", 0)]
    for one in (state, restarted(state, outcome.changed)):
        again = watch_readings(one, [reading], FIRE, NOW + timedelta(hours=1))
        assert [finding.id for finding in again.findings] == [outcome.findings[0].id]
    (story,) = state.book
    assert (story.mentions, story.negative) == (1, 1)


def test_an_edit_that_names_no_brand_any_more_is_found_and_counts_nothing() -> None:
    state = states_after_the_fire(NOW)
    edit = followed(a_mention(1, "never mind", event="edited"), "veloria", NOW)
    assert found(watch_readings(state, [edit], FIRE, NOW).findings) == [("edit", 0)]
    (story,) = state.book
    assert (story.mentions, story.negative) == (1, 1)


def test_changes_of_posts_that_nobody_counted_or_that_made_nothing_fire_are_no_finding() -> None:
    state = states_after_the_fire(NOW)
    watch_readings(state, [a_reading(a_mention(2, "It caught flames"))], FIRE, NOW)
    changes = [
        followed(a_mention(2, "", event="deleted"), "veloria", NOW),
        followed(a_mention(3, "", event="deleted"), "veloria", NOW),
        followed(a_mention(4, "other", event="edited"), "veloria", NOW),
    ]
    assert watch_readings(state, changes, FIRE, NOW).findings == ()


def test_nobody_fills_the_memory_by_editing_for_ever_and_the_deletion_is_still_told() -> None:
    state = states_after_the_fire(NOW)
    edits = [a_reading(a_mention(1, f"version {n}", event="edited")) for n in range(MAX_EDITS + 10)]
    assert len(watch_readings(state, edits, FIRE, NOW).findings) == MAX_EDITS
    gone = a_reading(a_mention(1, "", event="deleted"))
    assert found(watch_readings(state, [gone], FIRE, NOW).findings) == [("deletion", 0)]
