"""From mentions to readings: one for each brand, and no mention hurts its neighbours."""

from dataclasses import replace

from hypothesis import given

from monitor.followed import is_followed
from monitor.read import build_stages, read_mentions
from monitor.records import Language, Mention, TopicHit, reading_id
from monitor.settings import BrandSettings
from tests.monitor.posts import NOW, post
from tests.monitor.strategies import mentions

BRANDS = [
    BrandSettings(id="veloria", name="Véloria", queries=("veloria",), own_handles=("@veloria", "!")),
    BrandSettings(id="superc", name="Super C", queries=('"super c"',), exclude=("veloria NEAR/1 concours",)),
]
STAGES = build_stages(BRANDS)


class FailingTopics:
    """A stage with a fault that shows on one word."""

    def tag(self, text: str, language: Language) -> tuple[TopicHit, ...]:
        if "poison" in text:
            raise RuntimeError("cannot take " + text)
        return ()


def test_a_reading_says_it_all() -> None:
    mention = post("Ma #Véloria a pris feu, quelle honte", late=True)
    outcome = read_mentions([mention], STAGES, NOW)
    (reading,) = outcome.readings
    assert reading.id == reading_id(mention, "veloria")
    assert (reading.brand, reading.matched, reading.language) == ("veloria", ("#Véloria",), "fr")
    assert (reading.sentiment.label, reading.author_kind, reading.read_at) == ("negative", "public", NOW)
    assert [hit.topic for hit in reading.topics] == ["safety"]
    assert reading.mention.late
    assert (outcome.of_no_brand, outcome.failed) == (0, ())


def test_two_brands_give_two_readings_each_masked_by_its_own_name() -> None:
    readings = read_mentions([post("Super C et Véloria ouvrent un magasin")], STAGES, NOW).readings
    assert [reading.brand for reading in readings] == ["veloria", "superc"]
    assert [reading.sentiment.abstain for reading in readings] == [False, True]


def test_no_brand_and_deletions_are_counted() -> None:
    outcome = read_mentions([post("rien"), post("", event="deleted"), post("Veloria")], STAGES, NOW)
    assert (len(outcome.readings), outcome.of_no_brand) == (1, 2)


def test_a_deletion_that_still_has_text_is_of_no_brand_too() -> None:
    assert read_mentions([post("Veloria", event="deleted")], STAGES, NOW).of_no_brand == 1


def test_a_failing_stage_sets_aside_one_mention_only() -> None:
    stages = replace(STAGES, topics=FailingTopics())
    bad = post("veloria poison", id="example:2")
    outcome = read_mentions([post("veloria un"), bad, post("veloria deux", id="example:3")], stages, NOW)
    assert [reading.mention.id for reading in outcome.readings] == ["example:1", "example:3"]
    assert [(failed.mention, failed.detail) for failed in outcome.failed] == [
        (bad, "RuntimeError: cannot take veloria poison")
    ]
    assert outcome.of_no_brand == 0


@given(mentions)
def test_the_same_mention_gives_the_same_readings(mention: Mention) -> None:
    outcome = read_mentions([mention], STAGES, NOW)
    assert outcome == read_mentions([mention], STAGES, NOW)
    assert not outcome.failed
    assert (outcome.of_no_brand == 1) == (not outcome.readings)


def test_what_became_of_a_post_is_passed_on_to_every_brand_that_it_does_not_name() -> None:
    brands = set(STAGES.masks)
    gone = read_mentions([post("", event="deleted")], STAGES, NOW)
    assert {reading.brand for reading in gone.followed} == brands
    assert all(is_followed(reading) for reading in gone.followed)
    edited = read_mentions([post("rien", event="edited"), post("Veloria", event="edited")], STAGES, NOW)
    named = {reading.brand for reading in edited.readings}
    assert [reading.brand for reading in edited.followed] == [*STAGES.masks, *(brands - named)]
    assert read_mentions([post("rien")], STAGES, NOW).followed == ()
