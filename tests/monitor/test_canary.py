"""Canaries are of their own brand alone, each a story of its own; what people write is never one."""

from datetime import UTC, datetime, timedelta

from monitor.canary import (
    CANARY,
    CANARY_BRAND,
    CanaryJudge,
    brands_with_canary,
    canary_mention,
    is_canary,
    with_canary,
)
from monitor.playbook import Playbook
from monitor.read import build_stages, read_mentions
from monitor.records import Mention, PlaybookRef
from monitor.settings import BrandSettings
from monitor.stories import MAX_STORIES
from monitor.watch import BrandState, watch_readings

NOW = datetime(2026, 3, 14, 9, tzinfo=UTC)
EVERY = timedelta(minutes=1)
GREEDY = BrandSettings(id="veloria", name="Véloria", queries=("canary OR veloria",))
STAGES = with_canary(build_stages((GREEDY,)))
JUDGE = CanaryJudge(Playbook(PlaybookRef(version="1", sha256="0" * 64), None, ()))


def brands_of(mention: Mention) -> list[str]:
    return [reading.brand for reading in read_mentions([mention], STAGES, NOW).readings]


def test_a_canary_is_of_no_brand_of_people_whatever_they_look_for() -> None:
    assert brands_of(canary_mention(NOW, EVERY)) == [CANARY]


def test_the_same_words_from_elsewhere_are_no_canary() -> None:
    copied = canary_mention(NOW, EVERY).model_copy(update={"source": "bluesky", "id": "bluesky:1"})
    assert not is_canary(copied)
    assert brands_of(copied) == ["veloria"]


def test_a_changed_post_is_not_followed_for_the_canaries() -> None:
    post = canary_mention(NOW, EVERY).model_copy(update={"source": "bluesky", "id": "bluesky:1"})
    deleted = post.model_copy(update={"event": "deleted", "text": ""})
    assert [one.brand for one in read_mentions([deleted], STAGES, NOW).followed] == ["veloria"]


def test_each_is_a_finding_of_its_own_and_the_memory_has_its_bound() -> None:
    state = BrandState(brands_with_canary({})[CANARY])
    assert state.brand is CANARY_BRAND
    stories = set()
    for minute in range(MAX_STORIES + 5):
        at = NOW + minute * EVERY
        readings = read_mentions([canary_mention(at, EVERY)], STAGES, at).readings
        (found,) = watch_readings(state, readings, JUDGE, at).findings
        assert (found.kind, found.clause.page) == ("canary", ("it",))
        stories.add(found.story.id)
    assert len(stories) == MAX_STORIES + 5
    assert state.stories == MAX_STORIES


def test_what_people_wrote_is_judged_by_the_playbook_alone() -> None:
    state = BrandState(GREEDY)
    post = canary_mention(NOW, EVERY).model_copy(update={"source": "bluesky", "id": "bluesky:1"})
    assert watch_readings(state, read_mentions([post], STAGES, NOW).readings, JUDGE, NOW).findings == ()
