from datetime import timedelta
from itertools import permutations

import pytest

from monitor import stories
from monitor.records import Mention, Thread, story_id
from monitor.stories import StoryBook, mention_key
from monitor.watch_state import MAX_LINKS, MAX_MENTIONS, MAX_SIGNATURES, StoryState
from tests.monitor.a_reading import BRAKES, BRAND, START, a_mention, a_reading

OTHER = "La batterie de mon vélo Véloria a pris feu dans le garage cette nuit"


def join(book: StoryBook, mention: Mention, *, by_brand: bool = False) -> StoryState:
    reading = a_reading(mention, author_kind="brand" if by_brand else "public")
    story, _ = book.join(reading, START)
    book.remember(story, mention_key(mention.id), negative=False)
    return story


def grouped(mentions: list[Mention]) -> dict[str, set[str]]:
    """Ids of stories and of their mentions, as they stand when all have come in this order."""
    book = StoryBook(BRAND)
    groups: dict[str, set[str]] = {}
    for mention in mentions:
        groups.setdefault(join(book, mention).id, set()).add(mention.id)
    return groups


def test_a_thread_is_one_story_in_any_order_of_arrival() -> None:
    thread = [
        a_mention(1, BRAKES),
        a_mention(2, "RT", kind="repost", thread=Thread(repost_of="replay:1")),
        a_mention(3, "Do not buy this", kind="quote", thread=Thread(quote_of="replay:1")),
        a_mention(
            4, "Same here", kind="reply", thread=Thread(in_reply_to="replay:1", conversation="replay:1")
        ),
        a_mention(5, "Me too", kind="reply", thread=Thread(in_reply_to="replay:4", conversation="replay:1")),
    ]
    alone = a_mention(6, OTHER)
    expected = {
        story_id(BRAND, "replay:1"): {one.id for one in thread},
        story_id(BRAND, "replay:6"): {"replay:6"},
    }
    for order in permutations([*thread, alone]):
        assert grouped(list(order)) == expected


def test_the_title_and_link_are_those_of_the_original_also_when_it_comes_last() -> None:
    book = StoryBook(BRAND)
    story = join(book, a_mention(2, "Wow!", url="https://a.example/2", thread=Thread(repost_of="replay:1")))
    assert (story.root, story.title, story.url) == ("replay:1", "Wow!", "https://a.example/2")
    join(book, a_mention(1, "Brakes fail. Again.", url="https://a.example/1"))
    assert (story.root, story.title, story.url) == ("replay:1", "Brakes fail.", "https://a.example/1")


def test_posts_that_share_a_page_are_one_story_with_the_article() -> None:
    article = a_mention(
        1,
        "Long text",
        kind="article",
        title="Recall at Véloria",
        url="https://news.example/recall?utm_source=rss",
    )
    share = a_mention(2, "Unbelievable", links=("https://www.news.example/recall/#top",))
    for order in permutations([article, share]):
        assert len(grouped(list(order))) == 1


def test_the_home_page_ties_nothing_together() -> None:
    posts = [
        a_mention(1, BRAKES, links=("https://veloria.example/",)),
        a_mention(2, OTHER, links=("https://veloria.example/",)),
    ]
    assert len(grouped(posts)) == 2


def test_near_copies_are_one_story_and_other_texts_are_not() -> None:
    posts = [
        a_mention(1, BRAKES),
        a_mention(2, OTHER),
        a_mention(3, BRAKES.upper() + " !!! @friend"),
        a_mention(4, "Wow " + OTHER),
    ]
    assert sorted(map(len, grouped(posts).values())) == [2, 2]


@pytest.mark.parametrize("text", ["lol", "Véloria 😍", "so cool", ""])
def test_short_texts_that_everybody_writes_are_not_one_story(text: str) -> None:
    assert len(grouped([a_mention(1, text), a_mention(2, text)])) == 2


def test_the_thread_counts_more_than_the_words() -> None:
    book = StoryBook(BRAND)
    first = join(book, a_mention(1, BRAKES))
    second = join(book, a_mention(2, OTHER))
    reply = join(book, a_mention(3, BRAKES, kind="reply", thread=Thread(in_reply_to="replay:2")))
    assert reply is second is not first


def test_a_campaign_of_replies_to_unknown_posts_is_one_story() -> None:
    replies = [
        a_mention(n, BRAKES, kind="reply", thread=Thread(in_reply_to=f"replay:{n + 100}")) for n in range(3)
    ]
    assert len(grouped(replies)) == 1


def test_such_a_reply_does_not_draw_what_it_answers_into_its_story() -> None:
    book = StoryBook(BRAND)
    campaign = join(book, a_mention(1, BRAKES))
    assert join(book, a_mention(2, BRAKES, kind="reply", thread=Thread(in_reply_to="replay:3"))) is campaign
    assert join(book, a_mention(3, OTHER)) is not campaign


def test_the_brands_canned_answers_do_not_tie_complaints_together() -> None:
    book = StoryBook(BRAND)
    canned = "We are sorry to hear that, please send us a private message with your order number"
    answers = [
        join(
            book,
            a_mention(n, canned, kind="reply", thread=Thread(in_reply_to=f"replay:{n + 10}")),
            by_brand=True,
        )
        for n in range(3)
    ]
    complaints = [join(book, a_mention(n + 10, f"{OTHER} {n}" if n else BRAKES)) for n in range(2)]
    assert len({story.id for story in answers}) == 3
    assert complaints == answers[:2]


def test_the_most_alike_story_wins_and_of_equals_the_oldest() -> None:
    book = StoryBook(BRAND)
    near = join(
        book, a_mention(1, BRAKES + " and tell all of your friends about it before somebody gets hurt")
    )
    exact = join(book, a_mention(2, "x y z w v " + OTHER))
    assert near is not exact
    assert join(book, a_mention(3, "x y z w v " + OTHER)) is exact


def test_the_least_recent_stories_make_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stories, "MAX_STORIES", 3)
    book = StoryBook(BRAND)
    for number in range(4):
        join(book, a_mention(number, "lol"))
    join(book, a_mention(9, "ok", thread=Thread(in_reply_to="replay:0")))
    gone = book.evict(START)
    assert [story.root for story in gone] == ["replay:1"]
    assert [story.root for story in book] == ["replay:2", "replay:3", "replay:0"]
    assert book.counted_in(mention_key("replay:1")) is None
    assert book.counted_in(mention_key("replay:0")) is not None


def test_the_remembered_mentions_of_a_brand_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stories, "MAX_REMEMBERED", 5)
    book = StoryBook(BRAND)
    for number in range(9):
        join(book, a_mention(number, "lol"))
        book.evict(START)
    assert [story.root for story in book] == [f"replay:{number}" for number in range(4, 9)]


def test_a_story_that_nobody_talks_about_is_forgotten_after_a_week() -> None:
    book = StoryBook(BRAND)
    join(book, a_mention(1, BRAKES))
    assert book.evict(START + timedelta(days=7, seconds=-1)) == []
    assert len(book.evict(START + timedelta(days=7))) == 1
    assert len(book) == 0
    assert len(book._of_key) == len(book._wordings) == book._remembered == 0


def test_one_story_is_bounded_whatever_comes() -> None:
    book = StoryBook(BRAND)
    for number in range(MAX_MENTIONS + 50):
        words = " ".join(f"w{number}x{place}" for place in range(6))
        quote = Thread(quote_of="replay:root")
        join(
            book, a_mention(number, words, kind="quote", links=(f"https://a.example/{number}",), thread=quote)
        )
    (story,) = book
    assert len(story.seen) == MAX_MENTIONS
    assert len(story.links) == MAX_LINKS
    assert len(story.signatures) == MAX_SIGNATURES
    assert len(book._of_key) <= MAX_MENTIONS + MAX_LINKS
    assert book.counted_in(mention_key("replay:0")) is None


def test_a_story_is_found_again_although_its_root_was_pushed_out_of_memory() -> None:
    book = StoryBook(BRAND)
    story = join(book, a_mention(1, "lol"))
    story.links.clear()
    book._of_key.clear()
    assert join(book, a_mention(2, "ok", thread=Thread(repost_of="replay:1"))) is story
