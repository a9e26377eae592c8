from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.reach import MAX_COUNT, MAX_FOLLOWERS, SAMPLE, ReachCount, StoredReach
from monitor.short_keys import short_key

Seen = tuple[int, int | None]

sightings = st.lists(st.tuples(st.integers(0, 12), st.none() | st.integers(0, 10**6)), max_size=60)


def counted(seen: list[Seen]) -> ReachCount:
    count = ReachCount()
    for author, followers in seen:
        count.add(short_key("author", str(author)), followers)
    return count


def figures(count: ReachCount) -> tuple[int, int, int]:
    return count.authors, count.reach, count.authors_of_unknown_reach


def a_crowd(size: int) -> list[Seen]:
    random = Random(7)
    return [(author, int(random.paretovariate(1.1) * 30)) for author in range(size)]


@given(sightings)
def test_followers_of_distinct_authors_the_most_seen_of_each(seen: list[Seen]) -> None:
    most: dict[int, int | None] = {}
    for author, followers in seen:
        known = most.get(author)
        most[author] = known if followers is None else max(followers, known or 0)
    known_reach = [followers for followers in most.values() if followers is not None]
    assert figures(counted(seen)) == (len(most), sum(known_reach), len(most) - len(known_reach))


def test_the_unknown_stays_apart_until_a_mention_tells() -> None:
    count = counted([(1, None), (2, 0)])
    assert figures(count) == (2, 0, 1)
    count.add(short_key("author", "1"), 50)
    assert figures(count) == (2, 50, 0)


@given(sightings, st.randoms(use_true_random=False))
def test_neither_order_nor_repeats_matter(seen: list[Seen], random: Random) -> None:
    shuffled = seen * 2
    random.shuffle(shuffled)
    assert figures(counted(shuffled)) == figures(counted(seen))


def test_neither_order_nor_repeats_matter_beyond_the_sample() -> None:
    crowd: list[Seen] = [*a_crowd(3_000), *((author, None) for author in range(2_500, 4_000))]
    shuffled = crowd + crowd[:1_500]
    Random(1).shuffle(shuffled)
    assert figures(counted(shuffled)) == figures(counted(crowd))


@pytest.mark.parametrize("size", [SAMPLE, SAMPLE + 1, 5_000, 40_000])
def test_a_crowd_is_estimated_well_in_bounded_memory(size: int) -> None:
    crowd = a_crowd(size)
    count = counted(crowd)
    reach = sum(followers or 0 for _, followers in crowd)
    assert count.authors == pytest.approx(size, rel=0.12)
    assert count.reach == pytest.approx(reach, rel=0.12)
    assert len(count.stored().model_dump_json()) < 19_000


def test_up_to_the_sample_all_is_exact() -> None:
    crowd = a_crowd(SAMPLE)
    assert figures(counted(crowd)) == (SAMPLE, sum(followers or 0 for _, followers in crowd), 0)


def test_reach_and_authors_never_go_down() -> None:
    count = ReachCount()
    authors = reach = 0
    for author, followers in a_crowd(4 * SAMPLE):
        count.add(short_key("author", str(author)), followers)
        assert count.authors >= authors
        assert count.reach >= reach
        authors, reach = count.authors, count.reach


def test_an_account_that_grows_with_each_post_counts_once_and_takes_no_memory() -> None:
    crowd = a_crowd(2 * SAMPLE)
    count = counted(crowd)
    for followers in range(10**7, 10**7 + 10_000):
        count.add(short_key("author", "star"), followers)
    once = counted([*crowd])
    once.add(short_key("author", "star"), 10**7 + 9_999)
    assert figures(count) == figures(once)
    assert len(count._heap) <= 5 * SAMPLE


def test_absurd_follower_counts_cannot_break_the_sum() -> None:
    count = counted([(author, 2**63 - 1) for author in range(2 * SAMPLE)])
    assert MAX_FOLLOWERS < count.reach <= MAX_COUNT


@pytest.mark.parametrize("size", [0, 5, SAMPLE, SAMPLE + 1, 3 * SAMPLE])
def test_counting_goes_on_from_what_was_kept(size: int) -> None:
    count = counted([*a_crowd(size), (10**6, None)])
    again = ReachCount.from_stored(StoredReach.model_validate_json(count.stored().model_dump_json()))
    assert figures(again) == figures(count)
    for author, followers in a_crowd(5 * SAMPLE)[2 * SAMPLE :]:
        count.add(short_key("author", str(author)), followers)
        again.add(short_key("author", str(author)), followers)
    assert figures(again) == figures(count)


@pytest.mark.parametrize(
    "stored",
    [
        StoredReach(authors="!"),
        StoredReach(authors="AAAA"),
        StoredReach(heavy_keys="AAAAAAAAAAA=", heavy_followers="AAAA"),
        StoredReach(let_go=True),
    ],
)
def test_damaged_counts_are_refused(stored: StoredReach) -> None:
    with pytest.raises(ValueError, match=r".+"):
        ReachCount.from_stored(stored)
