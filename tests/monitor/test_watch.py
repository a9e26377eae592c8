from datetime import timedelta

import pytest

from monitor import stories
from monitor.records import Author, Reading, Thread, finding_id, story_id
from monitor.situation import Situation, Verdict
from monitor.watch import BrandState, WatchOutcome, author_key, watch_readings
from tests.monitor.a_reading import BRAKES, START, a_mention, a_reading
from tests.monitor.playbooks import VELORIA, FixedJudge, a_clause, always

NOW = START + timedelta(minutes=10)
SAFETY = a_clause("safety", "critical")
ALWAYS = FixedJudge(always(SAFETY))
THREE = FixedJudge((SAFETY, lambda situation: situation.story.mentions >= 3))
SILENT = FixedJudge()


def copies(count: int, *, followers: int = 100) -> list[Reading]:
    return [
        a_reading(a_mention(number, author=Author(handle=f"a{number}", followers=followers)))
        for number in range(count)
    ]


def entries(outcome: WatchOutcome) -> list[tuple[str, bytes]]:
    return [(key, data) for key, data in outcome.changed.items() if data is not None]


def test_a_clause_that_holds_is_found_once_with_the_reading_that_made_it_hold() -> None:
    readings = copies(5)
    outcome = watch_readings(BrandState(VELORIA), readings, THREE, NOW)
    (finding,) = outcome.findings
    story = story_id("veloria", "replay:0")
    assert finding.id == finding_id(story, "safety", 0)
    assert (finding.level, finding.found_at, finding.brand_name) == (0, NOW, "Véloria")
    assert finding.reading == readings[2]
    assert finding.clause == SAFETY
    assert finding.playbook == THREE.ref
    assert finding.trace.held
    assert (finding.story.mentions, finding.story.authors, finding.story.reach) == (3, 3, 300)
    assert outcome.opened == 1
    assert set(outcome.changed) == {"series", f"story:{story}"}


def test_each_tier_of_reach_is_a_material_change() -> None:
    outcome = watch_readings(BrandState(VELORIA), copies(30, followers=4_000), ALWAYS, NOW)
    assert [(one.level, one.story.reach) for one in outcome.findings] == [
        (0, 4_000),
        (1, 12_000),
        (2, 100_000),
    ]
    assert len({one.id for one in outcome.findings}) == 3


def test_a_reading_that_comes_again_counts_nothing_and_gives_the_same_finding() -> None:
    state = BrandState(VELORIA)
    readings = copies(5)
    first = watch_readings(state, readings, THREE, NOW)
    again = watch_readings(state, readings, THREE, NOW + timedelta(minutes=5))
    assert again == WatchOutcome(findings=first.findings)


def test_the_same_holds_after_a_restart() -> None:
    readings = copies(5)
    first = watch_readings(BrandState(VELORIA), readings, THREE, NOW)
    state = BrandState.restore(VELORIA, entries(first))
    assert watch_readings(state, readings, THREE, NOW) == WatchOutcome(findings=first.findings)


def test_a_repeat_does_not_cite_a_clause_that_nobody_agrees_to_any_more() -> None:
    state = BrandState(VELORIA)
    watch_readings(state, copies(3), THREE, NOW)
    assert watch_readings(state, copies(3), SILENT, NOW).findings == ()


def test_mentions_found_late_count_but_only_one_on_time_gives_the_finding() -> None:
    state = BrandState(VELORIA)
    late = [a_reading(a_mention(number, late=True)) for number in range(4)]
    outcome = watch_readings(state, late, THREE, NOW)
    assert (outcome.findings, outcome.late, outcome.opened) == ((), 4, 1)
    on_time = watch_readings(state, [a_reading(a_mention(9))], THREE, NOW)
    assert [one.story.mentions for one in on_time.findings] == [5]
    assert watch_readings(state, late, THREE, NOW) == WatchOutcome()


def test_an_edit_is_judged_anew_but_counted_once() -> None:
    state = BrandState(VELORIA)
    judge = FixedJudge((SAFETY, lambda situation: "fire" in situation.reading.mention.text))
    before = a_reading(a_mention(1, "Nice bike"), label="positive")
    after = a_reading(a_mention(1, "It caught fire", event="edited"))
    assert watch_readings(state, [before], judge, NOW).findings == ()
    outcome = watch_readings(state, [after], judge, NOW)
    (finding,) = outcome.findings
    assert (finding.story.mentions, finding.story.negative_share, outcome.opened) == (1, 1.0, 0)
    assert finding.reading == after
    asked = len(judge.asked)
    assert watch_readings(state, [before, after], judge, NOW) == WatchOutcome(findings=outcome.findings)
    assert len(judge.asked) == asked + 1


def test_an_edit_that_comes_before_its_original_counts_as_the_post() -> None:
    state = BrandState(VELORIA)
    after = a_reading(a_mention(1, "It caught fire", event="edited"))
    outcome = watch_readings(state, [after, a_reading(a_mention(1, "Nice bike"))], ALWAYS, NOW)
    assert [one.story.mentions for one in outcome.findings] == [1]
    (story,) = state.book
    assert story.mentions == 1


@pytest.mark.parametrize("known", [True, False])
def test_a_deletion_is_neither_counted_nor_judged(*, known: bool) -> None:
    state = BrandState(VELORIA)
    watch_readings(state, copies(int(known)), SILENT, NOW)
    judge = FixedJudge(always(SAFETY))
    assert watch_readings(state, [a_reading(a_mention(0, "", event="deleted"))], judge, NOW) == WatchOutcome()
    assert judge.asked == []


def test_the_playbook_sees_the_reading_its_story_and_the_time() -> None:
    judge = FixedJudge()
    state = BrandState(VELORIA)
    one = a_reading(a_mention(1, second=60, url="https://a.example/1"), label="positive", language="fr")
    two = a_reading(
        a_mention(2, thread=Thread(repost_of="replay:1"), author=Author(), second=500), author_kind="press"
    )
    watch_readings(state, [one, two], judge, NOW)
    assert [situation.now for situation in judge.asked] == [NOW, NOW]
    assert [situation.reading for situation in judge.asked] == [one, two]
    story = judge.asked[1].story
    assert (story.title, story.first_mention, story.first_url) == (BRAKES, "replay:1", "https://a.example/1")
    assert (story.first_seen, story.last_seen) == (one.mention.created_at, two.mention.created_at)
    assert (story.mentions, story.authors, story.reach, story.authors_of_unknown_reach) == (2, 2, 100, 1)
    assert (story.mentions_last_5_min, story.mentions_last_60_min) == (1, 2)
    assert (story.negative_share, story.languages, story.author_kinds) == (
        0.5,
        ("en", "fr"),
        ("press", "public"),
    )
    assert story.sources == ("replay",)


def test_a_post_from_the_future_counts_now() -> None:
    judge = FixedJudge()
    watch_readings(BrandState(VELORIA), [a_reading(a_mention(1, second=86_400))], judge, NOW)
    story = judge.asked[0].story
    assert (story.first_seen, story.last_seen, story.mentions_last_5_min) == (NOW, NOW, 1)


def test_forgotten_stories_are_deleted_from_the_store() -> None:
    state = BrandState(VELORIA)
    first = watch_readings(state, copies(2), SILENT, NOW)
    outcome = watch_readings(state, [], SILENT, NOW + timedelta(days=8))
    assert outcome.changed == {key: None for key in first.changed if key != "series"}
    assert state.stories == 0


def test_memory_is_bounded_within_a_batch_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stories, "MAX_STORIES", 3)
    state = BrandState(VELORIA)
    outcome = watch_readings(state, [a_reading(a_mention(n, "lol")) for n in range(10)], SILENT, NOW)
    assert (outcome.opened, state.stories) == (10, 3)
    assert len(entries(outcome)) == 4
    again = watch_readings(state, [a_reading(a_mention(20, "lol"))], SILENT, NOW)
    assert sorted(data is None for data in again.changed.values()) == [False, False, True]


def test_damaged_entries_are_left_out_and_counted() -> None:
    outcome = watch_readings(BrandState(VELORIA), copies(1), SILENT, NOW)
    ((_, story),) = [one for one in entries(outcome) if one[0] != "series"]
    state = BrandState.restore(
        VELORIA,
        [("series", b"[]"), ("story:x", b"{"), ("story:other", story), ("what", b""), *entries(outcome)],
    )
    assert (state.stories, state.unreadable) == (1, 4)
    other = VELORIA.model_copy(update={"id": "other"})
    assert BrandState.restore(other, entries(outcome)).stories == 0


def test_the_figures_of_a_brand_survive_a_restart() -> None:
    state = BrandState(VELORIA)
    outcome = watch_readings(state, copies(10), SILENT, START + timedelta(seconds=30))
    for one in (state, BrandState.restore(VELORIA, entries(outcome))):
        assert (one.stories, one.largest_reach) == (1, 1_000)
        assert one.mentions_per_minute(START + timedelta(minutes=1)) == 2.0
        assert one.mentions_per_minute(NOW) == 0.0


class FailsOnce(FixedJudge):
    """An agreement that fails on the third reading, the first time."""

    def judge(self, situation: Situation) -> tuple[Verdict, ...]:
        verdicts = super().judge(situation)
        if len(self.asked) == 3:
            raise RuntimeError("a fault")
        return verdicts


@pytest.mark.parametrize("restarted", [True, False])
def test_what_the_playbook_failed_on_is_judged_when_it_comes_again(*, restarted: bool) -> None:
    state = BrandState(VELORIA)
    judge = FailsOnce((SAFETY, lambda situation: situation.reading.mention.id == "replay:2"))
    with pytest.raises(RuntimeError):
        watch_readings(state, copies(5), judge, NOW)
    outcome = watch_readings(state, copies(2), judge, NOW)
    assert len(outcome.changed) == 2  # what the failed batch changed is given out now
    if restarted:
        state = BrandState.restore(VELORIA, entries(outcome))
    outcome = watch_readings(state, copies(5), judge, NOW)
    assert [one.reading.mention.id for one in outcome.findings] == ["replay:2"]
    (story,) = state.book
    assert (story.mentions, dict(story.unjudged)) == (5, {})


def test_authors_are_told_apart_by_source_and_id() -> None:
    def key(number: int, **author: str) -> int:
        return author_key(a_mention(number, author=Author(**author)))

    assert key(1, handle="Ana") == key(2, handle="ana")
    assert key(1, handle="ana", id="7") == key(2, handle="ana-renamed", id="7")
    assert key(1, handle="ana") != key(1, handle="bea")
    assert key(1) != key(2)
    article = a_mention(1, kind="article", author=Author(), url="https://news.example/1")
    other = a_mention(2, kind="article", author=Author(), url="https://www.news.example/2")
    assert author_key(article) == author_key(other)
