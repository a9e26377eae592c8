import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.records import Thread
from monitor.story_links import canonical_link, host_of, outbound_links, thread_links
from tests.monitor.a_reading import a_mention


@pytest.mark.parametrize(
    "url",
    [
        "https://news.example/2026/brakes",
        "http://www.news.example/2026/brakes/",
        "HTTPS://News.Example:443/2026/brakes#comments",
        "https://m.news.example/2026/brakes?utm_source=x&utm_medium=y&fbclid=z",
        "https://news.example/2026/brakes?gclid=1&ref=home&mc_cid=2&igshid=3",
    ],
)
def test_all_ways_to_link_to_a_page_are_one(url: str) -> None:
    assert canonical_link(url) == "news.example/2026/brakes"


def test_what_chooses_the_page_is_kept_in_one_order() -> None:
    assert canonical_link("https://a.example/story?id=7&page=2") == "a.example/story?id=7&page=2"
    assert (
        canonical_link("https://a.example/story?page=2&id=7&utm_campaign=c") == "a.example/story?id=7&page=2"
    )
    assert canonical_link("https://a.example/?p=12") == "a.example/?p=12" or canonical_link(
        "https://a.example/?p=12"
    )
    assert canonical_link("https://a.example/Story") != canonical_link("https://a.example/story")


@pytest.mark.parametrize(
    "url",
    [
        "https://veloria.example",
        "https://www.veloria.example/",
        "https://veloria.example/fr/",
        "https://veloria.example/fr-ca",
        "https://veloria.example/index.html",
        "https://veloria.example/?utm_source=x#top",
        "https://social.example/@veloria",
        "https://social.example/tags/veloria",
        "https://social.example/hashtag/veloria",
        "https://social.example/search?source=hash",
        "ftp://a.example/x",
        "javascript:alert(1)",
        "https://localhost/x",
        "https://[::1/x",
        "https://a.example:99999/x",
        "",
    ],
)
def test_home_pages_profiles_tags_and_broken_links_tell_no_story(url: str) -> None:
    assert canonical_link(url) is None


@given(st.text(max_size=60), st.sampled_from(["", "https://", "https://a.example/", "https://a.example/x?"]))
def test_no_text_breaks_it_and_canonical_is_canonical(text: str, before: str) -> None:
    link = canonical_link(before + text)
    if link is not None:
        assert host_of("https://" + link) != ""


def test_links_of_a_mention_in_order_without_repeats() -> None:
    mention = a_mention(
        1,
        links=(
            "https://a.example/x",
            "https://veloria.example/",
            "https://www.a.example/x/",
            "https://b.example/y",
        ),
    )
    assert outbound_links(mention) == ("a.example/x", "b.example/y")


def test_links_are_found_in_the_text_where_the_source_gives_none() -> None:
    mention = a_mention(1, "see (https://a.example/x), https://b.example/y. and https://c.example/cut…")
    assert outbound_links(mention) == ("a.example/x", "b.example/y")


def test_an_article_shares_its_own_page() -> None:
    assert outbound_links(a_mention(1, kind="article", url="https://news.example/brakes?utm_source=rss")) == (
        "news.example/brakes",
    )
    assert outbound_links(a_mention(1, kind="post", url="https://social.example/@a/1")) == ()


def test_a_list_of_links_is_cut() -> None:
    mention = a_mention(1, links=tuple(f"https://a.example/{number}" for number in range(100)))
    assert len(outbound_links(mention)) == 10


def test_thread_links_name_others_the_closest_first() -> None:
    thread = Thread(
        in_reply_to="replay:2", conversation="replay:3", quote_of="replay:4", repost_of="replay:5"
    )
    assert thread_links(a_mention(1, thread=thread)) == ("replay:5", "replay:4", "replay:3", "replay:2")
    assert thread_links(a_mention(1, thread=Thread(conversation="replay:1", in_reply_to="replay:2"))) == (
        "replay:2",
    )
