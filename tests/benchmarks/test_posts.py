from itertools import islice

from benchmarks.posts import BEGINS_A_STORY, NAMES_A_BRAND, posts, story_of
from benchmarks.read_worker import judgement
from monitor.read import read_mentions


def test_one_post_in_twenty_names_a_brand_and_one_in_ten_of_those_begins_a_story() -> None:
    made = list(islice(posts("seed"), 4_000))
    mentions = [mention for mention, _ in made]
    read = read_mentions(mentions, judgement().stages, mentions[0].fetched_at)
    assert len(read.readings) == 4_000 // NAMES_A_BRAND
    beginnings = [mention.id for mention, begins in made if begins]
    assert len(beginnings) == 4_000 // NAMES_A_BRAND // BEGINS_A_STORY
    told = {story_of(reading.mention.id) for reading in read.readings}
    assert told == {story_of(identity) for identity in beginnings}


def test_the_same_seed_tells_the_same_posts() -> None:
    first, second = ([mention.text for mention, _ in islice(posts("seed"), 500)] for _ in range(2))
    assert first == second


def test_posts_of_one_story_say_the_same() -> None:
    texts: dict[str, set[str]] = {}
    for mention, _ in islice(posts("seed"), 0, 4_000, NAMES_A_BRAND):
        texts.setdefault(story_of(mention.id), set()).add(mention.text)
    assert {len(said) for said in texts.values()} == {1}
    assert len({text for said in texts.values() for text in said}) == len(texts)
